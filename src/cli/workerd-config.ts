import { UsageError } from "./usage-error.ts";
import type { Configs, Json, RateLimit, WranglerConfig } from "./wrangler-config.ts";

/** Where workerd listens, and where objects keep their storage. */
export interface Place {
  readonly address: string;
  readonly storage: string;
}

/** The files that the configuration expects beside itself. */
export const WORKER_FILE = "worker.js";
export const RATE_LIMIT_FILE = "rate-limit.js";

/** What workerd has to be told to run Mooring's Worker, in Cap'n Proto's text form. `vars` go before the configured ones. */
export function workerdConfig(
  { worker, settings }: Configs,
  vars: Readonly<Record<string, Json>>,
  { address, storage }: Place,
): string {
  const objects = worker.durable_objects.bindings;
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "mooring", worker = .mooring),
    (name = "internet", network = (
      allow = ["public", "private"],
      tlsOptions = (trustBrowserCas = true)
    )),
    (name = "objects", disk = (path = ${quoted(storage)}, writable = true))
  ],
  sockets = [(name = "clients", address = ${quoted(address)}, http = (), service = "mooring")],
  extensions = [(modules = [
    (name = "${RATE_LIMIT_MODULE}", internal = true, esModule = embed "${RATE_LIMIT_FILE}")
  ])]
);

const mooring :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "${WORKER_FILE}")],
  compatibilityDate = ${quoted(worker.compatibility_date)},
  compatibilityFlags = ${list(worker.compatibility_flags.map(quoted))},
  bindings = ${list(bindings(objects, settings, vars))},
  durableObjectNamespaces = ${list(objects.map((object) => namespace(worker, object)))},
  durableObjectStorage = (localDisk = "objects")
);
`;
}

const RATE_LIMIT_MODULE = "mooring:rate-limit";

function bindings(
  objects: readonly ObjectBinding[],
  settings: WranglerConfig,
  vars: Readonly<Record<string, Json>>,
): string[] {
  const taken = objects.find((binding) => vars[binding.name] !== undefined);
  if (taken !== undefined) {
    throw new UsageError(`--var: expected a setting, got ${taken.name}, which is a binding.`);
  }
  return [
    ...Object.entries({ ...withoutOtherWay(settings.vars ?? {}, vars), ...vars }).map(varBinding),
    ...(settings.ratelimits ?? []).map(rateLimitBinding),
    ...objects.map(objectBinding),
  ];
}

type ObjectBinding = WranglerConfig["durable_objects"]["bindings"][number];

// POOLS and the settings of the one pool exclude each other: what is given on the command line takes the place of what
// the folder's configuration has, the other way of saying it included.
function withoutOtherWay(
  configured: Readonly<Record<string, Json>>,
  vars: Readonly<Record<string, Json>>,
): Readonly<Record<string, Json>> {
  const { ORIGINS, POOLS, ...others } = configured;
  if (vars["POOLS"] !== undefined) return others;
  if (vars["ORIGINS"] !== undefined || POOLS === undefined) {
    return ORIGINS === undefined ? others : { ...others, ORIGINS };
  }
  return configured;
}

function varBinding([name, value]: [string, Json]): string {
  const field = typeof value === "string" ? "text" : "json";
  const content = typeof value === "string" ? value : JSON.stringify(value);
  return `(name = ${quoted(name)}, ${field} = ${quoted(content)})`;
}

function rateLimitBinding({ name, simple }: RateLimit): string {
  const parameters = list([
    `(name = "limit", json = "${simple.limit}")`,
    `(name = "periodMs", json = "${simple.period * 1000}")`,
  ]);
  const wrapped = `(moduleName = "${RATE_LIMIT_MODULE}", innerBindings = ${parameters})`;
  return `(name = ${quoted(name)}, wrapped = ${wrapped})`;
}

function objectBinding({ name, class_name }: ObjectBinding): string {
  return `(name = ${quoted(name)}, durableObjectNamespace = ${quoted(class_name)})`;
}

// The key is where an object's storage is kept and what its id is derived from, so it must not change.
function namespace({ name }: WranglerConfig, { class_name }: ObjectBinding): string {
  const key = quoted(`${name}-${class_name}`);
  return `(className = ${quoted(class_name)}, uniqueKey = ${key}, enableSql = true)`;
}

function list(items: readonly string[]): string {
  return `[${items.join(", ")}]`;
}

/** A string of Cap'n Proto's text form: any UTF-8, without the escapes that only JSON has. */
function quoted(text: string): string {
  const escaped = text.replaceAll(/["\\]/g, "\\$&").replaceAll(/\p{Cc}/gu, (control) => {
    return Buffer.from(control).toString("hex").replaceAll(/../g, "\\x$&");
  });
  return `"${escaped}"`;
}
