import * as fc from "fast-check";
import { expect, test } from "vitest";
import { effectiveWeight } from "../../../src/core/pool/slow-start.ts";
import { NOW, origin } from "./rank-builders.ts";

test.each([
  [0, 10],
  [250, 32.5],
  [500, 55],
  [750, 77.5],
  [1000, 100],
  [1001, 100],
])(
  "%i ms into a slow start of 1 s, an origin of weight 100 counts as one of %d",
  (since, weight) => {
    const status = origin("a", { weight: 100, upSince: NOW - since });
    expect(effectiveWeight(status, 1000, NOW)).toBeCloseTo(weight, 9);
  },
);

test("an origin has its whole weight at once where there is no slow start", () => {
  expect(effectiveWeight(origin("a", { weight: 7, upSince: NOW }), 0, NOW)).toBe(7);
});

test("an origin that came up by a clock ahead of ours has its first share", () => {
  const status = origin("a", { weight: 10, upSince: NOW + 60_000 });
  expect(effectiveWeight(status, 1000, NOW)).toBeCloseTo(1, 9);
});

test("an origin's weight never shrinks while it is up, and never passes what it was given", () => {
  const span = fc.nat(10_000);
  fc.assert(
    fc.property(span, span, span, fc.integer({ min: 0, max: 1000 }), (start, one, more, weight) => {
      const status = origin("a", { weight, upSince: NOW });
      const earlier = effectiveWeight(status, start, NOW + one);
      const later = effectiveWeight(status, start, NOW + one + more);
      expect(earlier).toBeLessThanOrEqual(later);
      expect(later).toBeLessThanOrEqual(weight);
      expect(earlier > 0).toBe(weight > 0);
    }),
  );
});
