import type { WorkerOptions as MiniflareWorker } from "miniflare";
import { UsageError } from "./arguments.ts";
import type { Configs, Json } from "./wrangler-config.ts";

export type WorkerOptions = Pick<MiniflareWorker, "config">;

type Bindings = NonNullable<MiniflareWorker["config"]["env"]>;

/** What workerd has to be told to run this module as Mooring's Worker. `vars` go before the configured ones. */
export function workerOptions(
  script: string,
  { worker, settings }: Configs,
  vars: Readonly<Record<string, Json>>,
): WorkerOptions {
  const objects = worker.durable_objects.bindings;
  const taken = objects.find((binding) => vars[binding.name] !== undefined);
  if (taken !== undefined) {
    throw new UsageError(`--var: expected a setting, got ${taken.name}, which is a binding.`);
  }
  return {
    config: {
      name: worker.name,
      compatibilityDate: worker.compatibility_date,
      compatibilityFlags: worker.compatibility_flags,
      manifest: {
        mainModule: "worker.js",
        modules: { "worker.js": { type: "esm", contents: script } },
      },
      env: {
        ...varBindings({ ...settings.vars, ...vars }),
        ...limitBindings(settings.ratelimits),
        ...objectBindings(worker.name, objects),
      },
      exports: Object.fromEntries(
        objects.map(({ class_name }) => {
          return [class_name, { type: "durable-object", storage: "sqlite" } as const];
        }),
      ),
    },
  };
}

function varBindings(vars: Readonly<Record<string, Json>>): Bindings {
  return Object.fromEntries(
    Object.entries(vars).map(([name, value]) => {
      const isText = typeof value === "string";
      return [name, isText ? { type: "text", value } : { type: "json", value }];
    }),
  );
}

function limitBindings(limits: Configs["settings"]["ratelimits"]): Bindings {
  return Object.fromEntries(
    limits.map(({ name, namespace_id, simple }) => {
      return [name, { type: "rate-limit", namespace: namespace_id, simple }];
    }),
  );
}

function objectBindings(
  workerName: string,
  objects: Configs["worker"]["durable_objects"]["bindings"],
): Bindings {
  return Object.fromEntries(
    objects.map(({ name, class_name }) => {
      return [name, { type: "durable-object", worker: workerName, exportName: class_name }];
    }),
  );
}
