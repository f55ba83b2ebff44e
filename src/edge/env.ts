import * as v from "valibot";
import type { CorsPolicy } from "../core/entry/cors.ts";
import type { Origin } from "../core/pool/origin.ts";
import type { Sessions } from "./contracts.ts";

/** The Worker's bindings. Settings are vars: text, or JSON values where wrangler.toml has them. */
export interface Env {
  readonly SESSIONS: DurableObjectNamespace<Sessions>;
  readonly HANDSHAKE_LIMIT?: RateLimit;
  readonly [setting: string]: unknown;
}

export type AddressSource = "cf-connecting-ip" | "socket";

/** Every setting, checked. Spans in ms, sizes in bytes. */
export interface Settings {
  readonly origins: readonly Origin[];
  readonly enginePath: string;
  readonly sessionsPerObject: number;
  readonly cors: CorsPolicy | undefined;
  readonly clientAddress: AddressSource;
  readonly isForwardedTrusted: boolean;
  readonly creditBytes: number;
  readonly queueBytes: number;
  readonly dialTimeoutMs: number;
}

/** Says which settings are wrong, each with what was expected and what was got. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** Reads the settings from the Worker's vars; throws a `SettingsError` that names every wrong one. */
export function parseSettings(env: Env): Settings {
  const result = v.safeParse(SETTINGS, env, { abortPipeEarly: true });
  if (!result.success) {
    throw new SettingsError(result.issues.map((issue) => sentence(issue, env)).join("\n"));
  }
  const vars = result.output;
  return {
    origins: vars.ORIGINS,
    enginePath: vars.ENGINE_PATH,
    sessionsPerObject: vars.SESSIONS_PER_OBJECT,
    cors: vars.CORS_ORIGINS && {
      origins: vars.CORS_ORIGINS,
      credentials: vars.CORS_CREDENTIALS,
    },
    clientAddress: vars.CLIENT_ADDRESS,
    isForwardedTrusted: vars.TRUST_FORWARDED,
    creditBytes: vars.CREDIT_BYTES,
    queueBytes: vars.MAX_QUEUE_BYTES,
    dialTimeoutMs: vars.DIAL_TIMEOUT_MS,
  };
}

const MIB = 1024 * 1024;

const list = v.pipe(
  v.union([v.array(v.string()), v.string()], "expected a list, separated by commas"),
  v.transform((value) => (typeof value === "string" ? value.split(",") : value)),
  v.transform((items) => items.map((item) => item.trim()).filter((item) => item !== "")),
);

const flag = v.pipe(
  v.union([v.boolean(), v.picklist(["true", "false"])], 'expected "true" or "false"'),
  v.transform((value) => value === true || value === "true"),
);

const origins = v.pipe(
  list,
  v.minLength(1, "expected at least one URL"),
  v.checkItems(
    (item) => parseOrigin(item) !== undefined,
    "expected http(s)://HOST[:PORT], or NAME=URL",
  ),
  v.transform((items) => items.map(parseOrigin).filter((origin) => origin !== undefined)),
  v.check(
    (parsed) =>
      isEachOnce(parsed.map(({ name }) => name)) && isEachOnce(parsed.map(({ url }) => url)),
    "expected every origin once",
  ),
);

const corsOrigins = v.pipe(
  list,
  v.minLength(1, "expected at least one origin"),
  v.checkItems(
    isCorsOrigin,
    'expected an origin such as "https://example.com", "https://*.example.com", or "*"',
  ),
);

const SETTINGS = v.pipe(
  v.object({
    ORIGINS: origins,
    ENGINE_PATH: v.optional(
      v.pipe(
        v.string('expected a path such as "/socket.io/"'),
        v.regex(/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)+\/?$/, 'expected a path such as "/socket.io/"'),
        v.check((path) => !path.startsWith("/mooring"), "expected a path outside /mooring"),
      ),
      "/socket.io/",
    ),
    SESSIONS_PER_OBJECT: whole(1, 1000, 100),
    CORS_ORIGINS: v.optional(corsOrigins),
    CORS_CREDENTIALS: v.optional(flag, false),
    CLIENT_ADDRESS: v.optional(
      v.picklist(["cf-connecting-ip", "socket"], 'expected "cf-connecting-ip" or "socket"'),
      "cf-connecting-ip",
    ),
    TRUST_FORWARDED: v.optional(flag, false),
    CREDIT_BYTES: whole(4096, 8 * MIB, 256 * 1024),
    MAX_QUEUE_BYTES: whole(64 * 1024, 32 * MIB, 8 * MIB),
    DIAL_TIMEOUT_MS: whole(100, 30_000, 2000),
  }),
  v.forward(
    v.check(
      (vars) => !vars.CORS_CREDENTIALS || vars.CORS_ORIGINS !== undefined,
      'expected "false" without CORS_ORIGINS: the origins answer for their own credentials',
    ),
    ["CORS_CREDENTIALS"],
  ),
  v.forward(
    v.check(
      (vars) => !(vars.CORS_CREDENTIALS && vars.CORS_ORIGINS?.includes("*")),
      'expected "false" where CORS_ORIGINS has "*": browsers take credentials from named origins only',
    ),
    ["CORS_CREDENTIALS"],
  ),
);

function whole(least: number, most: number, fallback: number) {
  const expected = `expected a whole number from ${least} to ${most}`;
  return v.optional(
    v.pipe(
      v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))], expected),
      v.integer(expected),
      v.minValue(least, expected),
      v.maxValue(most, expected),
    ),
    fallback,
  );
}

function parseOrigin(text: string): Origin | undefined {
  const named = /^([\w.-]{1,64})=(.+)$/.exec(text);
  const url = URL.parse(named?.[2] ?? text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const isBare = url.pathname === "/" && !url.search && !url.hash && !url.username && !url.password;
  return isBare ? { name: named?.[1] ?? url.host, url: url.origin } : undefined;
}

function isCorsOrigin(text: string): boolean {
  if (text === "*") return true;
  const probe = text.replace("://*.", "://any.");
  return !probe.includes("*") && URL.parse(probe)?.origin === probe;
}

function isEachOnce(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}

function sentence(issue: v.BaseIssue<unknown>, env: Env): string {
  const name = v.getDotPath(issue)?.split(".")[0] ?? "settings";
  const value = env[name];
  if (value === undefined) return `${name}: expected a value, got nothing.`;
  return `${name}: ${issue.message}, got ${withoutPasswords(JSON.stringify(value))}.`;
}

// The sentence is answered to whoever asks while the settings are wrong.
function withoutPasswords(text: string): string {
  return text.replaceAll(/\/\/[^/@\s"]*@/g, "//***@");
}
