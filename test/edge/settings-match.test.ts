import { describe, expect, test } from "vitest";
import type { Match } from "../../src/core/pool/pool.ts";
import { complaint, settingsOf } from "./parsed-settings.ts";

const A = { name: "a", origins: "http://a" };

function faultsOf(...POOLS: readonly object[]): string[] {
  return complaint({ POOLS }).split("\n");
}

function matchOf(match: unknown): readonly Match[] {
  return settingsOf({ POOLS: [{ ...A, match, proxy: true }] }).pools[0].matches;
}

describe("match", () => {
  test.each<[unknown, string | undefined, string | undefined]>([
    ["a.example", "a.example", undefined],
    ["A.Example", "a.example", undefined],
    ["a.example/", "a.example", undefined],
    ["a.example/chat/", "a.example", "/chat"],
    ["a.example/chat/v2", "a.example", "/chat/v2"],
    ["*.example", "*.example", undefined],
    ["*.a.example/x", "*.a.example", "/x"],
    ["/chat", undefined, "/chat"],
    ["localhost", "localhost", undefined],
    ["127.0.0.1", "127.0.0.1", undefined],
    ["[::1]/x", "[::1]", "/x"],
    ["bücher.example", "xn--bcher-kva.example", undefined],
    ["/moorings", undefined, "/moorings"],
    ["mooring/x", "mooring", "/x"],
  ])("takes %j", (text, host, path) => {
    expect(matchOf(text)).toEqual([{ host, path }]);
    expect(matchOf([text])).toEqual([{ host, path }]);
  });

  test("takes several with commas between them", () => {
    expect(matchOf("a.example, b.example/x")).toEqual([
      { host: "a.example", path: undefined },
      { host: "b.example", path: "/x" },
    ]);
  });

  test.each([
    "",
    "/",
    "*",
    "*/x",
    "*.",
    "a.*.example",
    "a*.example",
    "*.*.example",
    "**.example",
    "a..example",
    "a.example:8080",
    "http://a.example",
    "user@a.example",
    "a b.example",
    "a.example//x",
    "a.example/../x",
    "a.example/x?y",
    "a.example/x#y",
    "/x*",
    "/a b",
    7,
    null,
  ])("refuses %j", (match) => {
    const got = match === "user@a.example" ? '"***@a.example"' : JSON.stringify(match);
    expect(faultsOf({ ...A, match, proxy: true })).toEqual([
      'POOLS[0].match: expected HOST, HOST/PATH or /PATH, where HOST may begin with "*." and has no port, ' +
        `got ${got}.`,
    ]);
  });

  test("names the one of a list that is wrong", () => {
    const [fault] = faultsOf({ ...A, match: ["a.example", "*"] });
    expect(fault).toMatch(/^POOLS\[0\]\.match\[1\]: expected HOST, .*, got "\*"\.$/);
  });

  test("refuses a list with none", () => {
    expect(faultsOf({ ...A, match: [] })).toEqual([
      "POOLS[0].match: expected at least one host or path, got [].",
    ]);
  });

  test.each(["/mooring", "/mooring/", "a.example/mooring/api"])("refuses %j", (match) => {
    expect(faultsOf({ ...A, match })).toEqual([
      `POOLS[0].match: expected a path outside /mooring, got "${match}".`,
    ]);
  });
});
