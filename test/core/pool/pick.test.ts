import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { roundRobin } from "../../../src/core/pool/pick.ts";

const [A, B, C] = ["a", "b", "c"].map((name) => ({ name, url: `http://${name}:3000` }));
const THREE = [A, B, C].filter((origin) => origin !== undefined);

describe("round robin", () => {
  test.each([
    [0, [A, B, C]],
    [1, [B, C, A]],
    [2, [C, A, B]],
    [3, [A, B, C]],
    [1_000_000_000, [B, C, A]],
    [Number.MAX_SAFE_INTEGER, [B, C, A]],
  ])("begins at turn %i with the next one, and goes on with all the others", (turn, ranked) => {
    expect(roundRobin(THREE, turn)).toEqual(ranked);
  });

  test("has nobody to rank where there is no origin", () => {
    expect(roundRobin([], 5)).toEqual([]);
  });

  test("has one origin always", () => {
    expect(roundRobin(THREE.slice(0, 1), 7)).toEqual([A]);
  });

  test("ranks each origin once, and each as often first as any other", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(1000), (count, begin) => {
        const origins = Array.from({ length: count }, (_, n) => ({
          name: `${n}`,
          url: `http://${n}`,
        }));
        const turns = Array.from({ length: 3 * count }, (_, n) => roundRobin(origins, begin + n));
        const firsts = turns.map(([first]) => first?.name);
        for (const { name } of origins) {
          expect(firsts.filter((first) => first === name)).toHaveLength(3);
        }
        for (const ranked of turns) expect(new Set(ranked)).toEqual(new Set(origins));
      }),
    );
  });

  test("leaves the list that it is given as it was", () => {
    const origins = Object.freeze([...THREE]);
    expect(roundRobin(origins, 1)).toHaveLength(3);
    expect(origins).toEqual(THREE);
  });
});
