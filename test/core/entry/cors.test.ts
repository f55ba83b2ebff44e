import { describe, expect, test } from "vitest";
import { allowedOrigin, corsHeaders, preflightHeaders } from "../../../src/core/entry/cors.ts";

const ANY = { origins: ["*"], credentials: false };
const NAMED = {
  origins: ["https://app.example.com", "http://localhost:3000", "https://*.example.org"],
  credentials: true,
};

describe("an origin that is allowed", () => {
  test.each([
    ["is named", "https://app.example.com"],
    ["is named with its port", "http://localhost:3000"],
    ["has a label in place of the star", "https://chat.example.org"],
    ["has several labels in place of the star", "https://a.b-c.d1.example.org"],
  ])("%s", (_, origin) => {
    expect(allowedOrigin(NAMED, origin)).toBe(origin);
  });

  test("is any, as a star and never by its name, where a star stands alone", () => {
    for (const origin of ["https://anything.example", "http://10.0.0.1:81", "null"]) {
      expect(allowedOrigin(ANY, origin)).toBe("*");
    }
    expect(
      allowedOrigin({ ...NAMED, origins: ["https://a.example", "*"] }, "https://a.example"),
    ).toBe("*");
  });

  test("may be null where that is named, since no page can choose to be it without its site's will", () => {
    expect(allowedOrigin({ origins: ["null"], credentials: false }, "null")).toBe("null");
  });

  test("has its port in a pattern, too", () => {
    const policy = { origins: ["https://*.example.org:8443"], credentials: false };
    expect(allowedOrigin(policy, "https://a.example.org:8443")).toBe("https://a.example.org:8443");
    expect(allowedOrigin(policy, "https://a.example.org")).toBeUndefined();
    expect(allowedOrigin(policy, "https://a.example.org:844")).toBeUndefined();
    expect(allowedOrigin(policy, "https://a.example.org:84430")).toBeUndefined();
  });
});

describe("an origin that is not allowed", () => {
  test.each([
    ["is another", "https://example.com"],
    ["has another scheme", "http://app.example.com"],
    ["has a port that is not named", "https://app.example.com:8443"],
    ["has the default port written out", "https://app.example.com:443"],
    ["has another port than the named one", "http://localhost:3001"],
    ["has no port where one is named", "http://localhost"],
    ["has a named one at its front", "https://app.example.com.evil.example"],
    ["has a named one at its front, and a user's name", "https://app.example.com@evil.example"],
    ["has a named one at its end", "https://evilapp.example.com"],
    ["has a path behind", "https://app.example.com/"],
    ["has capitals", "https://APP.example.com"],
    ["has a space behind", "https://app.example.com "],
    ["is the pattern's own domain", "https://example.org"],
    ["is the pattern's own domain behind a dot", "https://.example.org"],
    ["is the pattern itself", "https://*.example.org"],
    ["ends as the pattern does, without its dot", "https://evilexample.org"],
    ["ends as the pattern does, by its path", "https://evil.example/.example.org"],
    ["ends as the pattern does, by its query", "https://evil.example?.example.org"],
    ["ends as the pattern does, by its fragment", "https://evil.example#.example.org"],
    ["ends as the pattern does, behind a user's name", "https://evil.example@a.example.org"],
    ["ends as the pattern does, behind a port", "https://evil.example:80.example.org"],
    ["ends as the pattern does, behind a backslash", String.raw`https://evil.example\.example.org`],
    ["has the pattern at its front", "https://a.example.org.evil.example"],
    ["has a port that the pattern has not", "https://a.example.org:8443"],
    ["has another scheme than the pattern", "http://a.example.org"],
    ["has another scheme than the pattern, and a longer name", "http://chat.example.org"],
    ["has another scheme than the pattern, of its length", "wss-x://a.example.org"],
    ["has an empty label", "https://a..example.org"],
    ["has a dot first", "https://.a.example.org"],
    ["has a line break", "https://a\n.example.org"],
    ["has an escape", "https://a%2f.example.org"],
    ["has a letter beyond ASCII, as no browser sends it", "https://ä.example.org"],
    ["is an opaque one", "null"],
    ["is nothing", ""],
    ["is a file", "file://"],
  ])("%s", (_, origin) => {
    expect(allowedOrigin(NAMED, origin)).toBeUndefined();
    expect(corsHeaders(NAMED, origin)).toEqual([]);
  });

  test("is any, where none is", () => {
    expect(allowedOrigin({ origins: [], credentials: false }, "https://a.example")).toBeUndefined();
  });
});

describe("the header fields of CORS", () => {
  const credentials: [string, string] = ["access-control-allow-credentials", "true"];

  test("are none for a request that has no origin", () => {
    expect(corsHeaders(NAMED, undefined)).toEqual([]);
    expect(corsHeaders(ANY, undefined)).toEqual([]);
  });

  test("name the asker, and grant credentials where the policy does", () => {
    const origin = "https://chat.example.org";
    expect(corsHeaders(NAMED, origin)).toEqual([allow(origin), credentials]);
    expect(corsHeaders({ ...NAMED, credentials: false }, origin)).toEqual([allow(origin)]);
  });

  test("grant no credentials with a star, even where the policy would", () => {
    expect(corsHeaders({ ...ANY, credentials: true }, "https://evil.example")).toEqual([
      allow("*"),
    ]);
  });

  test("of a preflight have the methods of Engine.IO, and what was asked for", () => {
    const methods = ["access-control-allow-methods", "GET,HEAD,POST"];
    expect(preflightHeaders(undefined)).toEqual([methods]);
    expect(preflightHeaders("x-token, content-type")).toEqual([
      methods,
      ["access-control-allow-headers", "x-token, content-type"],
    ]);
  });
});

function allow(origin: string): [string, string] {
  return ["access-control-allow-origin", origin];
}
