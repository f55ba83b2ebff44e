import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { faults, PoolShell, poolOf, report } from "./state-builders.ts";

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

  test("an origin that flaps for an hour comes back a few times, not all the time", () => {
    const flaps = fc.record({
      upMs: fc.integer({ min: 500, max: 20_000 }),
      downMs: fc.integer({ min: 500, max: 20_000 }),
    });
    fc.assert(
      fc.property(flaps, ({ upMs, downMs }) => {
        const shell = new PoolShell(poolOf(FOUR));
        let turns = 0;
        for (let ms = 0; ms < 3_600_000; ms += 250) {
          shell.pass(250);
          const before = shell.healthOf("a");
          // Each moment somebody makes a session, where there is one to make.
          if (ms % (upMs + downMs) < upMs) shell.report(report(1, { opened: ["a"] }));
          else shell.report(faults("a", [`192.0.2.${ms % 7}`]));
          if (before !== "up" && shell.healthOf("a") === "up") turns += 1;
        }
        // 5, 10, 20 ... 160 s, then 300 s at least: 6 + (3600 - 315) / 300.
        expect(turns).toBeLessThanOrEqual(17);
      }),
      { numRuns: 5 },
    );
  });
});
