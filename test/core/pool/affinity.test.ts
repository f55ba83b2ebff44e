import { describe, expect, test } from "vitest";
import type { AffinityRequest } from "../../../src/core/pool/affinity.ts";
import { affinityKeyOf, knownAddress } from "../../../src/core/pool/affinity.ts";
import type { Affinity, Balance } from "../../../src/core/pool/pool.ts";
import { poolOf } from "./pool-builders.ts";

const COOKIE: Affinity = {
  type: "cookie",
  cookie: {
    name: "MOORING",
    ttlS: undefined,
    path: "/",
    domain: undefined,
    sameSite: "Lax",
    isSecure: true,
    isHttpOnly: true,
    isPartitioned: false,
  },
};

function client(parts: Partial<AffinityRequest> = {}): AffinityRequest {
  return { address: "192.0.2.7", query: "", header: () => undefined, ...parts };
}

function keyOf(affinity: Affinity, from: AffinityRequest, balance: Balance = "round-robin") {
  return affinityKeyOf(poolOf([], { affinity, balance }), from);
}

function network(address: string) {
  return keyOf({ type: "ip", isNetwork: true }, client({ address }));
}

function tenant(value: string | null | undefined) {
  return client({ header: (name) => (name === "X-Tenant" ? value : undefined) });
}

describe("by address", () => {
  test.each([
    ["192.0.2.7", "192.0.2.7"],
    ["2001:db8::7", "2001:db8::7"],
    ["2001:DB8::A", "2001:db8::a"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::FFFF:192.0.2.7", "192.0.2.7"],
  ])("%s is %s", (address, key) => {
    expect(keyOf({ type: "ip", isNetwork: false }, client({ address }))).toBe(key);
  });
});

describe("by network", () => {
  test.each([
    ["192.0.2.7", "192.0.2"],
    ["::ffff:192.0.2.7", "192.0.2"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:DB8:1:2::9", "2001:db8:1:2"],
  ])("%s is %s", (address, key) => {
    expect(network(address)).toBe(key);
  });

  test("neighbours share an origin, and others don't have to", () => {
    expect(network("192.0.2.1")).toBe(network("192.0.2.254"));
    expect(network("192.0.2.1")).not.toBe(network("192.0.3.1"));
    expect(network("2001:db8:1:2::1")).not.toBe(network("2001:db8:1:3::1"));
  });
});

describe("by a header field", () => {
  const affinity: Affinity = { type: "header", name: "X-Tenant" };
  test.each([
    ["acme", "acme"],
    ["  acme ", "acme"],
    ["", undefined],
    ["   ", undefined],
    [null, undefined],
    [undefined, undefined],
  ])("whose value is %j the key is %j", (value, key) => {
    expect(keyOf(affinity, tenant(value))).toBe(key);
  });
});

describe("by a query parameter", () => {
  test.each([
    ["EIO=4&room=blue&transport=polling", "blue"],
    ["room=red&room=blue", "blue"],
    ["r%6fom=dark+blue%21", "dark blue!"],
    ["room=", undefined],
    ["room", undefined],
    ["ROOM=blue", undefined],
    ["", undefined],
  ])("of %j the key is %j", (query, key) => {
    expect(keyOf({ type: "query", name: "room" }, client({ query }))).toBe(key);
  });
});

describe("no key", () => {
  test.each<[string, Affinity]>([
    ["without affinity", { type: "none" }],
    ["with a cookie", COOKIE],
    ["with a header field that isn't there", { type: "header", name: "x-tenant" }],
    ["with a parameter that isn't there", { type: "query", name: "room" }],
  ])("%s, and the address by the balance `hash`", (_, affinity) => {
    const from = client({ address: "::ffff:192.0.2.7" });
    expect(keyOf(affinity, from)).toBeUndefined();
    expect(keyOf(affinity, from, "hash")).toBe("192.0.2.7");
  });
});

const PROXY = "203.0.113.9";

/** Who a client is that has come by that connection, with this in X-Forwarded-For. */
function known(field: string | null, address = PROXY, isForwardedTrusted = true): string {
  return knownAddress({ address, scheme: "https", host: "edge", isForwardedTrusted }, field);
}

describe("behind a trusted proxy, a client is the last address of X-Forwarded-For", () => {
  test.each([
    ["192.0.2.7", "192.0.2.7"],
    ["198.51.100.1, 192.0.2.7", "192.0.2.7"],
    ["192.0.2.7, 198.51.100.1,192.0.2.7 ", "192.0.2.7"],
    ["unknown, 192.0.2.7:4711", "192.0.2.7"],
    ["2001:db8::1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["192.0.2.7, [2001:db8::1]:4711", "2001:db8::1"],
    [", 192.0.2.7, ,", "192.0.2.7"],
  ])("in %j it is %j", (field, address) => {
    expect(known(field)).toBe(address);
  });

  test.each([
    ["198.51.100.1, 192.0.2.7, 203.0.113.9", PROXY],
    ["192.0.2.7, 203.0.113.9, 203.0.113.9:80", PROXY],
    ["192.0.2.7, ::ffff:203.0.113.9", PROXY],
    ["192.0.2.7, 2001:DB8::9", "2001:db8::9"],
  ])("but the proxy's own: in %j behind %s", (field, proxy) => {
    expect(known(field, proxy)).toBe("192.0.2.7");
  });

  test.each(["192.0.2.7, unknown", "_hidden", "", ",", PROXY, null])(
    "and the proxy itself where that names none: %j",
    (field) => {
      expect(known(field)).toBe(PROXY);
    },
  );

  test("and nobody's word where it isn't trusted", () => {
    expect(known("192.0.2.7", PROXY, false)).toBe(PROXY);
  });
});
