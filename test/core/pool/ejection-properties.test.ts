import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { poolOf } from "./pool-builders.ts";
import { faults, PoolShell, report } from "./state-builders.ts";

const FOUR = ["a", "b", "c", "d"];

const networks = fc.nat(1000).map((number) => `192.0.2.${number}`);

describe("whatever faults are reported", () => {
  test("those of one network eject nobody", () => {
    const moves = fc.array(
      fc.record({ afterMs: fc.nat(5000), name: fc.constantFrom(...FOUR), count: fc.nat(10) }),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(networks, moves, (network, list) => {
        const shell = new PoolShell(poolOf(FOUR));
        for (const { afterMs, name, count } of list) {
          shell.pass(afterMs);
          shell.report(
            faults(
              name,
              Array.from({ length: count }, () => network),
            ),
          );
        }
        expect(shell.health).toEqual(["up", "up", "up", "up"]);
      }),
      { numRuns: 50 },
    );
  });

  test("a back-off is twice the last, unless the origin was in for ten of it", () => {
    fc.assert(
      fc.property(flapsOf(1), (flap) => {
        const { ejections } = flapped(flap, HOUR_MS);
        for (const [i, { backoffMs, inMs }] of ejections.entries()) {
          const last = ejections[i - 1]?.backoffMs;
          const isFirst = last === undefined || inMs >= 10 * last;
          expect(backoffMs).toBe(isFirst ? 5000 : Math.min(2 * last, 300_000));
        }
      }),
      // Of these, some down spells bring two faults alone: the origin is in for long, and begins again with 5 s.
      { numRuns: 40, examples: [[{ upMs: 9982, downMs: 524 }]] },
    );
  });

  test("an origin that flaps for an hour, bad enough each time, comes back a few times", () => {
    fc.assert(
      fc.property(flapsOf(3), (flap) => {
        const { ejections, returns } = flapped(flap, HOUR_MS);
        expect(ejections.length).toBeGreaterThan(8);
        // 5, 10, 20 ... 160 s, then 300 s each: 6 + (3600 - 315) / 300.
        expect(returns).toBeLessThanOrEqual(17);
      }),
      { numRuns: 40 },
    );
  });
});

const HOUR_MS = 3_600_000;

/** Each moment somebody makes a session, where there is one to make. */
const MOMENT_MS = 250;

interface Flap {
  readonly upMs: number;
  readonly downMs: number;
}

/** Spells of up to 20 s. Each down spell has so many moments at least: three faults in one are enough to eject. */
function flapsOf(downMoments: number): fc.Arbitrary<Flap> {
  return fc.record({
    upMs: fc.integer({ min: 500, max: 20_000 }),
    downMs: fc.integer({ min: downMoments * MOMENT_MS, max: 20_000 }),
  });
}

interface Ejection {
  readonly backoffMs: number;
  /** How long the origin had been in before; 0 for one whose trial failed. */
  readonly inMs: number;
}

/** What becomes of one of four origins that is up and down in turn; the last back-off, not over yet, is left out. */
function flapped({ upMs, downMs }: Flap, forMs: number) {
  const shell = new PoolShell(poolOf(FOUR));
  const ejections: Ejection[] = [];
  let returns = 0;
  let inSince = shell.now;
  let out: { at: number; inMs: number } | undefined;
  let before = shell.healthOf("a");
  const look = () => {
    const health = shell.healthOf("a");
    if (health === before) return;
    if (health === "ejected") {
      out = { at: shell.now, inMs: before === "up" ? shell.now - inSince : 0 };
    } else if (out && before === "ejected") {
      ejections.push({ backoffMs: shell.now - out.at, inMs: out.inMs });
    }
    if (health === "up") {
      returns += 1;
      inSince = shell.now;
    }
    before = health;
  };
  for (let ms = 0; ms < forMs; ms += MOMENT_MS) {
    shell.pass(MOMENT_MS);
    look();
    if (ms % (upMs + downMs) < upMs) shell.report(report(1, { opened: ["a"] }));
    else shell.report(faults("a", [`192.0.2.${ms % 7}`]));
    look();
  }
  return { ejections, returns };
}
