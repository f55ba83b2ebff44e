import { describe, expect, test } from "vitest";
import type { HealthCheck, Pool } from "../../src/core/pool/pool.ts";
import type { Vars } from "./parsed-settings.ts";
import { complaint, settingsOf } from "./parsed-settings.ts";

const ORIGINS = "http://a, http://b";

/** The one pool of such vars. */
function poolOf(vars: Vars): Pool {
  const { pools } = settingsOf({ ORIGINS, ...vars });
  expect(pools).toHaveLength(1);
  return pools[0];
}

function faultsOf(vars: Vars): string[] {
  return complaint({ ORIGINS, ...vars }).split("\n");
}

describe("ORIGINS", () => {
  test("takes tables and texts in one list", () => {
    const table = { name: "big", url: "https://b:8443/", weight: 3, backup: true };
    const origins = [{ ...table, max_connections: 500 }, "small=http://c", { url: "http://d:80" }];
    expect(poolOf({ ORIGINS: origins }).origins).toEqual([
      { name: "big", url: "https://b:8443", weight: 3, isBackup: true, maxConnections: 500 },
      { name: "small", url: "http://c", weight: 1, isBackup: false, maxConnections: undefined },
      { name: "d", url: "http://d", weight: 1, isBackup: false, maxConnections: undefined },
    ]);
  });

  test("takes them as JSON text, with numbers and flags as text", () => {
    const text = '[{ "url": "http://a", "weight": "0", "backup": "true" }, "http://b"]';
    expect(poolOf({ ORIGINS: text }).origins).toMatchObject([
      { name: "a", weight: 0, isBackup: true },
      { name: "b", weight: 1, isBackup: false },
    ]);
  });

  test.each<[unknown, string]>([
    [[{ url: "ws://a" }], '[0].url: expected http(s)://HOST[:PORT], got "ws://a".'],
    [[{ url: "a=http://a" }], '[0].url: expected http(s)://HOST[:PORT], got "a=http://a".'],
    [[{ url: "http:a" }], '[0].url: expected http(s)://HOST[:PORT], got "http:a".'],
    [[{ url: "http://u:p@a" }], '[0].url: expected http(s)://HOST[:PORT], got "http://***@a".'],
    [["http://a", "b"], '[1]: expected http(s)://HOST[:PORT], or NAME=URL, got "b".'],
    [[{ name: "a" }], "[0].url: expected a value, got nothing."],
    [[{ url: 5 }], "[0].url: expected http(s)://HOST[:PORT], got 5."],
    [
      ["http://a", { name: "a b", url: "http://b" }],
      '[1].name: expected 1 to 64 letters, digits, "_", "." or "-", got "a b".',
    ],
    ...[-1, 1001, 1.5, "many", null].map((weight): [unknown, string] => [
      [{ url: "http://a", weight }],
      `[0].weight: expected a whole number from 0 to 1000, got ${JSON.stringify(weight)}.`,
    ]),
    [
      [{ url: "http://a", max_connections: 0 }],
      "[0].max_connections: expected a whole number from 1 to 1000000, got 0.",
    ],
    [[{ url: "http://a", backup: 1 }], '[0].backup: expected "true" or "false", got 1.'],
    [[{ url: "http://a", wieght: 2 }], "[0]: unknown key `wieght`, did you mean `weight`?"],
    [
      [{ url: "http://a", maxConnections: 2 }],
      "[0]: unknown key `maxConnections`, did you mean `max_connections`?",
    ],
    [
      [{ url: "http://a", colour: "red" }],
      "[0]: unknown key `colour`, expected one of `name`, `url`, `weight`, `backup`, `max_connections`.",
    ],
    [
      [
        { url: "http://a", weight: 0 },
        { url: "http://b", weight: 0 },
      ],
      ": expected an origin with a weight above 0, got " +
        '[{"url":"http://a","weight":0},{"url":"http://b","weight":0}].',
    ],
    [["a=http://a", "a=http://b"], '[1]: expected every origin once, got "a=http://b".'],
    [["a=http://a", "b=http://A:80"], '[1]: expected every origin once, got "b=http://A:80".'],
    [{ url: "http://a" }, ': expected a list, separated by commas, got {"url":"http://a"}.'],
    ["[http://a]", ': expected http(s)://HOST[:PORT], or NAME=URL, got "[http://a]".'],
  ])("refuses %j", (origins, fault) => {
    expect(faultsOf({ ORIGINS: origins })).toEqual([`ORIGINS${fault}`]);
  });

  test("names every key that is wrong", () => {
    const origins = [{ url: "x", weight: -1, nmae: "a" }];
    expect(faultsOf({ ORIGINS: origins }).map((line) => line.split(/:|, got/)[0])).toEqual([
      "ORIGINS[0]",
      "ORIGINS[0].url",
      "ORIGINS[0].weight",
    ]);
  });

  test("shows no more than a line of what is wrong", () => {
    const [fault = ""] = faultsOf({ ORIGINS: "x".repeat(10_000) });
    expect(fault.length).toBeLessThan(300);
  });
});

