import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Candidate } from "../../../src/core/pool/balance.ts";
import { orders } from "../../../src/core/pool/balance.ts";
import { roundRobin } from "../../../src/core/pool/balance-round-robin.ts";
import type { Balance } from "../../../src/core/pool/pool.ts";
import { rank } from "../../../src/core/pool/rank.ts";
import type { OriginStatus } from "../../../src/core/pool/snapshot.ts";
import { poolOf } from "./pool-builders.ts";
import { NOW, origin, randomness, request, snapshot } from "./rank-builders.ts";

const BALANCES: Balance[] = ["least-connections", "round-robin", "random", "hash"];
const SESSIONS = 3000;

interface Run {
  readonly balance: Balance;
  readonly origins: readonly OriginStatus[];
  readonly sessions?: number;
  readonly slowStartMs?: number;
  readonly hasKeys?: boolean;
  /** Entry isolates among which sessions come down in turn, each with turns of its own. */
  readonly isolates?: number;
  readonly seed?: number;
}

/** How many sessions each origin got, when each is counted before the next is ranked. */
function simulate(run: Run): readonly number[] {
  const { balance, slowStartMs = 0, hasKeys = false, isolates = 1, seed = 1 } = run;
  const random = randomness(seed);
  const turns = Array.from({ length: isolates }, () => Math.floor(random() * 2 ** 31));
  const got = new Map(run.origins.map(({ name }) => [name, 0]));
  for (let n = 0; n < (run.sessions ?? SESSIONS); n++) {
    const all = run.origins.map((each) => ({
      ...each,
      sessions: each.sessions + (got.get(each.name) ?? 0),
    }));
    const isolate = n % isolates;
    const asked = request({
      turn: (turns[isolate] ?? 0) + Math.floor(n / isolates),
      randoms: [random(), random()],
      affinityKey: hasKeys ? `10.0.${n >> 8}.${n & 255}` : undefined,
    });
    const ranking = rank(poolOf([], { balance, slowStartMs }), snapshot(...all), asked);
    const [best] = ranking.type === "ranked" ? ranking.origins : [];
    if (best !== undefined) got.set(best.name, (got.get(best.name) ?? 0) + 1);
  }
  return [...got.values()];
}

function weighted(...weights: readonly number[]): readonly OriginStatus[] {
  return weights.map((weight, index) => origin(`o${index}`, { weight }));
}

/** What each would get if sessions could be divided. */
function shares(weights: readonly number[], sessions = SESSIONS): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (sessions * weight) / total);
}

/** How far the furthest is from its share, as a part of that share. */
function furthest(got: readonly number[], wanted: readonly number[]): number {
  return Math.max(...wanted.map((share, index) => Math.abs((got[index] ?? 0) / share - 1)));
}

describe.each(BALANCES)("%s over 3,000 sessions", (balance) => {
  test.each([[[1, 1, 1]], [[1, 2, 3]], [[5, 1, 1]], [[3, 2]], [[1000, 500, 250]]])(
    "keeps to the weights %j within 5 in 100",
    (weights) => {
      const got = simulate({ balance, origins: weighted(...weights) });
      expect(furthest(got, shares(weights))).toBeLessThanOrEqual(0.05);
    },
  );

  test("is within 5 % of the weights with keys", () => {
    const got = simulate({ balance, origins: weighted(1, 2, 3), hasKeys: true });
    expect(furthest(got, shares([1, 2, 3]))).toBeLessThanOrEqual(0.05);
  });

  test("is within 5 % of the weights through many isolates", () => {
    const got = simulate({ balance, origins: weighted(1, 2, 3), isolates: 10 });
    expect(furthest(got, shares([1, 2, 3]))).toBeLessThanOrEqual(0.05);
  });

  test("is within 5 % of the whole whatever the weights", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(weights, fc.nat(), fc.boolean(), (given, seed, hasKeys) => {
        const got = simulate({ balance, origins: weighted(...given), seed, hasKeys });
        const most = SESSIONS * 0.05;
        for (const [index, share] of shares(given).entries()) {
          expect(Math.abs((got[index] ?? 0) - share)).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 10 },
    );
  });

  test.each([
    ["a tenth", 0, 0.1],
    ["a little over a half", 500, 0.55],
    ["the whole", 1000, 1],
    ["the whole", 5000, 1],
  ])("gives an origin %s of its share %i ms into a slow start of 1 s", (_, since, part) => {
    const origins = [
      origin("old", { weight: 2, upSince: 0 }),
      origin("new", { weight: 2, upSince: NOW - since }),
    ];
    // By keys the counts scatter as draws do, and the smallest share is a tenth: more of them.
    const hasKeys = balance === "hash";
    const sessions = hasKeys ? 10 * SESSIONS : SESSIONS;
    const got = simulate({ balance, origins, slowStartMs: 1000, hasKeys, sessions });
    expect(furthest(got, shares([1, part], sessions))).toBeLessThanOrEqual(0.05);
  });
});

