import { describe, expect, test } from "vitest";
import type { Pool } from "../../src/core/pool/pool.ts";
import { complaint, settingsOf } from "./parsed-settings.ts";

const A = { name: "a", origins: "http://a" };
const B = { name: "b", origins: "http://b", match: "b.example" };

function poolsOf(...POOLS: readonly object[]): readonly Pool[] {
  return settingsOf({ POOLS, MOORING_TOKEN: "0123456789abcdef" }).pools;
}

function faultsOf(...POOLS: readonly unknown[]): string[] {
  return complaint({ POOLS }).split("\n");
}

test("a pool has everything that the flat settings have, in lower case", () => {
  const [pool] = poolsOf({
    name: "chat",
    match: ["chat.example", "*.chat.example/v2", "/chat"],
    origins: ["one=http://a", { name: "two", url: "https://b", weight: 2, max_connections: 9 }],
    engine_path: "/chat/socket.io/",
    balance: "random",
    affinity: "cookie",
    affinity_cookie: { name: "route", ttl: "1d" },
    health: { path: "/ready", interval: 10 },
    slow_start: "30s",
    queue_timeout: 2,
    proxy: true,
    websocket: "pass",
    rehome_rate: 200,
    drain_rate: 5,
    drain_timeout: "90s",
    rebalance: true,
    rebalance_rate: 2,
    cors_origins: ["https://a.example"],
    cors_credentials: true,
  });
  expect(pool).toEqual({
    name: "chat",
    matches: [
      { host: "chat.example", path: undefined },
      { host: "*.chat.example", path: "/v2" },
      { host: undefined, path: "/chat" },
    ],
    origins: [
      { name: "one", url: "http://a", weight: 1, isBackup: false, maxConnections: undefined },
      { name: "two", url: "https://b", weight: 2, isBackup: false, maxConnections: 9 },
    ],
    enginePath: "/chat/socket.io/",
    balance: "random",
    affinity: {
      type: "cookie",
      cookie: {
        name: "route",
        ttlS: 86_400,
        path: "/",
        domain: undefined,
        sameSite: "Lax",
        isSecure: false,
        isHttpOnly: true,
        isPartitioned: false,
      },
    },
    health: {
      method: "HEAD",
      path: "/ready",
      status: 200,
      intervalMs: 10_000,
      timeoutMs: 2000,
      rise: 2,
      fall: 3,
    },
    slowStartMs: 30_000,
    queueTimeoutMs: 2000,
    isProxying: true,
    websocket: "pass",
    rehomeRate: 200,
    moves: { drainRate: 5, drainTimeoutMs: 90_000, isRebalancing: true, rebalanceRate: 2 },
    cors: { origins: ["https://a.example"], credentials: true },
  });
});

test("a pool that says nothing else has the defaults of the flat settings", () => {
  const [pool] = poolsOf(A);
  const flat = settingsOf({ ORIGINS: "http://a" }).pools[0];
  expect(pool).toEqual({ ...flat, name: "a" });
});

test("pools stay in the order in which they are configured", () => {
  expect(poolsOf(B, A).map(({ name }) => name)).toEqual(["b", "a"]);
});

test("POOLS may be JSON text", () => {
  expect(settingsOf({ POOLS: JSON.stringify([A, B]) }).pools).toEqual(poolsOf(A, B));
});

test("what pools have in common stays beside them", () => {
  const settings = settingsOf({ POOLS: [A], SESSIONS_PER_OBJECT: 5, TRUST_FORWARDED: true });
  expect(settings).toMatchObject({ sessionsPerObject: 5, isForwardedTrusted: true });
});

