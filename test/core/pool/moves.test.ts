import { describe, expect, test } from "vitest";
import type { Effect } from "../../../src/core/pool/state.ts";
import { nextDeadline } from "../../../src/core/pool/state.ts";
import { origin, poolOf } from "./pool-builders.ts";
import { object, PoolShell, report } from "./state-builders.ts";

const MOVES = { drainRate: 50, drainTimeoutMs: 60_000, isRebalancing: false, rebalanceRate: 10 };

function movesIn(effects: readonly Effect[]): Record<string, number> {
  const moves: Record<string, number> = {};
  for (const effect of effects) {
    if (effect.type !== "move-sessions") continue;
    moves[effect.origin] = (moves[effect.origin] ?? 0) + effect.count;
  }
  return moves;
}

function drain(shell: PoolShell, name: string): readonly Effect[] {
  return shell.on({ type: "ordered", order: { type: "drain", origin: name } });
}

function ends(effects: readonly Effect[]): readonly Effect[] {
  return effects.filter(({ type }) => type === "end-sessions");
}

/** Lets time pass in steps in which the pool looks, and gives all that it has asked for. */
function pass(shell: PoolShell, ms: number): readonly Effect[] {
  const effects: Effect[] = [];
  for (let passed = 0; passed < ms; passed += 100) {
    effects.push(...shell.on({ type: "time-passed" }, 100));
  }
  return effects;
}

describe("a draining origin", () => {
  test("has its sessions asked to leave at the pool's rate, and no others", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { moves: MOVES }));
    shell.report(report(1, { sessions: { a: 300, b: 100 } }));
    expect(movesIn(drain(shell, "a"))).toEqual({ a: 5 });
    expect(movesIn(pass(shell, 1000))).toEqual({ a: 50 });
  });

  test("has its sessions asked for object by object, none for more than it has", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { moves: { ...MOVES, drainRate: 10_000 } }));
    shell.report(report(1, { sessions: { a: 3 } }));
    shell.report(report(2, { sessions: { a: 5 } }));
    const moves = drain(shell, "a").filter(({ type }) => type === "move-sessions");
    expect(moves).toEqual([
      { type: "move-sessions", object: object(2), origin: "a", count: 5 },
      { type: "move-sessions", object: object(1), origin: "a", count: 3 },
    ]);
  });

  test("has those asked again that had no quiet moment", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { moves: MOVES }));
    shell.report(report(1, { sessions: { a: 2 } }));
    expect(movesIn(drain(shell, "a"))).toEqual({ a: 2 });
    expect(movesIn(pass(shell, 2400))).toEqual({});
    expect(movesIn(pass(shell, 200))).toEqual({ a: 2 });
  });

  test("has what is left ended after its time", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { moves: { ...MOVES, drainTimeoutMs: 5000 } }));
    shell.report(report(1, { sessions: { a: 2 } }));
    drain(shell, "a");
    expect(ends(pass(shell, 4900))).toEqual([]);
    expect(ends(pass(shell, 200))).toEqual([
      { type: "end-sessions", object: object(1), origin: "a" },
    ]);
  });

  test("is looked at no more when it is empty, or ready again", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { moves: MOVES }));
    shell.report(report(1, { sessions: { a: 2 } }));
    drain(shell, "a");
    shell.report(report(1, { sessions: { b: 2 } }));
    expect(movesIn(pass(shell, 1000))).toEqual({});
    expect(shell.state.moves.tickAt).toBeUndefined();
  });
});

