import { describe, expect, test } from "vitest";
import type { PoolOrigin } from "../../src/core/pool/origin.ts";
import type { Pool } from "../../src/core/pool/pool.ts";
import type { Settings } from "../../src/edge/env.ts";
import type { Vars } from "./parsed-settings.ts";
import * as parsed from "./parsed-settings.ts";

function settingsOf(vars: Vars): Settings {
  return parsed.settingsOf({ ORIGINS: "http://a:3000", ...vars });
}

function complaint(vars: Vars): string {
  return parsed.complaint({ ORIGINS: "http://a:3000", ...vars });
}

const MIB = 1024 * 1024;

function originAt(url: string, rest: Partial<PoolOrigin> = {}): PoolOrigin {
  const name = new URL(url).host;
  return { name, url, weight: 1, isBackup: false, maxConnections: undefined, ...rest };
}

/** Settings of one pool of which this is known. */
function pool(fields: Partial<Pool>): object {
  return { pools: [fields] };
}

const A = originAt("http://a");
const B = originAt("https://b:8443");

test.each<[string, Vars, object]>([
  ["one URL", { ORIGINS: "http://a" }, pool({ origins: [A] })],
  ["a closing slash", { ORIGINS: "http://a/" }, pool({ origins: [A] })],
  ["a port that is the scheme's own", { ORIGINS: "http://a:80" }, pool({ origins: [A] })],
  ["a list with commas", { ORIGINS: "http://a, https://b:8443" }, pool({ origins: [A, B] })],
  ["a JSON array", { ORIGINS: ["http://a", "https://b:8443"] }, pool({ origins: [A, B] })],
  ["spaces and empty items", { ORIGINS: " http://a ,, " }, pool({ origins: [A] })],
  [
    "a name",
    { ORIGINS: "eu-1=http://a" },
    pool({ origins: [originAt("http://a", { name: "eu-1" })] }),
  ],
  ["an IPv6 host", { ORIGINS: "http://[::1]:3" }, pool({ origins: [originAt("http://[::1]:3")] })],
  [
    "a path of two parts",
    { ENGINE_PATH: "/chat/engine.io/" },
    pool({ enginePath: "/chat/engine.io/" }),
  ],
  [
    "a path without its closing slash",
    { ENGINE_PATH: "/engine.io" },
    pool({ enginePath: "/engine.io" }),
  ],
  ["a number as text", { SESSIONS_PER_OBJECT: "1" }, { sessionsPerObject: 1 }],
  ["a number", { SESSIONS_PER_OBJECT: 1000 }, { sessionsPerObject: 1000 }],
  ["the least credit", { CREDIT_BYTES: "4096" }, { creditBytes: 4096 }],
  ["the largest queue", { MAX_QUEUE_BYTES: "33554432" }, { queueBytes: 32 * MIB }],
  ["the most shards", { HUB_SHARDS: "16" }, { hubShards: 16 }],
  ["the longest grace", { HUB_GRACE: "15m" }, { hubGraceMs: 900_000 }],
  ["the longest dial", { DIAL_TIMEOUT_MS: "30000" }, { dialTimeoutMs: 30_000 }],
  [
    "a token of 16 characters",
    { MOORING_TOKEN: "0123456789abcdef" },
    { token: "0123456789abcdef" },
  ],
  ["the socket's address", { CLIENT_ADDRESS: "socket" }, { clientAddress: "socket" }],
  ["a flag as text", { TRUST_FORWARDED: "true" }, { isForwardedTrusted: true }],
  ["a flag", { TRUST_FORWARDED: true }, { isForwardedTrusted: true }],
  ["CORS for all", { CORS_ORIGINS: "*" }, pool({ cors: { origins: ["*"], credentials: false } })],
  [
    "CORS for some, with credentials",
    { CORS_ORIGINS: "https://a.example, https://*.b.example", CORS_CREDENTIALS: "true" },
    pool({ cors: { origins: ["https://a.example", "https://*.b.example"], credentials: true } }),
  ],
])("takes %s", (_, vars, expected) => {
  expect(settingsOf(vars)).toMatchObject(expected);
});

