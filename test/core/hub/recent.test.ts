import { expect, test } from "vitest";
import { Recent } from "../../../src/core/hub/recent.ts";
import { uid } from "./hub-builders.ts";

function event(n: number, bytes = 0) {
  return { type: "event", uid: uid("a"), n, body: new Uint8Array(bytes) } as const;
}

test("forgets what is too old, and keeps the positions of what is left", () => {
  const recent = new Recent(1000, 1e6);
  for (let n = 1; n <= 4; n++) recent.push(event(n), n * 400);
  expect(recent.trim(1500).map(({ n }) => n)).toEqual([1]);
  expect([recent.start, recent.end]).toEqual([1, 4]);
  expect([0, 1, 3, 4].map((position) => recent.at(position)?.n)).toEqual([
    undefined,
    2,
    4,
    undefined,
  ]);
});

test("forgets the oldest of what is too much, were it all", () => {
  const recent = new Recent(1000, 1000);
  for (const n of [1, 2]) recent.push(event(n, 300), 0);
  expect(recent.trim(0)).toEqual([]);
  recent.push(event(3, 300), 0);
  expect(recent.trim(0).map(({ n }) => n)).toEqual([1]);
  recent.push(event(4, 5000), 0);
  expect(recent.trim(0).map(({ n }) => n)).toEqual([2, 3, 4]);
  expect([recent.bytes, recent.start, recent.end]).toEqual([0, 4, 4]);
});

test("stays within its bytes over many events, and finds each at its position", () => {
  const recent = new Recent(1000, 100_000);
  for (let n = 1; n <= 50_000; n++) {
    expect(recent.end).toBe(n - 1);
    recent.push(event(n, n % 50), n);
    recent.trim(n);
    expect(recent.at(recent.start)?.n).toBe(recent.start + 1);
  }
  expect(recent.bytes).toBeLessThanOrEqual(100_000);
  expect(recent.at(49_999)?.n).toBe(50_000);
});
