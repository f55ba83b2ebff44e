import * as v from "valibot";
import type { CorsPolicy } from "../../core/entry/cors.ts";
import type { Affinity, Match, Pool } from "../../core/pool/pool.ts";
import { affinity, affinityCookie, DEFAULT_COOKIE } from "./affinity.ts";
import { health } from "./health.ts";
import { matches, matchText } from "./match.ts";
import { name, origins } from "./origins.ts";
import type { Complain } from "./table.ts";
import { inspect, table } from "./table.ts";
import { choice, flag, list, span, whole } from "./values.ts";

const PATH_EXPECTED = 'expected a path such as "/socket.io/"';

const enginePath = v.pipe(
  v.string(PATH_EXPECTED),
  v.regex(/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)+\/?$/, PATH_EXPECTED),
  v.check((path) => !path.startsWith("/mooring"), "expected a path outside /mooring"),
);

const corsOrigins = v.pipe(
  list,
  v.minLength(1, "expected at least one origin"),
  v.checkItems(
    isCorsOrigin,
    'expected an origin such as "https://example.com", "https://*.example.com", or "*"',
  ),
);

/** What can be said of a pool, by the keys of its table; as vars of their own, in capitals, of the only one. */
const ENTRIES = {
  origins,
  engine_path: v.optional(enginePath, "/socket.io/"),
  balance: v.optional(
    choice(["least-connections", "round-robin", "random", "hash"]),
    "least-connections",
  ),
  affinity: v.optional(affinity, "none"),
  affinity_cookie: v.optional(affinityCookie),
  health: v.optional(health),
  slow_start: v.optional(span("0s", "1h"), 0),
  queue_timeout: v.optional(span("0s", "1m"), 5),
  drain_rate: v.optional(whole(1, 10_000), 50),
  drain_timeout: v.optional(span("0s", "1h"), "1m"),
  rehome_rate: v.optional(whole(1, 100_000), 1000),
  rebalance: v.optional(flag, false),
  rebalance_rate: v.optional(whole(1, 10_000), 10),
  proxy: v.optional(flag, false),
  websocket: v.optional(choice(["own", "pass"]), "own"),
  cors_origins: v.optional(corsOrigins),
  cors_credentials: v.optional(flag, false),
};

type Fields = v.InferOutput<v.ObjectSchema<typeof ENTRIES, undefined>>;

export const POOL_KEYS: readonly string[] = Object.keys(ENTRIES);

/** The one pool of the vars, of which there is no list. */
export const flatPool = v.pipe(
  table(ENTRIES),
  inspect((fields, complain) => inspectFields(fields, complain, (key) => key.toUpperCase())),
  v.transform((fields) => poolOf("default", [], fields)),
);

const pool = v.pipe(
  table({ name, match: v.optional(matches), ...ENTRIES }),
  inspect((fields, complain) => {
    inspectFields(fields, complain, (key) => key);
    inspectPath(fields, fields.match ?? [], complain);
  }),
  v.transform(({ name: given, match = [], ...fields }) => poolOf(given, match, fields)),
);

export const pools = v.pipe(
  v.array(pool, "expected a list of tables"),
  v.minLength(1, "expected at least one pool"),
  inspect((all, complain) => {
    for (const [index, one] of all.entries())
      inspectAmong(all.slice(0, index), one, index, complain);
  }),
);

function poolOf(given: string, match: readonly Match[], fields: Fields): Pool {
  return {
    name: given,
    matches: match,
    origins: fields.origins,
    enginePath: fields.engine_path,
    balance: fields.balance,
    affinity: affinityOf(fields),
    health: fields.health,
    cors: corsOf(fields),
    slowStartMs: fields.slow_start,
    queueTimeoutMs: fields.queue_timeout,
    isProxying: fields.proxy,
    websocket: fields.websocket,
    rehomeRate: fields.rehome_rate,
    moves: {
      drainRate: fields.drain_rate,
      drainTimeoutMs: fields.drain_timeout,
      isRebalancing: fields.rebalance,
      rebalanceRate: fields.rebalance_rate,
    },
  };
}

function affinityOf({
  affinity: kind,
  affinity_cookie: cookie = DEFAULT_COOKIE,
}: Fields): Affinity {
  return kind.type === "cookie" ? { type: "cookie", cookie } : kind;
}

function corsOf(fields: Fields): CorsPolicy | undefined {
  return (
    fields.cors_origins && { origins: fields.cors_origins, credentials: fields.cors_credentials }
  );
}

/** What two settings of a pool, each right in itself, can't be together. */
function inspectFields(fields: Fields, complain: Complain, nameOf: (key: string) => string): void {
  const corsName = nameOf("cors_origins");
  if (fields.affinity_cookie && fields.affinity.type !== "cookie") {
    complain(`expected none unless ${nameOf("affinity")} is "cookie"`, "affinity_cookie");
  }
  if (!fields.cors_credentials) return;
  if (fields.cors_origins === undefined) {
    complain(
      `expected "false" without ${corsName}: the origins answer for their own credentials`,
      "cors_credentials",
    );
  } else if (fields.cors_origins.includes("*")) {
    complain(
      `expected "false" where ${corsName} has "*": browsers take credentials from named origins only`,
      "cors_credentials",
    );
  }
}

// A pool at /chat never sees a request for /socket.io/: it would be there, and nobody would get to it.
function inspectPath(fields: Fields, match: readonly Match[], complain: Complain): void {
  const paths = match.map(({ path }) => path);
  const isReached = paths.some((path) => path === undefined || isUnder(fields.engine_path, path));
  if (match.length > 0 && !isReached && !fields.proxy) {
    complain(`expected a path under ${paths[0] ?? "/"}, as the pool's match has it`, "engine_path");
  }
}

/** What a pool can't be beside the ones before it. */
function inspectAmong(before: readonly Pool[], one: Pool, index: number, complain: Complain): void {
  if (before.some((other) => other.name === one.name)) {
    complain("expected a name that no other pool has", index, "name");
  }
  const all = before.find((other) => other.matches.length === 0);
  if (one.matches.length === 0 && all !== undefined) {
    complain(`expected a host or path: the pool ${all.name} takes all the rest`, index, "match");
  }
  for (const [place, match] of one.matches.entries()) {
    const text = matchText(match);
    const other = [...before, { ...one, matches: one.matches.slice(0, place) }].find(
      ({ matches: taken }) => taken.some((another) => matchText(another) === text),
    );
    if (other) complain(`expected no match of the pool ${other.name}'s`, index, "match", place);
  }
}

function isUnder(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

function isCorsOrigin(text: string): boolean {
  if (text === "*") return true;
  const probe = text.replace("://*.", "://any.");
  return !probe.includes("*") && URL.parse(probe)?.origin === probe;
}