describe("HEALTH", () => {
  const CHECK: HealthCheck = {
    method: "HEAD",
    path: "/health",
    status: 200,
    intervalMs: 5000,
    timeoutMs: 2000,
    rise: 2,
    fall: 3,
  };

  test.each([undefined, false, "off", "false"])("is off: %j", (value) => {
    expect(poolOf({ HEALTH: value }).health).toBeUndefined();
  });

  test.each<[unknown, Partial<HealthCheck>]>([
    [true, {}],
    ["on", {}],
    ["true", {}],
    [{}, {}],
    [
      { method: "GET", path: "/ready?deep=1", status: 204, interval: "1m", timeout: "500ms" },
      { method: "GET", path: "/ready?deep=1", status: 204, intervalMs: 60_000, timeoutMs: 500 },
    ],
    [
      { rise: 1, fall: "10" },
      { rise: 1, fall: 10 },
    ],
    [{ interval: 1 }, { intervalMs: 1000, timeoutMs: 1000 }],
    ['{ "interval": 30, "timeout": 30 }', { intervalMs: 30_000, timeoutMs: 30_000 }],
  ])("takes %j", (value, fields) => {
    expect(poolOf({ HEALTH: value }).health).toEqual({ ...CHECK, ...fields });
  });

  const SPAN = 'expected seconds, or a span such as "500ms", "2s" or "1m",';

  test.each<[unknown, string]>([
    ["yes", ': expected "on", "off" or a table, got "yes".'],
    [1, ': expected "on", "off" or a table, got 1.'],
    [[], ': expected "on", "off" or a table, got [].'],
    [{ method: "POST" }, '.method: expected "HEAD", "GET" or "OPTIONS", got "POST".'],
    [{ path: "health" }, '.path: expected a path such as "/health", got "health".'],
    [{ path: "//b" }, '.path: expected a path such as "/health", got "//b".'],
    [{ path: "/a b" }, '.path: expected a path such as "/health", got "/a b".'],
    [{ status: 100 }, ".status: expected a whole number from 200 to 599, got 100."],
    [{ status: "2xx" }, '.status: expected a whole number from 200 to 599, got "2xx".'],
    [{ interval: "500ms" }, `.interval: ${SPAN} from 1s to 1h, got "500ms".`],
    [{ timeout: "soon" }, `.timeout: ${SPAN} from 100ms to 1m, got "soon".`],
    [
      { interval: 2, timeout: "2001ms" },
      '.timeout: expected no longer than the interval, got "2001ms".',
    ],
    [{ rise: 0 }, ".rise: expected a whole number from 1 to 100, got 0."],
    [{ fall: 101 }, ".fall: expected a whole number from 1 to 100, got 101."],
    [{ intervall: 5 }, ": unknown key `intervall`, did you mean `interval`?"],
  ])("refuses %j", (value, fault) => {
    expect(faultsOf({ HEALTH: value })).toEqual([`HEALTH${fault}`]);
  });
});

describe("spans", () => {
  test.each<[unknown, number]>([
    [0, 0],
    [2, 2000],
    [0.5, 500],
    ["30", 30_000],
    ["1.5", 1500],
    ["500ms", 500],
    ["2s", 2000],
    ["2 s", 2000],
    ["1m", 60_000],
    ["1h", 3_600_000],
  ])("%j are %d ms", (value, ms) => {
    expect(poolOf({ SLOW_START: value }).slowStartMs).toBe(ms);
  });

  test.each([-1, "-1s", "", "s", "1 hour", "1h30m", "1e3", " 5", "5,5", true, null, [5], "61m"])(
    "%j is none",
    (value) => {
      expect(faultsOf({ SLOW_START: value })).toEqual([
        'SLOW_START: expected seconds, or a span such as "500ms", "2s" or "1m", from 0s to 1h, ' +
          `got ${JSON.stringify(value)}.`,
      ]);
    },
  );
});

test.each<[string, unknown, Partial<Pool>]>([
  ["BALANCE", "round-robin", { balance: "round-robin" }],
  ["BALANCE", "random", { balance: "random" }],
  ["BALANCE", "hash", { balance: "hash" }],
  ["QUEUE_TIMEOUT", "750ms", { queueTimeoutMs: 750 }],
  ["PROXY", "true", { isProxying: true }],
  ["WEBSOCKET", "pass", { websocket: "pass" }],
])("%s takes %j", (name, value, fields) => {
  expect(poolOf({ [name]: value })).toMatchObject(fields);
});

test.each<[string, unknown, string]>([
  [
    "BALANCE",
    "least_conn",
    'expected "least-connections", "round-robin", "random" or "hash", got "least_conn"',
  ],
  [
    "QUEUE_TIMEOUT",
    "2m",
    'expected seconds, or a span such as "500ms", "2s" or "1m", from 0s to 1m, got "2m"',
  ],
  ["PROXY", "on", 'expected "true" or "false", got "on"'],
  ["WEBSOCKET", "splice", 'expected "own" or "pass", got "splice"'],
])("%s refuses %j", (name, value, fault) => {
  expect(faultsOf({ [name]: value })).toEqual([`${name}: ${fault}.`]);
});
