import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byKey } from "../../../src/core/pool/rendezvous.ts";
import { unitHash } from "../../../src/core/pool/rendezvous-hash.ts";
import { origin } from "./rank-builders.ts";

const KEYS = Array.from({ length: 100_000 }, (_, n) => `client-${n}`);

function weighted(weights: Readonly<Record<string, number>>) {
  return Object.entries(weights).map(([name, weight]) => ({ origin: origin(name), weight }));
}

/** Whose each key is, in the order of KEYS. */
function owners(weights: Readonly<Record<string, number>>): readonly string[] {
  const candidates = weighted(weights);
  return KEYS.map((key) => byKey(candidates, key)[0]?.origin.name ?? "nobody");
}

function moves(before: readonly string[], after: readonly string[]) {
  return before
    .map((from, index) => ({ from, to: after[index] }))
    .filter(({ from, to }) => from !== to);
}

describe("100,000 keys", () => {
  const weights = { a: 1, b: 2, c: 3, d: 4 };
  const before = owners(weights);

  test("are shared out within 2 % of the weights", () => {
    for (const [name, weight] of Object.entries(weights)) {
      const got = before.filter((owner) => owner === name).length;
      expect(Math.abs(got / (weight * 10_000) - 1)).toBeLessThan(0.02);
    }
  });

  test("stay where they are when an origin leaves, but for its own, which go to others by weight", () => {
    const moved = moves(before, owners({ a: 1, c: 3, d: 4 }));
    expect(moved).toHaveLength(before.filter((owner) => owner === "b").length);
    expect(new Set(moved.map(({ from }) => from))).toEqual(new Set(["b"]));
    for (const [to, part] of [
      ["a", 1 / 8],
      ["c", 3 / 8],
      ["d", 4 / 8],
    ] as const) {
      const got = moved.filter((move) => move.to === to).length;
      expect(Math.abs(got / (moved.length * part) - 1)).toBeLessThan(0.05);
    }
  });

  test("move to an origin that joins, from nobody to anybody else", () => {
    const after = owners({ ...weights, e: 2 });
    const moved = moves(before, after);
    expect(new Set(moved.map(({ to }) => to))).toEqual(new Set(["e"]));
    expect(Math.abs(moved.length / (100_000 / 6) - 1)).toBeLessThan(0.02);
  });

  test("move only to an origin whose weight grows, as many as it gains", () => {
    const after = owners({ ...weights, a: 2 });
    const moved = moves(before, after);
    expect(new Set(moved.map(({ to }) => to))).toEqual(new Set(["a"]));
    expect(Math.abs(moved.length / (100_000 * (2 / 11 - 1 / 10)) - 1)).toBeLessThan(0.05);
  });

  test("move only from an origin whose weight shrinks", () => {
    const moved = moves(before, owners({ ...weights, d: 3 }));
    expect(new Set(moved.map(({ from }) => from))).toEqual(new Set(["d"]));
  });

  test("stay where they are when all weights are doubled, or the list is turned round", () => {
    expect(owners({ d: 8, c: 6, b: 4, a: 2 })).toEqual(before);
  });
});

test("a key's order of the others is the same whoever is missing", () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 8 });
  fc.assert(
    fc.property(names, fc.string(), fc.nat(7), (given, key, missing) => {
      const all = given.map((name, index) => ({ origin: origin(name), weight: 1 + (index % 3) }));
      const left = all.filter((_, index) => index !== missing);
      const expected = byKey(all, key).filter((each) => left.includes(each));
      expect(byKey(left, key)).toEqual(expected);
    }),
  );
});

describe("the hash", () => {
  test("is above 0 and below 1 for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(unitHash(text)).toBeGreaterThan(0);
        expect(unitHash(text)).toBeLessThan(1);
      }),
    );
  });

  // Written down: a change would send every client of every pool elsewhere.
  test.each([
    ["", 0.4544055862390385],
    ["a", 0.38812933476637446],
    ["client-1", 0.705489525089832],
    ["2001:db8::1", 0.5928069198574705],
    ["Zürich \u{1f6a2}", 0.6369172063714464],
  ])("of %j is what it has always been", (text, value) => {
    expect(unitHash(text)).toBe(value);
  });

  test.each<[string, (n: number) => string]>([
    ["numbers", (n) => `${n}`],
    ["IPv4 addresses", (n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`],
    ["IPv6 networks", (n) => `2001:db8:${n.toString(16)}:1`],
    ["long texts that differ at their ends", (n) => `${"x".repeat(200)}${n}`],
    ["long texts that differ at their beginnings", (n) => `${n}${"x".repeat(200)}`],
  ])("spreads 20,000 %s evenly, and none on another's place", (_, key) => {
    const hashes = Array.from({ length: 20_000 }, (__, n) => unitHash(key(n)));
    expect(new Set(hashes).size).toBe(20_000);
    const counts = Array.from({ length: 100 }, () => 0);
    for (const hash of hashes)
      counts[Math.floor(hash * 100)] = (counts[Math.floor(hash * 100)] ?? 0) + 1;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    // 99 degrees of freedom: even numbers are above 161 once in ten thousand, and below 53 as seldom.
    expect(chiSquared).toBeLessThan(161);
    expect(chiSquared).toBeGreaterThan(53);
  });
});
