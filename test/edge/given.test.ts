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
