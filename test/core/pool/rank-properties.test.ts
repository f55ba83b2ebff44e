import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rank } from "../../../src/core/pool/rank.ts";
import type { Balance } from "../../../src/core/pool/pool.ts";
import type { OriginStatus } from "../../../src/core/pool/snapshot.ts";
import { poolOf } from "./pool-builders.ts";
import { NOW, origin, request, snapshot } from "./rank-builders.ts";

const BALANCES: Balance[] = ["least-connections", "round-robin", "random", "hash"];

const states = fc.record({
  weight: fc.constantFrom(0, 0.1, 1, 1, 3, 1000),
  isBackup: fc.boolean(),
  maxConnections: fc.constantFrom(undefined, undefined, 1, 3, 100),
  admin: fc.constantFrom("ready" as const, "ready" as const, "drain" as const, "maint" as const),
  health: fc.constantFrom("up", "up", "down", "ejected", "trial"),
  sessions: fc.integer({ min: 0, max: 4 }),
  upSince: fc.constantFrom(0, NOW - 500, NOW, NOW + 10_000),
});

const anyOrigins = fc
  .array(states, { maxLength: 7 })
  .map((list) => list.map((state, index) => origin(`o${index}`, state)));

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const anyRequest = fc.record({
  affinityKey: fc.option(fc.string(), { nil: undefined }),
  preferred: fc.constantFrom(undefined, "o0", "o1", "o2", "unknown"),
  mayTry: fc.boolean(),
  turn: fc.maxSafeNat(),
  randoms: fc.tuple(unit, unit),
});

const anyPool = (balance: Balance) =>
  fc.constantFrom(0, 1000).map((slowStartMs) => poolOf([], { balance, slowStartMs }));

function mayHaveSessions(status: OriginStatus): boolean {
  if (status.admin !== "ready" || status.weight === 0) return false;
  if (status.health === "down" || status.health === "ejected") return false;
  return status.sessions < (status.maxConnections ?? Infinity);
}

function isUp(status: OriginStatus): boolean {
  return status.admin === "ready" && status.weight > 0 && status.health === "up";
}

/** Runs `check` on what `balance` ranks for any request of any pool. */
function forAny(
  balance: Balance,
  check: (ranked: readonly OriginStatus[], all: readonly OriginStatus[], mayTry: boolean) => void,
) {
  const property = fc.property(anyPool(balance), anyOrigins, anyRequest, (given, all, asked) => {
    const ranking = rank(given, snapshot(...all), request(asked));
    check(ranking.type === "ranked" ? ranking.origins : [], all, asked.mayTry);
  });
  fc.assert(property, { numRuns: 500 });
}

/** Then no backup may have the session. */
function isAnyFull(all: readonly OriginStatus[]): boolean {
  return all.some((each) => isUp(each) && !each.isBackup && !mayHaveSessions(each));
}

describe.each(BALANCES)("whatever the pool, %s", (balance) => {
  test("never ranks an origin that is down, ejected, in maint, draining, full or of no weight", () => {
    forAny(balance, (ranked) => {
      expect(ranked.filter((each) => !mayHaveSessions(each))).toEqual([]);
    });
  });

  test("always has an origin while one that isn't a backup is up and has room", () => {
    forAny(balance, (ranked, all) => {
      const isAny = all.some((each) => isUp(each) && mayHaveSessions(each) && !each.isBackup);
      expect(isAny && ranked.length === 0).toBe(false);
    });
  });

  test("ranks every origin that may have the session, once", () => {
    forAny(balance, (ranked, all) => {
      const expected = all.filter((each) => {
        return mayHaveSessions(each) && !(each.isBackup && isAnyFull(all));
      });
      expect(ranked).toHaveLength(expected.length);
      expect(new Set(ranked)).toEqual(new Set(expected));
    });
  });

  test("ranks no origin on trial before one that is up, unless it may be tried", () => {
    forAny(balance, (ranked, _, mayTry) => {
      const health = ranked.map((each) => (each.health === "trial" ? 1 : 0));
      expect(mayTry ? [] : health).toEqual(
        mayTry ? [] : health.toSorted((one, other) => one - other),
      );
    });
  });

  test("ranks no backup before another that is up, and none at all while one is full", () => {
    forAny(balance, (ranked, all) => {
      const isBackup = ranked.filter(isUp).map((each) => Number(each.isBackup));
      expect(isBackup).toEqual(isBackup.toSorted((one, other) => one - other));
      expect(isAnyFull(all) && ranked.some((each) => each.isBackup)).toBe(false);
    });
  });

  test("leaves what it is given as it was, and says the same again", () => {
    const property = fc.property(anyPool(balance), anyOrigins, anyRequest, (given, all, asked) => {
      const frozen = snapshot(...all.map((each) => Object.freeze(each)));
      Object.freeze(frozen.origins);
      const first = rank(given, frozen, request(asked));
      expect(rank(given, frozen, request(asked))).toEqual(first);
    });
    fc.assert(property);
  });
});