/** A setting, what it is expected to be, and wrong values with what the error says it got. */
const WRONG: readonly [name: string, expected: string, values: readonly [unknown, string][]][] = [
  [
    "ORIGINS",
    "expected a list, separated by commas",
    [
      [7, "7"],
      [null, "null"],
      [[1], "[1]"],
    ],
  ],
  [
    "ORIGINS",
    "expected http(s)://HOST[:PORT], or NAME=URL",
    [
      "a:3000",
      "ws://a",
      "http://",
      "http://a b",
      "http://a/x",
      "http://a?x=1",
      "http://a#x",
      "my a=http://a",
    ].map((value) => [value, JSON.stringify(value)]),
  ],
  ["ORIGINS", "expected a value", [[undefined, "nothing"]]],
  [
    "ENGINE_PATH",
    'expected a path such as "/socket.io/"',
    ["", "/", "//", "socket.io", "/a b/", "/a?b", "/:x/", "/*", "/../", "/a/../b/", "/./"].map(
      (value) => [value, JSON.stringify(value)],
    ),
  ],
  [
    "ENGINE_PATH",
    "expected a path outside /mooring",
    ["/mooring", "/mooring/", "/mooring/x"].map((value) => [value, JSON.stringify(value)]),
  ],
  ["SESSIONS_PER_OBJECT", "expected a whole number from 1 to 1000", numbers(0, 1001)],
  ["CREDIT_BYTES", "expected a whole number from 4096 to 8388608", numbers(4095, 8_388_609)],
  [
    "MAX_QUEUE_BYTES",
    "expected a whole number from 65536 to 33554432",
    numbers(65_535, 33_554_433),
  ],
  ["HUB_SHARDS", "expected a whole number from 1 to 16", numbers(0, 17)],
  [
    "HUB_GRACE",
    'expected seconds, or a span such as "500ms", "2s" or "1m", from 1s to 15m',
    [
      ["999ms", '"999ms"'],
      [901, "901"],
      ["soon", '"soon"'],
      [null, "null"],
    ],
  ],
  ["DIAL_TIMEOUT_MS", "expected a whole number from 100 to 30000", numbers(99, 30_001)],
  [
    "CORS_ORIGINS",
    'expected an origin such as "https://example.com", "https://*.example.com", or "*"',
    [
      "a.example",
      "https://a.example/",
      "https://a.example/x",
      "https://A.example",
      "https://*",
      "https://*.*.example",
      "https://a*.example",
      "null",
    ].map((value) => [value, JSON.stringify(value)]),
  ],
  ["CORS_CREDENTIALS", 'expected "true" or "false"', flags()],
  ["TRUST_FORWARDED", 'expected "true" or "false"', flags()],
  [
    "CLIENT_ADDRESS",
    'expected "cf-connecting-ip" or "socket"',
    [
      ["x-real-ip", '"x-real-ip"'],
      ["", '""'],
      [5, "5"],
    ],
  ],
];

function numbers(low: number, high: number): [unknown, string][] {
  const texts = ["", " 5000", "5e3", "-5000", "5000.5", "5 000", "many"];
  return [
    [low, String(low)],
    [high, String(high)],
    [5000.5, "5000.5"],
    [true, "true"],
    [null, "null"],
    ...texts.map((text): [unknown, string] => [text, JSON.stringify(text)]),
  ];
}

function flags(): [unknown, string][] {
  return [
    ["yes", '"yes"'],
    ["TRUE", '"TRUE"'],
    ["", '""'],
    [1, "1"],
    [null, "null"],
  ];
}

