import { describe, expect, test } from "vitest";
import type { Affinity, AffinityCookie } from "../../src/core/pool/pool.ts";
import type { Vars } from "./parsed-settings.ts";
import { complaint, settingsOf } from "./parsed-settings.ts";

const ORIGINS = "http://a, http://b";
const MOORING_TOKEN = "0123456789abcdef";

function affinityOf(vars: Vars): Affinity {
  return settingsOf({ ORIGINS, MOORING_TOKEN, ...vars }).pools[0].affinity;
}

function faultsOf(vars: Vars): string[] {
  return complaint({ ORIGINS, MOORING_TOKEN, ...vars }).split("\n");
}

const COOKIE: AffinityCookie = {
  name: "mooring",
  ttlS: undefined,
  path: "/",
  domain: undefined,
  sameSite: "Lax",
  isSecure: false,
  isHttpOnly: true,
  isPartitioned: false,
};

describe("AFFINITY", () => {
  test.each<[string, Affinity]>([
    ["none", { type: "none" }],
    ["cookie", { type: "cookie", cookie: COOKIE }],
    ["ip", { type: "ip", isNetwork: false }],
    ["ip-network", { type: "ip", isNetwork: true }],
    ["header:X-User-Id", { type: "header", name: "x-user-id" }],
    ["query:room", { type: "query", name: "room" }],
  ])("takes %s", (text, affinity) => {
    expect(affinityOf({ AFFINITY: text })).toEqual(affinity);
  });

  test.each(["", "Cookie", "ip:", "header:", "header:a b", "header:a:b", "query:", "query:a b", 5])(
    "refuses %j",
    (value) => {
      expect(faultsOf({ AFFINITY: value })).toEqual([
        'AFFINITY: expected "none", "cookie", "ip", "ip-network", "header:NAME" or "query:NAME", ' +
          `got ${JSON.stringify(value)}.`,
      ]);
    },
  );

  test.each(["EIO", "transport", "sid", "t", "b64", "j"])("refuses query:%s", (name) => {
    expect(faultsOf({ AFFINITY: `query:${name}` })).toEqual([
      `AFFINITY: expected a parameter that isn't Engine.IO's own, got "query:${name}".`,
    ]);
  });

  test("takes cookie only with a token, without which anybody could make cookies", () => {
    expect(faultsOf({ AFFINITY: "cookie", MOORING_TOKEN: undefined })).toEqual([
      'MOORING_TOKEN: expected a value where affinity is "cookie": it is what cookies are signed with, got nothing.',
    ]);
  });

  test("takes a header that is called as a parameter of Engine.IO's", () => {
    expect(affinityOf({ AFFINITY: "header:sid" })).toEqual({ type: "header", name: "sid" });
  });
});

describe("AFFINITY_COOKIE", () => {
  const AFFINITY = "cookie";

  test.each<[object, Partial<AffinityCookie>]>([
    [{}, {}],
    [
      { name: "route", ttl: "1h", path: "/chat" },
      { name: "route", ttlS: 3600, path: "/chat" },
    ],
    [{ ttl: 1.2 }, { ttlS: 2 }],
    [
      { domain: ".example.com", http_only: false },
      { domain: ".example.com", isHttpOnly: false },
    ],
    [
      { same_site: "None", secure: true, partitioned: true },
      { sameSite: "None", isSecure: true, isPartitioned: true },
    ],
    [{ same_site: "Strict" }, { sameSite: "Strict" }],
    [
      { name: "__Host-route", secure: true },
      { name: "__Host-route", isSecure: true },
    ],
  ])("takes %j", (table, attributes) => {
    const cookie = { ...COOKIE, ...attributes };
    const affinity = { type: "cookie", cookie };
    expect(affinityOf({ AFFINITY, AFFINITY_COOKIE: table })).toEqual(affinity);
    const text = JSON.stringify(table);
    expect(affinityOf({ AFFINITY, AFFINITY_COOKIE: text })).toEqual(affinity);
  });

  test.each<[unknown, string]>([
    [
      { same_site: "None" },
      '.secure: expected true where same_site is "None": browsers drop the cookie otherwise, got nothing.',
    ],
    [
      { partitioned: true, secure: false },
      ".secure: expected true where partitioned is: browsers drop the cookie otherwise, got false.",
    ],
    [
      { name: "__Secure-route" },
      '.secure: expected true for a name with "__Secure-" or "__Host-": browsers drop the cookie otherwise, got nothing.',
    ],
    [
      { name: "__Host-route", secure: true, path: "/a" },
      '.path: expected "/" for a name with "__Host-", got "/a".',
    ],
    [
      { name: "__host-route", secure: true, domain: "a.example" },
      '.domain: expected none for a name with "__Host-", got "a.example".',
    ],
    [{ same_site: "lax" }, '.same_site: expected "Strict", "Lax" or "None", got "lax".'],
    [
      { name: "a;b" },
      '.name: expected a cookie\'s name: letters, digits, "_", "." and the like, got "a;b".',
    ],
    [{ path: "/a;b" }, '.path: expected a path such as "/", got "/a;b".'],
    [{ path: "a" }, '.path: expected a path such as "/", got "a".'],
    [{ domain: "a;b" }, '.domain: expected a domain such as "example.com", got "a;b".'],
    [
      { ttl: 0 },
      '.ttl: expected seconds, or a span such as "500ms", "2s" or "1m", from 1s to 400d, got 0.',
    ],
    [{ samesite: "Lax" }, ": unknown key `samesite`, did you mean `same_site`?"],
    ["yes", ': expected a table, got "yes".'],
  ])("refuses %j", (table, fault) => {
    expect(faultsOf({ AFFINITY, AFFINITY_COOKIE: table })).toEqual([`AFFINITY_COOKIE${fault}`]);
  });

  test("is refused without the affinity that it is for", () => {
    expect(faultsOf({ AFFINITY: "ip", AFFINITY_COOKIE: { name: "a" } })).toEqual([
      'AFFINITY_COOKIE: expected none unless AFFINITY is "cookie", got {"name":"a"}.',
    ]);
  });
});
