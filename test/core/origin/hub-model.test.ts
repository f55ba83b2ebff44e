import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anySteps, anyWorld, troublesAfter, worldAfter } from "./hub-runs.ts";
import type { Fault } from "./sim-origin.ts";

describe("whatever is cut, killed, reset, moved and joined between publishes", () => {
  test("nothing is lost, doubled, out of order, or another's", () => {
    fc.assert(
      fc.property(anyWorld, anySteps, (settings, steps) => {
        expect(troublesAfter(settings, steps)).toEqual([]);
      }),
      // Always the same worlds: what hides in one of thousands is for `npm run fuzz:hub`, which takes others each time.
      { numRuns: 700, seed: 1 },
    );
  });

  test("most sessions go on where they were", () => {
    const sums = { moved: 0, restored: 0, refused: 0 };
    for (const [settings, steps] of fc.sample(fc.tuple(anyWorld, anySteps), {
      seed: 1,
      numRuns: 60,
    })) {
      const { counts } = worldAfter({ ...settings, keepMs: 60_000, pastBytes: 1e6 }, steps).truth;
      sums.moved += counts.moved + counts.returned;
      sums.restored += counts.restored;
      sums.refused += counts.refused;
    }
    expect(sums.restored).toBeGreaterThan(sums.moved / 2);
    expect(sums.restored).toBeGreaterThan(sums.refused * 2);
  });
});

describe("the judgement is not blind", () => {
  test.each<[Fault, RegExp]>([
    ["delivers-below-floors", /^(doubled|out of order)/],
    ["drops-forwards", /^lost: direct/],
    ["keeps-ghosts", /two (live )?sockets/],
    ["ignores-holes", /^(lost|not obeyed|out of order|doubled)/],
    ["forgets-tails", /^lost/],
  ])("to an origin that %s", (fault, symptom) => {
    const runs = fc.sample(fc.tuple(anyWorld, anySteps), { seed: 7, numRuns: 400 });
    const isSeen = runs.some(([settings, steps]) => {
      return troublesAfter({ ...settings, fault }, steps).some((trouble) => symptom.test(trouble));
    });
    expect(isSeen).toBe(true);
  });
});
