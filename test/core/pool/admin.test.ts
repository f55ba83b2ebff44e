import { describe, expect, test } from "vitest";
import type { Order } from "../../../src/core/pool/admin.ts";
import { begin } from "../../../src/core/pool/state.ts";
import type { Effect, PoolState } from "../../../src/core/pool/state.ts";
import type { PoolOrigin } from "../../../src/core/pool/origin.ts";
import { snapshotOf } from "../../../src/core/pool/state.ts";
import { origin, poolOf } from "./pool-builders.ts";
import { PoolShell, report } from "./state-builders.ts";

const AB = poolOf(["a", "b"]);

/** What has been persisted last, after these orders to a pool. */
function persistedAfter(orders: readonly Order[], pool = AB) {
  const shell = new PoolShell(pool);
  for (const order of orders) {
    const effects = shell.on({ type: "ordered", order });
    expect(effects).toContainEqual({ type: "accept-order" });
  }
  // As storage gives it back.
  return structuredClone(shell.state.persisted);
}

function listed(state: PoolState): readonly string[] {
  return snapshotOf(state, "", 0).origins.map(({ name, admin, weight }) => {
    return `${name} ${admin} ${weight}`;
  });
}

function fault(effects: readonly Effect[]) {
  return effects.flatMap((effect) => (effect.type === "refuse-order" ? [effect.fault] : []))[0];
}

const drainA: Order = { type: "drain", origin: "a" };
const addC: Order = { type: "add", origin: origin("c") };

describe("an order", () => {
  test.each<[string, Order, readonly string[]]>([
    ["drains", drainA, ["a drain 1", "b ready 1"]],
    ["takes out", { type: "maint", origin: "b" }, ["a ready 1", "b maint 1"]],
    ["weighs", { type: "weight", origin: "a", weight: 0 }, ["a ready 0", "b ready 1"]],
    ["adds", addC, ["a ready 1", "b ready 1", "c ready 1"]],
    ["removes", { type: "remove", origin: "a" }, ["b ready 1"]],
  ])("%s, says so, and outlives a restart", (_, order, expected) => {
    const shell = new PoolShell(AB);
    const effects = shell.on({ type: "ordered", order });
    const { persisted } = shell.state;
    expect(effects).toEqual([{ type: "persist", persisted }, { type: "accept-order" }]);
    expect(listed(shell.state)).toEqual(expected);
    expect(listed(begin(AB, structuredClone(persisted), 0))).toEqual(expected);
  });

  test("ready takes back drain and keeps the weight", () => {
    const weigh: Order = { type: "weight", origin: "a", weight: 7 };
    const ready: Order = { type: "ready", origin: "a" };
    expect(persistedAfter([drainA, weigh, ready]).standing).toEqual([{ name: "a", weight: 7 }]);
    expect(persistedAfter([drainA, ready]).standing).toEqual([]);
  });

  test("to bring one back in begins its slow start; another weight doesn't", () => {
    const shell = new PoolShell(AB);
    shell.on({ type: "ordered", order: { type: "weight", origin: "b", weight: 3 } });
    shell.on({ type: "ordered", order: drainA });
    shell.on({ type: "ordered", order: { type: "ready", origin: "a" } });
    expect(shell.snapshot().origins.map(({ upSince }) => upSince)).toEqual([shell.now, 0]);
  });

  test("to add an origin begins its slow start", () => {
    const shell = new PoolShell(AB);
    shell.on({ type: "ordered", order: addC });
    expect(shell.snapshot().origins.at(-1)?.upSince).toBe(shell.now);
  });

  test("to add knows one URL by all its forms", () => {
    const url = "HTTP://C.example:80/";
    const { added } = persistedAfter([{ type: "add", origin: origin("c", { url }) }]);
    expect(added).toEqual([origin("c", { url: "http://c.example" })]);
  });

  test("to remove leaves the sessions counted, for when the origin is back", () => {
    const shell = new PoolShell(AB);
    shell.report(report(1, { sessions: { a: 2 } }));
    shell.on({ type: "ordered", order: { type: "remove", origin: "a" } });
    shell.on({ type: "ordered", order: { type: "add", origin: origin("a") } });
    expect(shell.snapshot().origins.at(-1)).toMatchObject({ name: "a", sessions: 2 });
  });
});

function adding(change: Partial<PoolOrigin>): Order {
  return { type: "add", origin: origin("c", change) };
}