describe("a pool that rebalances", () => {
  const moves = { ...MOVES, isRebalancing: true };

  test("has sessions leave who has more than its share, until it has", () => {
    const shell = new PoolShell(poolOf(["a", "b", "c"], { moves }));
    shell.report(report(1, { sessions: { a: 30, b: 30 } }));
    expect(movesIn(pass(shell, 1000))).toEqual({ a: 9, b: 9 });
    shell.report(report(1, { sessions: { a: 20, b: 20, c: 20 } }));
    expect(movesIn(pass(shell, 5000))).toEqual({});
  });

  test("goes by weights, so that a canary gets its part, and gives it back", () => {
    const canary = origin("c", { weight: 1 });
    const shell = new PoolShell(poolOf([origin("a", { weight: 9 }), canary], { moves }));
    shell.report(report(1, { sessions: { a: 100 } }));
    expect(movesIn(pass(shell, 2000))).toEqual({ a: 9 });
    shell.on({ type: "ordered", order: { type: "weight", origin: "c", weight: 0 } });
    shell.report(report(1, { sessions: { a: 91, c: 9 } }));
    expect(movesIn(pass(shell, 2000))).toEqual({ c: 8 });
    shell.report(report(1, { sessions: { a: 99, c: 1 } }));
    expect(movesIn(pass(shell, 2000))).toEqual({ c: 1 });
  });

  test("leaves a pool alone that is level", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { moves }));
    shell.report(report(1, { sessions: { a: 51, b: 49 } }));
    expect(movesIn(pass(shell, 2000))).toEqual({});
  });

  test("leaves an object alone for a minute that has no session to give, and its timer with it", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { moves }));
    const told = [1, 2].map((n) => report(n, { sessions: { a: 40 } }));
    for (const one of told) shell.report(one);
    pass(shell, 200);
    for (const n of [1, 2]) shell.on({ type: "move-refused", object: object(n), origin: "a" });
    expect(movesIn(pass(shell, 3000))).toEqual({});
    expect(nextDeadline(shell.state)).toBe(shell.state.counts.sweepAt);
    shell.pass(26_000);
    expect(movesIn(told.flatMap((one) => shell.report(one)))).toEqual({});
    shell.now += 31_000;
    expect(movesIn(told.flatMap((one) => shell.report(one)))).toEqual({ a: 1 });
    expect(movesIn(pass(shell, 1000))).toEqual({ a: 10 });
  });

  test("goes on with the others meanwhile", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { moves }));
    shell.report(report(1, { sessions: { a: 50 } }));
    shell.report(report(2, { sessions: { a: 40 } }));
    shell.on({ type: "move-refused", object: object(1), origin: "a" });
    const orders = pass(shell, 1000).filter(({ type }) => type === "move-sessions");
    expect(orders).toEqual(
      orders.map(() => ({ type: "move-sessions", object: object(2), origin: "a", count: 1 })),
    );
    expect(orders).toHaveLength(10);
  });

  test("has an origin drained whose objects it has left alone", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { moves }));
    shell.report(report(1, { sessions: { a: 40 } }));
    shell.on({ type: "move-refused", object: object(1), origin: "a" });
    pass(shell, 1000);
    expect(movesIn(drain(shell, "a"))).toEqual({ a: 5 });
    expect(movesIn(pass(shell, 200))).toEqual({ a: 10 });
  });

  test("goes on by time alone while an origin is in its slow start, and then no more", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { moves, slowStartMs: 10_000 }));
    shell.report(report(1, { sessions: { a: 100 } }));
    drain(shell, "b");
    shell.on({ type: "ordered", order: { type: "ready", origin: "b" } });
    // A tenth of its weight is nine sessions, which is level within what is tolerated: nothing happens but time.
    shell.report(report(1, { sessions: { a: 91, b: 9 } }));
    const asked: Record<string, number>[] = [];
    for (let look = 0; look < 10; look++) {
      shell.now = nextDeadline(shell.state) ?? Infinity;
      asked.push(movesIn(shell.on({ type: "time-passed" })));
    }
    expect(asked.some(({ a = 0 }) => a > 0)).toBe(true);
    shell.now += 10_000;
    shell.report(report(1, { sessions: { a: 50, b: 50 } }));
    expect(shell.state.moves.tickAt).toBeUndefined();
  });

  test("does nothing where it is switched off", () => {
    const shell = new PoolShell(poolOf(["a", "b"], { moves: MOVES }));
    shell.report(report(1, { sessions: { a: 60 } }));
    expect(movesIn(pass(shell, 2000))).toEqual({});
  });
});
