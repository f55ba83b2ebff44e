import { describe, expect, test } from "vitest";
import type { Effect } from "../../../src/core/pool/state.ts";
import { nextDeadline } from "../../../src/core/pool/state.ts";
import { origin, poolOf } from "./pool-builders.ts";
import { eject, PoolShell, report } from "./state-builders.ts";

/** a and b take one session each, c takes any number. */
function limited(queueTimeoutMs = 5000): PoolShell {
  const origins = [
    origin("a", { maxConnections: 1 }),
    origin("b", { maxConnections: 1 }),
    origin("c"),
  ];
  return new PoolShell(poolOf(origins, { queueTimeoutMs }));
}

function ask(shell: PoolShell, id: string, ...candidates: readonly string[]): readonly Effect[] {
  return shell.on({ type: "place-asked", id, candidates });
}

function grant(id: string, name: string): Effect {
  return { type: "grant", id, origin: name };
}

function refuse(id: string): Effect {
  return { type: "refuse", id };
}

/** What is decided for those who want places. */
function decisions(effects: readonly Effect[]): readonly Effect[] {
  return effects.filter(({ type }) => type === "grant" || type === "refuse");
}

describe("a handshake that asks for a place", () => {
  test("gets the best one that is free", () => {
    const shell = limited();
    expect(ask(shell, "1", "a", "b")).toEqual([grant("1", "a")]);
    expect(ask(shell, "2", "a", "b")).toEqual([grant("2", "b")]);
  });

  test("gets one at once where there is no maximum, however many have", () => {
    const shell = limited();
    for (const id of ["1", "2", "3"]) expect(ask(shell, id, "c")).toEqual([grant(id, "c")]);
  });

  test("counts for the maximum that its origin is given meanwhile", () => {
    const shell = limited();
    ask(shell, "1", "c");
    shell.on({ type: "ordered", order: { type: "remove", origin: "c" } });
    const c = origin("c", { maxConnections: 1 });
    shell.on({ type: "ordered", order: { type: "add", origin: c } });
    expect(ask(shell, "2", "c")).toEqual([]);
  });

  test("gets the same one again when it asks twice", () => {
    const shell = limited();
    ask(shell, "1", "a", "b");
    expect(ask(shell, "1", "a", "b")).toEqual([grant("1", "a")]);
    expect(ask(shell, "2", "a", "b")).toEqual([grant("2", "b")]);
  });

  test("waits once, though it asks twice", () => {
    const shell = limited();
    ask(shell, "1", "a");
    expect([...ask(shell, "2", "a"), ...ask(shell, "2", "a")]).toEqual([]);
    expect(shell.state.reservations.waiting).toHaveLength(1);
  });

  test("is refused at once in a pool that lets nobody wait", () => {
    const shell = limited(0);
    ask(shell, "1", "a");
    expect(ask(shell, "2", "a")).toEqual([refuse("2")]);
  });

  test("is refused when it has waited for the pool's time, which is a deadline", () => {
    const shell = limited(5000);
    ask(shell, "1", "a");
    ask(shell, "2", "a");
    expect(nextDeadline(shell.state)).toBe(shell.now + 5000);
    expect(shell.pass(4999)).toEqual([]);
    expect(shell.pass(1)).toEqual([refuse("2")]);
  });

  test("is refused when a thousand wait already", () => {
    const shell = limited();
    ask(shell, "1", "a");
    for (let n = 0; n < 1000; n++) expect(ask(shell, `w${n}`, "a")).toEqual([]);
    expect(ask(shell, "2", "a")).toEqual([refuse("2")]);
  });

  test.each(["drain", "maint"] as const)("gets none at an origin in %s", (type) => {
    const shell = limited();
    shell.on({ type: "ordered", order: { type, origin: "a" } });
    expect(ask(shell, "1", "a", "b")).toEqual([grant("1", "b")]);
  });

  test("gets none at an ejected origin, at one of weight 0, or at one that nobody knows", () => {
    const shell = limited();
    eject(shell, "a");
    shell.on({ type: "ordered", order: { type: "weight", origin: "c", weight: 0 } });
    expect(ask(shell, "1", "a", "c", "constructor", "b")).toEqual([grant("1", "b")]);
  });
});

describe("a place that was granted", () => {
  test("is free when the handshake comes to nothing, and goes to who has waited longest", () => {
    const shell = limited();
    ask(shell, "1", "a");
    for (const id of ["2", "3"]) ask(shell, id, "a");
    expect(shell.on({ type: "place-released", id: "1" })).toEqual([grant("2", "a")]);
    expect(shell.on({ type: "place-released", id: "2" })).toEqual([grant("3", "a")]);
  });

  test("is a session from the report that has it, and no place beside it", () => {
    const shell = limited();
    ask(shell, "1", "a");
    shell.report(report(1, { sessions: { a: 1 }, reservations: ["1"] }));
    expect(shell.state.reservations.granted).toEqual([]);
    expect(ask(shell, "2", "a")).toEqual([]);
    expect(decisions(shell.report(report(1)))).toEqual([grant("2", "a")]);
  });

  test("is counted beside the sessions of a report that doesn't have it yet", () => {
    const shell = new PoolShell(poolOf([origin("a", { maxConnections: 2 })]));
    ask(shell, "1", "a");
    shell.report(report(1, { sessions: { a: 1 } }));
    expect(ask(shell, "2", "a")).toEqual([refuse("2")]);
  });

  test("is free after eleven seconds in which nothing was heard of it", () => {
    const shell = limited(60_000);
    ask(shell, "1", "a");
    ask(shell, "2", "a");
    expect(nextDeadline(shell.state)).toBe(shell.now + 11_000);
    expect(shell.pass(10_999)).toEqual([]);
    expect(shell.pass(1)).toEqual([grant("2", "a")]);
  });
});

describe("who waits", () => {
  test("is passed by those who want another place only", () => {
    const shell = limited();
    ask(shell, "1", "a");
    ask(shell, "2", "a");
    expect(ask(shell, "3", "a", "b")).toEqual([grant("3", "b")]);
  });

  test("gets a place when a lease runs out", () => {
    const shell = limited(100_000);
    shell.report(report(1, { sessions: { a: 1 } }));
    ask(shell, "1", "a");
    expect(decisions(shell.pass(60_000))).toEqual([grant("1", "a")]);
  });

  test("gets a place at an origin that comes back", () => {
    const shell = limited();
    shell.on({ type: "ordered", order: { type: "maint", origin: "a" } });
    ask(shell, "1", "a");
    expect(shell.on({ type: "ordered", order: { type: "ready", origin: "a" } })).toContainEqual(
      grant("1", "a"),
    );
  });

  test("gets the place that comes free in the moment of its refusal", () => {
    const shell = limited(11_000);
    ask(shell, "1", "a");
    ask(shell, "2", "a");
    expect(shell.pass(11_000)).toEqual([grant("2", "a")]);
  });

  test("is not written down anew with each event in which nothing comes free", () => {
    const shell = limited();
    ask(shell, "1", "a");
    ask(shell, "2", "a");
    const { waiting } = shell.state.reservations;
    shell.report(report(1, { sessions: { b: 1 } }));
    ask(shell, "3", "c");
    expect(shell.state.reservations.waiting).toBe(waiting);
  });

  test("and goes away leaves nothing behind", () => {
    const shell = limited();
    ask(shell, "1", "a");
    ask(shell, "2", "a");
    shell.on({ type: "place-released", id: "2" });
    expect(shell.on({ type: "place-released", id: "1" })).toEqual([]);
    expect(shell.state.reservations).toEqual({ granted: [], waiting: [] });
  });
});