describe("least connections", () => {
  test("levels a pool that an origin has joined before it goes on evenly", () => {
    const origins = [origin("a", { sessions: 100 }), origin("b", { sessions: 100 }), origin("new")];
    const run = { balance: "least-connections", origins } as const;
    expect(simulate({ ...run, sessions: 90 })).toEqual([0, 0, 90]);
    expect(simulate({ ...run, sessions: 130 })).toEqual([10, 10, 110]);
  });

  test("ranks the others by their loads as well", () => {
    const loads = [origin("a", { sessions: 9 }), origin("b", { sessions: 4 }), origin("c")];
    expect(names(orders["least-connections"](loads.map(candidate), draw(0)))).toEqual([
      "c",
      "b",
      "a",
    ]);
  });

  test("weighs loads", () => {
    const loads = [
      origin("a", { sessions: 10, weight: 1 }),
      origin("b", { sessions: 20, weight: 4 }),
    ];
    expect(names(orders["least-connections"](loads.map(candidate), draw(0)))).toEqual(["b", "a"]);
  });

  test("gives equal loads in turn", () => {
    const idle = weighted(1, 1, 1).map(candidate);
    const firsts = [0, 1, 2].map((turn) => names(orders["least-connections"](idle, draw(turn)))[0]);
    expect(new Set(firsts)).toEqual(new Set(["o0", "o1", "o2"]));
  });
});

describe("round robin", () => {
  test.each([0, 7, 1_000_000_007, Number.MAX_SAFE_INTEGER - 10])(
    "rotates among equal weights from turn %i on",
    (begin) => {
      const five = weighted(1, 1, 1, 1, 1).map(candidate);
      const firsts = firstsOf(five, begin, 10);
      expect(new Set(firsts.slice(0, 5)).size).toBe(5);
      expect(firsts.slice(5)).toEqual(firsts.slice(0, 5));
    },
  );

  test("ranks each candidate exactly as often first as its weight, in each round", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(weights, fc.nat(1_000_000), (given, begin) => {
        const total = given.reduce((sum, weight) => sum + weight, 0);
        const firsts = firstsOf(weighted(...given).map(candidate), begin, total);
        const counts = given.map(
          (_, index) => firsts.filter((name) => name === `o${index}`).length,
        );
        expect(counts).toEqual(given);
      }),
    );
  });

  test("lets no candidate wait for long after its time", () => {
    const firsts = firstsOf(weighted(5, 1, 1).map(candidate), 0, 70);
    const longestRun = Math.max(
      ...firsts
        .join("")
        .split(/o[12]/)
        .map((run) => run.length / 2),
    );
    expect(longestRun).toBeLessThanOrEqual(4);
  });

  test("shares a failed candidate's sessions out to all others", () => {
    const three = weighted(1, 1, 1).map(candidate);
    const seconds = Array.from({ length: 300 }, (_, turn) => names(roundRobin(three, { turn })))
      .filter(([first]) => first === "o0")
      .map(([, second]) => second);
    expect(seconds).toHaveLength(100);
    expect(seconds.filter((name) => name === "o1").length).toBeGreaterThan(30);
    expect(seconds.filter((name) => name === "o2").length).toBeGreaterThan(30);
  });
});

describe("random", () => {
  const two = [origin("busy", { sessions: 10 }), origin("idle", { sessions: 1 })].map(candidate);

  test.each([0, 0.4, 0.6, 1 - Number.EPSILON])(
    "takes the less loaded of two, whichever is drawn first (%d)",
    (random) => {
      expect(names(orders.random(two, { turn: 0, randoms: [random, 0] }))).toEqual([
        "idle",
        "busy",
      ]);
    },
  );

  test("looks at two and no more, so that counts which are old send to many", () => {
    const many = Array.from({ length: 10 }, (_, index) => origin(`o${index}`, { sessions: index }));
    const random = randomness(4);
    const firsts = Array.from({ length: 500 }, () => {
      const randoms = [random(), random()] as const;
      return names(orders.random(many.map(candidate), { turn: 0, randoms }))[0];
    });
    expect(new Set(firsts).size).toBe(9);
    expect(firsts).not.toContain("o9");
  });

  test("draws the second by a number of its own", () => {
    const three = [10, 5, 1].map((sessions) => candidate(origin(`${sessions}`, { sessions })));
    const firsts = [0, 0.9].map((second) => {
      return names(orders.random(three, { turn: 0, randoms: [0, second] }))[0];
    });
    expect(firsts).toEqual(["5", "1"]);
  });

  test("draws by weight", () => {
    const heavy = [origin("a", { weight: 98 }), origin("b"), origin("c")].map(candidate);
    const seconds = [0, 0.5, 0.97].map((random) => {
      return names(orders.random(heavy, { turn: 0, randoms: [random, 0] }))[0];
    });
    expect(seconds).toEqual(["a", "a", "a"]);
  });
});

function candidate(status: OriginStatus): Candidate {
  return { origin: status, weight: status.weight };
}

function draw(turn: number) {
  return { turn, randoms: [0, 0] } as const;
}

function names(candidates: readonly Candidate[]): readonly string[] {
  return candidates.map(({ origin: { name } }) => name);
}

function firstsOf(candidates: readonly Candidate[], begin: number, count: number) {
  return Array.from({ length: count }, (_, n) => {
    return names(roundRobin(candidates, { turn: begin + n }))[0] ?? "";
  });
}
