import { expect, test } from "vitest";
import { Outbox } from "../../../src/core/origin/outbox.ts";

const body = (bytes: number): Uint8Array => new Uint8Array(bytes);

function outboxOf(maxBytes: number): { outbox: Outbox; dropped: number[][] } {
  const dropped: number[][] = [];
  return { outbox: new Outbox(maxBytes, (...all) => dropped.push(all)), dropped };
}

const numbersAfter = (outbox: Outbox, n: number): number[] =>
  [...outbox.after(n)].map((publication) => publication.n);

test("numbers without gaps, and keeps what not everybody has taken", () => {
  const { outbox } = outboxOf(10_000);
  for (let i = 0; i < 5; i += 1) outbox.add(body(1));
  outbox.allTaken(2);
  expect([outbox.last, outbox.begin, outbox.isEmpty]).toEqual([5, 2, false]);
  expect(numbersAfter(outbox, 0)).toEqual([3, 4, 5]);
  expect(numbersAfter(outbox, 4)).toEqual([5]);
  expect(numbersAfter(outbox, 9)).toEqual([]);
});

test("is empty when all is taken, and goes on with the next number", () => {
  const { outbox } = outboxOf(10_000);
  outbox.add(body(1));
  outbox.allTaken(1);
  expect([outbox.begin, outbox.isEmpty]).toEqual([1, true]);
  expect(outbox.add(body(1)).n).toBe(2);
  expect(numbersAfter(outbox, 1)).toEqual([2]);
});

test("drops the oldest over its bytes, and says how much", () => {
  const { outbox, dropped } = outboxOf(1000);
  for (let i = 0; i < 3; i += 1) outbox.add(body(400));
  expect(dropped).toEqual([[1, 400]]);
  expect(outbox.begin).toBe(1);
  expect(numbersAfter(outbox, 0)).toEqual([2, 3]);
});

test("keeps the newest, however large", () => {
  const { outbox, dropped } = outboxOf(1000);
  outbox.add(body(10));
  outbox.add(body(5000));
  expect(dropped).toEqual([[1, 10]]);
  expect(numbersAfter(outbox, 0)).toEqual([2]);
});