/** What is said of pools that can't stand beside each other, or in which one thing doesn't go with another. */
test.each<[string, unknown[], string[]]>([
  ["no pools", [], ["POOLS: expected at least one pool, got []."]],
  ["what is no table", [A, 5], ["POOLS[1]: expected a table, got 5."]],
  [
    "a pool without a name and origins",
    [{}],
    [
      "POOLS[0].name: expected a value, got nothing.",
      "POOLS[0].origins: expected a value, got nothing.",
    ],
  ],
  ["no origins", [{ ...A, origins: [] }], ["POOLS[0].origins: expected at least one URL, got []."]],
  [
    "a name with a slash",
    [{ ...A, name: "a/b" }],
    ['POOLS[0].name: expected 1 to 64 letters, digits, "_", "." or "-", got "a/b".'],
  ],
  [
    "a name of dots alone",
    [{ ...A, name: ".." }],
    ['POOLS[0].name: expected more than dots, got "..".'],
  ],
  [
    "an origin with such a name",
    [{ ...A, origins: [{ name: ".", url: "http://a" }] }],
    ['POOLS[0].origins[0].name: expected more than dots, got ".".'],
  ],
  [
    "an origin with such a name in a text",
    [{ ...A, origins: ["..=http://a"] }],
    ['POOLS[0].origins[0]: expected http(s)://HOST[:PORT], or NAME=URL, got "..=http://a".'],
  ],
  [
    "a negative weight, by its path",
    [A, { ...B, origins: [{ url: "http://b", weight: -1 }] }],
    ["POOLS[1].origins[0].weight: expected a whole number from 0 to 1000, got -1."],
  ],
  [
    "a misspelt key",
    [{ ...A, balence: "hash" }],
    ["POOLS[0]: unknown key `balence`, did you mean `balance`?"],
  ],
  [
    "a key in capitals",
    [{ ...A, QUEUE_TIMEOUT: 1 }],
    ["POOLS[0]: unknown key `QUEUE_TIMEOUT`, did you mean `queue_timeout`?"],
  ],
  [
    "a misspelt key of a health check",
    [{ ...A, health: { raise: 2 } }],
    ["POOLS[0].health: unknown key `raise`, did you mean `rise`?"],
  ],
  [
    "two pools of one name",
    [A, { ...B, name: "a" }],
    ['POOLS[1].name: expected a name that no other pool has, got "a".'],
  ],
  [
    "two pools that take all",
    [A, { ...B, match: undefined }],
    ["POOLS[1].match: expected a host or path: the pool a takes all the rest, got nothing."],
  ],
  [
    "two pools of one host",
    [B, { ...A, match: "B.example/" }],
    ['POOLS[1].match: expected no match of the pool b\'s, got "B.example/".'],
  ],
  [
    "two pools of one host among others",
    [
      { ...B, match: ["x.example", "y.example"] },
      { ...A, match: ["z.example", "y.example"] },
    ],
    ['POOLS[1].match[1]: expected no match of the pool b\'s, got "y.example".'],
  ],
  [
    "a match twice",
    [{ ...B, match: ["b.example", "b.example"] }],
    ['POOLS[0].match[1]: expected no match of the pool b\'s, got "b.example".'],
  ],
  [
    "one origin twice",
    [{ ...A, origins: ["http://a", { name: "b", url: "http://a" }] }],
    ['POOLS[0].origins[1]: expected every origin once, got {"name":"b","url":"http://a"}.'],
  ],
  [
    "an engine path that is the edge's own",
    [{ ...A, engine_path: "/mooring/x/" }],
    ['POOLS[0].engine_path: expected a path outside /mooring, got "/mooring/x/".'],
  ],
  [
    "an engine path at which no request comes",
    [{ ...A, match: ["/chat", "b.example/x"] }],
    ["POOLS[0].engine_path: expected a path under /chat, as the pool's match has it, got nothing."],
  ],
  [
    "an engine path beside the match",
    [{ ...A, match: "/chat", engine_path: "/chatter/" }],
    [
      'POOLS[0].engine_path: expected a path under /chat, as the pool\'s match has it, got "/chatter/".',
    ],
  ],
  [
    "credentials for everybody",
    [{ ...A, cors_origins: "*", cors_credentials: true }],
    [
      'POOLS[0].cors_credentials: expected "false" where cors_origins has "*": ' +
        "browsers take credentials from named origins only, got true.",
    ],
  ],
  [
    "a cookie that isn't used",
    [{ ...A, affinity_cookie: {} }],
    ['POOLS[0].affinity_cookie: expected none unless affinity is "cookie", got {}.'],
  ],
  [
    "faults of several pools at once",
    [
      { ...A, balance: "best" },
      { ...B, origins: "ws://b" },
    ],
    [
      'POOLS[0].balance: expected "least-connections", "round-robin", "random" or "hash", got "best".',
      'POOLS[1].origins: expected http(s)://HOST[:PORT], or NAME=URL, got "ws://b".',
    ],
  ],
])("refuses %s", (_, pools, faults) => {
  expect(faultsOf(...pools)).toEqual(faults);
});

test("pools may have origins, hosts with other paths and cookies' names in common", () => {
  const pools = poolsOf(
    { ...A, match: "a.example" },
    { ...A, name: "b", match: "a.example/b", engine_path: "/b/socket.io/" },
    { ...A, name: "c", match: "*.example" },
    { ...A, name: "d" },
  );
  expect(pools).toHaveLength(4);
});

test("an engine path at which no request comes is right where the rest is proxied", () => {
  expect(poolsOf({ ...A, match: "/api", proxy: true })).toHaveLength(1);
});

describe("beside POOLS", () => {
  test("there are no flat settings of a pool", () => {
    const vars = { POOLS: [A], ORIGINS: "http://a", BALANCE: "hash", CORS_ORIGINS: "*" };
    expect(complaint(vars).split("\n")).toEqual([
      "ORIGINS: expected none beside POOLS, whose tables have their own `origins`.",
      "BALANCE: expected none beside POOLS, whose tables have their own `balance`.",
      "CORS_ORIGINS: expected none beside POOLS, whose tables have their own `cors_origins`.",
    ]);
  });

  test("a fault of what pools have in common is named with theirs", () => {
    const names = complaint({ POOLS: [{ ...A, proxy: 1 }], CREDIT_BYTES: 1 })
      .split("\n")
      .map((line) => line.split(":")[0]);
    expect(names).toEqual(["POOLS[0].proxy", "CREDIT_BYTES"]);
  });
});

test.each([{}, "a", "[{", 5, null])("POOLS can't be %j", (value) => {
  expect(complaint({ POOLS: value })).toBe(
    `POOLS: expected a list of tables, got ${JSON.stringify(value)}.`,
  );
});

test("a pool's URL tells no password", () => {
  const faults = faultsOf({ ...A, origins: [{ url: "http://user:hunter2@a" }] });
  expect(faults).toEqual([
    'POOLS[0].origins[0].url: expected http(s)://HOST[:PORT], got "http://***@a".',
  ]);
});
