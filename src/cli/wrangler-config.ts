import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import { UsageError } from "./usage-error.ts";
import { packageFile } from "./package-files.ts";

export type Json = string | number | boolean | Json[] | { [key: string]: Json };

/** What of a wrangler.toml says how the Worker is run. */
export type WranglerConfig = v.InferOutput<typeof CONFIG>;

/** A rate limit binding; `period` is in seconds. */
export type RateLimit = v.InferOutput<typeof RATE_LIMIT>;

/** How to run the Worker, and with which settings. */
export interface Configs {
  /** The one that comes with Mooring: what its own Worker needs to run. */
  readonly worker: WranglerConfig;
  /** Where the settings are from: the current folder's, or `worker` again. */
  readonly settings: WranglerConfig;
  readonly settingsPath: string;
}

/** Reads the wrangler.toml that comes with Mooring and, where it is for Mooring's Worker too, the one in `folder`. */
export function readConfigs(folder: string): Configs {
  const ownPath = packageFile("wrangler.toml");
  const worker = readConfig(ownPath);
  const path = resolve(folder, "wrangler.toml");
  // Somebody's folder may well hold another Worker's wrangler.toml, which is none of our business.
  if (path !== ownPath && existsSync(path) && v.is(OURS, readToml(path))) {
    return { worker, settings: readConfig(path), settingsPath: path };
  }
  return { worker, settings: worker, settingsPath: ownPath };
}

const json = v.custom<Json>(isJson, "expected text, a number, true, false, a list or a table");

const OURS = v.object({
  durable_objects: v.object({
    bindings: v.pipe(
      v.array(v.looseObject({})),
      v.someItem((binding) => "class_name" in binding && binding.class_name === "SessionObject"),
    ),
  }),
});

const RATE_LIMIT = v.object({
  name: v.string(),
  simple: v.object({
    limit: v.number(),
    period: v.picklist([10, 60], "expected 10 or 60"),
  }),
});

const CONFIG = v.object({
  name: v.string(),
  compatibility_date: v.string("expected a date in quotes"),
  compatibility_flags: v.optional(v.array(v.string()), []),
  durable_objects: v.object({
    bindings: v.array(v.object({ name: v.string(), class_name: v.string() })),
  }),
  vars: v.optional(v.record(v.string(), json)),
  ratelimits: v.optional(v.array(RATE_LIMIT)),
});

// TOML has dates too, which JSON hasn't.
function isJson(value: unknown): value is Json {
  if (Array.isArray(value)) return value.every(isJson);
  if (value instanceof Date) return false;
  if (typeof value === "object" && value !== null) return Object.values(value).every(isJson);
  return ["string", "number", "boolean"].includes(typeof value);
}

function readConfig(path: string): WranglerConfig {
  const result = v.safeParse(CONFIG, readToml(path));
  if (result.success) return result.output;
  const faults = result.issues.map((issue) => `${path}: ${sentence(issue)}`);
  throw new UsageError(faults.join("\n"));
}

function sentence(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? "the file";
  if (issue.input === undefined) return `${path}: expected a value, got nothing.`;
  const isOurs = issue.message.startsWith("expected");
  const expected = isOurs ? issue.message : `expected ${issue.expected ?? "something else"}`;
  return `${path}: ${expected}, got ${JSON.stringify(issue.input)}.`;
}

function readToml(path: string): unknown {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (fault) {
    if (!(fault instanceof TomlError)) throw fault;
    throw new UsageError(
      `${path}:${fault.line}:${fault.column}: expected TOML, got ${fault.message}`,
    );
  }
}
