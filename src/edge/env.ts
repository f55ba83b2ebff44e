import * as v from "valibot";
import type { Pool } from "../core/pool/pool.ts";
import type { OnPendingAcks, OnUnrecovered } from "../core/session/session.ts";
import { MAX_SHARDS } from "../wire/hub/frame.ts";
import type { Hubs, Pools, Sessions } from "./contracts.ts";
import { sentence } from "./settings/fault.ts";
import { flatPool, POOL_KEYS, pools } from "./settings/pools.ts";
import { choice, flag, span, whole } from "./settings/values.ts";

/** The Worker's bindings. Settings are vars: text, or JSON values where wrangler.toml has them. */
export interface Env {
  readonly SESSIONS: DurableObjectNamespace<Sessions>;
  /** Without it, every origin of the configuration is taken to be up. */
  readonly POOL?: DurableObjectNamespace<Pools>;
  /** Without it, there is no hub. */
  readonly HUB?: DurableObjectNamespace<Hubs>;
  readonly HANDSHAKE_LIMIT?: RateLimit;
  readonly [setting: string]: unknown;
}

export type AddressSource = "cf-connecting-ip" | "socket";

/** Every setting, checked. Spans in ms, sizes in bytes. */
export interface Settings {
  /** As POOLS has them, or the one named `default` that the vars describe. */
  readonly pools: readonly [Pool, ...Pool[]];
  /** The secret of management and of affinity cookies; without one there is neither. */
  readonly token: string | undefined;
  readonly sessionsPerObject: number;
  readonly clientAddress: AddressSource;
  readonly isForwardedTrusted: boolean;
  readonly creditBytes: number;
  readonly queueBytes: number;
  readonly dialTimeoutMs: number;
  /** How late an origin's ping may be before the origin counts as lost; its own `pingTimeout` where that is less, or none given. */
  readonly originPingLateMs: number | undefined;
  /** How long a session whose origin is lost waits for another. */
  readonly lossGraceMs: number;
  readonly holdBytes: number;
  readonly onUnrecovered: OnUnrecovered;
  readonly onPendingAcks: OnPendingAcks;
  readonly hubShards: number;
  /** How long the hub keeps for origins that are away what they lack. */
  readonly hubGraceMs: number;
}

/** Says which settings are wrong, each with what was expected and what was got. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** Reads the settings from the Worker's vars; throws a `SettingsError` that names every wrong one. */
export function parseSettings(env: Env): Settings {
  const vars = readVars(env);
  const faults: string[] = [];
  const all = vars.POOLS === undefined ? parseFlat(vars, faults) : parsePools(vars, faults);
  const rest = parse(REST, vars, faults, (key) => key);
  const [first, ...others] = all;
  if (vars.MOORING_TOKEN === undefined && all.some(({ affinity }) => affinity.type === "cookie")) {
    faults.push(UNSIGNED);
  }
  if (faults.length > 0 || first === undefined || rest === undefined) {
    // What is wrong inside a list with commas has but the list's one sentence.
    throw new SettingsError([...new Set(faults)].join("\n"));
  }
  return {
    pools: [first, ...others],
    token: rest.MOORING_TOKEN,
    sessionsPerObject: rest.SESSIONS_PER_OBJECT,
    clientAddress: rest.CLIENT_ADDRESS,
    isForwardedTrusted: rest.TRUST_FORWARDED,
    creditBytes: rest.CREDIT_BYTES,
    queueBytes: rest.MAX_QUEUE_BYTES,
    dialTimeoutMs: rest.DIAL_TIMEOUT_MS,
    originPingLateMs: rest.ORIGIN_PING_LATE,
    lossGraceMs: rest.ORIGIN_LOSS_GRACE,
    holdBytes: rest.MAX_HOLD_BYTES,
    onUnrecovered: rest.ON_UNRECOVERED,
    onPendingAcks: rest.ON_PENDING_ACKS,
    hubShards: rest.HUB_SHARDS,
    hubGraceMs: rest.HUB_GRACE,
  };
}

type Vars = Readonly<Record<string, unknown>>;

const MIB = 1024 * 1024;

const TOKEN_EXPECTED = "expected at least 16 ASCII characters, none of them a space";

const UNSIGNED =
  'MOORING_TOKEN: expected a value where affinity is "cookie": it is what cookies are signed with, got nothing.';

/** What all pools have in common. */
const REST = v.object({
  SESSIONS_PER_OBJECT: v.optional(whole(1, 1000), 100),
  CLIENT_ADDRESS: v.optional(choice(["cf-connecting-ip", "socket"]), "cf-connecting-ip"),
  TRUST_FORWARDED: v.optional(flag, false),
  CREDIT_BYTES: v.optional(whole(4096, 8 * MIB), 256 * 1024),
  MAX_QUEUE_BYTES: v.optional(whole(64 * 1024, 32 * MIB), 8 * MIB),
  DIAL_TIMEOUT_MS: v.optional(whole(100, 30_000), 2000),
  ORIGIN_PING_LATE: v.optional(span("100ms", "15m")),
  ORIGIN_LOSS_GRACE: v.optional(span("0s", "5m"), "30s"),
  MAX_HOLD_BYTES: v.optional(whole(1024, 8 * MIB), MIB),
  ON_UNRECOVERED: v.optional(choice(["close", "connect"]), "close"),
  ON_PENDING_ACKS: v.optional(choice(["close", "replay", "keep"]), "close"),
  HUB_SHARDS: v.optional(whole(1, MAX_SHARDS), 1),
  HUB_GRACE: v.optional(span("1s", "15m"), "1m"),
  // It travels in an Authorization field (RFC 6750).
  MOORING_TOKEN: v.optional(
    v.pipe(v.string(TOKEN_EXPECTED), v.regex(/^[!-~]{16,}$/, TOKEN_EXPECTED)),
  ),
});

function parsePools(vars: Vars, faults: string[]): readonly Pool[] {
  for (const key of POOL_KEYS) {
    const name = key.toUpperCase();
    if (vars[name] !== undefined) {
      faults.push(`${name}: expected none beside POOLS, whose tables have their own \`${key}\`.`);
    }
  }
  return parse(v.object({ POOLS: pools }), vars, faults, (key) => key)?.POOLS ?? [];
}

function parseFlat(vars: Vars, faults: string[]): readonly Pool[] {
  const entries = POOL_KEYS.map((key): [string, unknown] => [key, vars[key.toUpperCase()]]);
  const fields = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  const pool = parse(flatPool, fields, faults, (key) => key.toUpperCase());
  return pool === undefined ? [] : [pool];
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  faults: string[],
  nameOf: (key: string) => string,
): v.InferOutput<Schema> | undefined {
  const result = v.safeParse(schema, value, { abortPipeEarly: true });
  if (result.success) return result.output;
  faults.push(...result.issues.map((issue) => sentence(issue, value, nameOf)));
  return undefined;
}

/** Lists and tables that are given as text, as on a command line, are JSON. */
function readVars(env: Env): Vars {
  const tables = ["POOLS", "ORIGINS", "AFFINITY_COOKIE", "HEALTH"];
  return { ...env, ...Object.fromEntries(tables.map((name) => [name, readJson(env[name])])) };
}

function readJson(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
