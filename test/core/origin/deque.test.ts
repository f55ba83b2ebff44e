import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Deque } from "../../../src/core/origin/deque.ts";

test("gives what an array would, however often it is emptied and filled", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 3 })), (steps) => {
      const deque = new Deque<number>();
      const array: number[] = [];
      for (const [i, step] of steps.entries()) {
        for (let n = 0; n < step; n += 1) {
          deque.push(i);
          array.push(i);
        }
        for (let n = 0; n > step; n -= 1) expect(deque.shift()).toBe(array.shift());
        expect(deque.toArray()).toEqual(array);
        expect([deque.length, deque.first, deque.last, deque.at(1)]).toEqual([
          array.length,
          array[0],
          array.at(-1),
          array[1],
        ]);
        for (const some of [0, i, i + 1, array[1] ?? 0]) {
          const before = array.filter((one) => one < some);
          expect(deque.firstNot((one) => one < some)).toBe(before.length);
        }
      }
    }),
  );
});

test("keeps its order over thousands of items that come and go", () => {
  const deque = new Deque<number>();
  for (let i = 0; i < 100; i += 1) deque.push(i);
  for (let i = 100; i < 10_000; i += 1) {
    deque.push(i);
    expect(deque.shift()).toBe(i - 100);
  }
  expect(deque.toArray()).toEqual(Array.from({ length: 100 }, (_, i) => 9900 + i));
});