describe("an order that can't be carried out changes nothing and says why", () => {
  test.each<[string, string, Order, string]>([
    ["UNKNOWN_ORIGIN", "an unknown name", { type: "drain", origin: "x" }, `named "x"`],
    ["UNKNOWN_ORIGIN", "an inherited name", { type: "ready", origin: "constructor" }, "named"],
    ["UNKNOWN_ORIGIN", "a huge name", { type: "maint", origin: "x".repeat(1e6) }, `x..."`],
    ["BAD_VALUE", "a negative weight", { type: "weight", origin: "a", weight: -1 }, "got -1"],
    ["BAD_VALUE", "half a weight", { type: "weight", origin: "a", weight: 0.5 }, "got 0.5"],
    ["BAD_VALUE", "too much weight", { type: "weight", origin: "a", weight: 1001 }, "got 1001"],
    ["BAD_VALUE", "no number", { type: "weight", origin: "a", weight: Number.NaN }, "got NaN"],
    ["BAD_VALUE", "an added weight", adding({ weight: -3 }), "got -3"],
    ["BAD_VALUE", "a maximum of 0", adding({ maxConnections: 0 }), "got 0"],
    ["BAD_VALUE", "half a maximum", adding({ maxConnections: 1.5 }), "got 1.5"],
    ["BAD_VALUE", "no name", adding({ name: "" }), `got ""`],
    ["BAD_VALUE", "a name with spaces", adding({ name: "c d" }), `got "c d"`],
    ["BAD_VALUE", "no URL", adding({ url: "c" }), "such as http://HOST:PORT"],
    ["BAD_VALUE", "an odd scheme", adding({ url: "ftp://c" }), "another scheme"],
    ["BAD_VALUE", "a WebSocket's scheme", adding({ url: "ws://c" }), "another scheme"],
    ["BAD_VALUE", "a path", adding({ url: "http://c/app" }), "without path"],
    ["BAD_VALUE", "a query", adding({ url: "http://c?x" }), "without path and query"],
    ["BAD_VALUE", "a fragment", adding({ url: "http://c/#x" }), "without path and query"],
    ["BAD_VALUE", "a port beyond", adding({ url: "http://c:65536" }), "got 65536"],
    ["BAD_VALUE", "port 0", adding({ url: "http://c:0" }), "got 0"],
    ["BAD_VALUE", "a line break", adding({ url: "http://c\n" }), "such as"],
    ["DUPLICATE", "a name twice", { type: "add", origin: origin("a") }, `named "a"`],
    ["DUPLICATE", "a URL twice", adding({ url: "http://A/" }), `as "a"`],
  ])("%s: %s", (code, _, order, words) => {
    const shell = new PoolShell(AB);
    const before = shell.state;
    const effects = shell.on({ type: "ordered", order });
    expect(effects).toHaveLength(1);
    expect(fault(effects)?.code).toBe(code);
    expect(fault(effects)?.message).toContain(words);
    expect(shell.state).toEqual(before);
  });

  test("BAD_VALUE: credentials, which the sentence doesn't repeat", () => {
    const shell = new PoolShell(AB);
    const order = adding({ url: "http://user:secret@c.example" });
    const found = fault(shell.on({ type: "ordered", order }));
    expect(found?.message).toContain("without user and password");
    expect(JSON.stringify(found)).not.toContain("secret");
  });

  test("LAST_ORIGIN: removing what is left", () => {
    const shell = new PoolShell(poolOf(["a"]));
    const effects = shell.on({ type: "ordered", order: { type: "remove", origin: "a" } });
    expect(fault(effects)?.code).toBe("LAST_ORIGIN");
  });

  test("TOO_MANY: one origin more than a pool may have", () => {
    const shell = new PoolShell(poolOf(Array.from({ length: 500 }, (_, i) => `n${i}`)));
    expect(fault(shell.on({ type: "ordered", order: addC }))?.code).toBe("TOO_MANY");
  });
});

describe("a deploy with another configuration", () => {
  test("keeps orders for names that are still there, and takes all the rest from it", () => {
    const persisted = persistedAfter([drainA]);
    const next = poolOf([origin("a", { weight: 9, url: "http://new.example" }), "d"]);
    expect(listed(begin(next, persisted, 0))).toEqual(["a drain 9", "d ready 1"]);
  });

  test("forgets orders for names that are gone", () => {
    const persisted = persistedAfter(
      [drainA, { type: "remove", origin: "b" }],
      poolOf("abc".split("")),
    );
    const kept = begin(poolOf(["c"]), persisted, 0).persisted;
    expect(kept).toEqual({ standing: [], added: [], removed: [] });
  });

  test("keeps added origins, with their orders", () => {
    const persisted = persistedAfter([addC, { type: "maint", origin: "c" }]);
    expect(listed(begin(poolOf(["z"]), persisted, 0))).toEqual(["z ready 1", "c maint 1"]);
  });

  test.each([
    ["name", origin("c", { url: "http://moved.example", weight: 5 }), ["c ready 5"]],
    ["URL", origin("new", { url: "http://c" }), ["new ready 1"]],
  ])("that has an added origin's %s wins over it", (_, configured, expected) => {
    expect(listed(begin(poolOf([configured]), persistedAfter([addC]), 0))).toEqual(expected);
  });

  test("that would leave nobody but removed ones has them back", () => {
    const persisted = persistedAfter([{ type: "remove", origin: "a" }]);
    expect(listed(begin(poolOf(["a"]), persisted, 0))).toEqual(["a ready 1"]);
  });

  test("keeps an origin that was added in place of a configured one of its name", () => {
    const persisted = persistedAfter([
      { type: "remove", origin: "a" },
      { type: "add", origin: origin("a", { url: "http://moved.example" }) },
    ]);
    const state = begin(AB, persisted, 0);
    expect(listed(state)).toEqual(["b ready 1", "a ready 1"]);
    expect(state.origins[1]?.url).toBe("http://moved.example");
  });
});