describe("says which setting is wrong, what was expected and what was got", () => {
  const cases = WRONG.flatMap(([name, expected, values]) =>
    values.map(([value, got]) => ({ name, value, expected, got })),
  );

  test.each(cases)("$name: $value", ({ name, value, expected, got }) => {
    expect(complaint({ [name]: value })).toBe(`${name}: ${expected}, got ${got}.`);
  });

  test.each(["", " , ", "[]"])("ORIGINS without any: %j", (text) => {
    const value: unknown = text === "[]" ? [] : text;
    expect(complaint({ ORIGINS: value })).toMatch(/^ORIGINS: expected at least one URL, got \S+/);
  });

  test("CORS_ORIGINS without any", () => {
    expect(complaint({ CORS_ORIGINS: "" })).toMatch(
      /^CORS_ORIGINS: expected at least one origin, got /,
    );
  });

  test("two origins of one name", () => {
    const message = complaint({ ORIGINS: "a=http://b, a=http://c" });
    expect(message).toMatch(/^ORIGINS: expected every origin once, got .*http:\/\/b.*http:\/\/c/);
  });

  test("credentials for everybody", () => {
    expect(complaint({ CORS_ORIGINS: "*", CORS_CREDENTIALS: "true" })).toBe(
      'CORS_CREDENTIALS: expected "false" where CORS_ORIGINS has "*": ' +
        'browsers take credentials from named origins only, got "true".',
    );
  });

  test("one URL under two names", () => {
    const message = complaint({ ORIGINS: "a=http://b, c=http://b" });
    expect(message).toMatch(/^ORIGINS: expected every origin once, got /);
  });

  test("credentials without CORS_ORIGINS", () => {
    const message = complaint({ CORS_CREDENTIALS: true });
    expect(message).toMatch(
      /^CORS_CREDENTIALS: expected "false" without CORS_ORIGINS.*, got true\.$/,
    );
  });

  test("every one that is wrong, a line each", () => {
    const vars = { ORIGINS: "x", SESSIONS_PER_OBJECT: "0", DIAL_TIMEOUT_MS: "soon" };
    const names = complaint(vars)
      .split("\n")
      .map((line) => line.split(":")[0]);
    expect(names).toEqual(Object.keys(vars));
  });
});

describe("tells no secret", () => {
  test("of the other bindings", () => {
    const message = complaint({
      MOORING_TOKEN: "hunter2hunter2hunter2",
      CORS_ORIGINS: "*",
      CORS_CREDENTIALS: true,
    });
    expect(message).not.toContain("hunter2");
  });

  test.each([
    ["too short", "hunter2"],
    ["empty", ""],
    ["with a space", "hunter2 hunter2 hunter2"],
    ["not ASCII", "hunter2hunter2hunté"],
    ["not text", 7_258_293_847_561_234],
    ["a list", ["hunter2hunter2hunter2"]],
  ])("of a token that is %s", (_, token) => {
    expect(complaint({ MOORING_TOKEN: token })).toBe(
      "MOORING_TOKEN: expected at least 16 ASCII characters, none of them a space, got ***.",
    );
  });

  test.each([
    "http://user:hunter2@a",
    "name=https://user:hunter2@a",
    "http://a, http://:hunter2@b/",
    "http://user:hun@hunter2@a",
    "http://user:hun/hunter2@a",
    'http://user:hun"hunter2@a',
    "http://user:hun,hunter2@a",
    "http:user:hunter2@a",
    "http:\\\\user:hunter2@a",
    "ftp://user:hunter2@a",
    "user:hunter2@a",
  ])("of a URL: %s", (value) => {
    const text = complaint({ ORIGINS: value });
    expect(text).toMatch(/^ORIGINS: expected /);
    const inList = complaint({ ORIGINS: [value] });
    expect(inList).toMatch(/^ORIGINS\[0\]: expected /);
    const inTable = complaint({ ORIGINS: [{ url: value }] });
    expect(inTable).toMatch(/^ORIGINS\[0\]\.url: expected /);
    expect(text + inList + inTable).not.toContain("hunter2");
  });
});
