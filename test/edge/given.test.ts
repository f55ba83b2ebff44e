import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Snapshot } from "../../src/core/pool/snapshot.ts";
import { Given } from "../../src/edge/pool/given.ts";
import { origin } from "../core/pool/rank-builders.ts";

const START = 1_000_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
});

afterEach(() => {
  vi.useRealTimers();
});

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

/** The sessions of `a`, by a snapshot of now that has none. */
function counted(given: Given, takenAt = Date.now()): number | undefined {
  const snapshot: Snapshot = { takenAt, origins: [origin("a")], objects: 0, open: [] };
  return given.added(snapshot).origins[0]?.sessions;
}

test("a handshake is counted from its choice, however long it takes", () => {
  const given = new Given();
  given.add("a");
  for (const ms of [0, 2000, 7000]) {
    pass(ms);
    expect(counted(given)).toBe(1);
  }
});

test("a session is counted until it has been reported, a second after its handshake", () => {
  const given = new Given();
  const ended = given.add("a");
  pass(5000);
  ended();
  pass(1000);
  expect(counted(given)).toBe(1);
  pass(1);
  expect(counted(given)).toBe(0);
  // By an older snapshot it is still missing, but not for ever.
  expect(counted(given, START)).toBe(1);
  pass(1000);
  expect(counted(given, START)).toBe(0);
});

test("one whose end was never heard of is forgotten after ten seconds", () => {
  const given = new Given();
  given.add("a");
  pass(10_001);
  expect(counted(given)).toBe(0);
});

test("as many are expected as in the last second, and a quarter more", () => {
  const given = new Given();
  expect(given.expected).toBe(1);
  for (let n = 0; n < 8; n++) given.add("a")();
  expect(given.expected).toBe(11);
  pass(1001);
  expect(given.expected).toBe(1);
});

/** The same by looking at all that was ever given. */
class Plain {
  readonly #all: { readonly at: number; endedAt: number }[] = [];

  add(): () => void {
    const session = { at: Date.now(), endedAt: Infinity };
    this.#all.push(session);
    return () => (session.endedAt = Date.now());
  }

  count(takenAt: number): number {
    return this.#all.filter(({ at, endedAt }) => {
      if (endedAt === Infinity) return at >= Date.now() - 10_000;
      return endedAt <= at + 10_000 && endedAt >= Math.max(Date.now() - 2000, takenAt - 1000);
    }).length;
  }
}

test("counts as if it looked at all of them, whatever comes when, and however often it is asked", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 900 }))), (moves) => {
      const [given, plain] = [new Given(), new Plain()];
      const open: (() => void)[][] = [];
      for (const [kind, amount] of moves) {
        if (kind === 0) open.push([given.add("a"), plain.add()]);
        else if (kind === 1) for (const end of open.splice(amount % 7, 1).flat()) end();
        else if (kind === 2) pass(amount * (amount % 5));
        expect(counted(given, Date.now() - amount)).toBe(plain.count(Date.now() - amount));
      }
    }),
  );
});

test("forgets no more and no less of very many", () => {
  const given = new Given();
  for (let second = 0; second < 5; second++) {
    for (let n = 0; n < 5000; n++) given.add("a")();
    pass(1000);
  }
  expect(counted(given)).toBe(5000);
  expect(counted(given, START)).toBe(10_000);
  expect(given.expected).toBe(6251);
  pass(2001);
  expect(counted(given, START)).toBe(0);
});
