import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DialPlan } from "../../../src/core/upstream/dial-plan.ts";
import { chooseDial, endDial, NO_DIALS, startDial } from "../../../src/core/upstream/dial-plan.ts";

const NOW = 1_000_000;

function dialling(...origins: readonly string[]): DialPlan {
  let plan = NO_DIALS;
  for (const origin of origins) plan = startDial(plan, origin, 0, NOW);
  return plan;
}

/** As after a dial to it that came to nothing. */
function failed(plan: DialPlan, origin: string, at = NOW): DialPlan {
  return endDial(startDial(plan, origin, 0, at), origin, true, at);
}

function chosen(plan: DialPlan, origins: readonly string[], apartMs = 0, now = NOW): unknown {
  return chooseDial(plan, { origins, apartMs }, now);
}

describe("a session is dialled to", () => {
  test("the best of its origins", () => {
    expect(chosen(NO_DIALS, ["a", "b"])).toEqual({ origin: "a" });
  });

  test("the best that has a place", () => {
    expect(chosen(dialling("a", "a", "a"), ["a", "b"])).toEqual({ origin: "b" });
  });

  test("none while all dials are under way", () => {
    const plan = dialling("a", "a", "a", "b", "b", "b");
    expect(chosen(plan, ["a", "b", "c"])).toEqual({ at: Infinity });
    expect(chosen(endDial(plan, "b", false, NOW), ["a", "b", "c"])).toEqual({ origin: "b" });
  });

  test("one that has failed behind the others, even those that have no place yet", () => {
    const plan = failed(dialling("b", "b", "b"), "a");
    expect(chosen(plan, ["a", "b"])).toEqual({ at: Infinity });
    expect(chosen(plan, ["a", "b"], 0, NOW + 4999)).toEqual({ at: Infinity });
    expect(chosen(plan, ["a", "b"], 0, NOW + 5000)).toEqual({ origin: "a" });
  });

  test("one that has failed, where all have", () => {
    expect(chosen(failed(failed(NO_DIALS, "a"), "b"), ["a", "b"])).toEqual({ origin: "a" });
  });

  test("one that had failed and has taken another since", () => {
    const plan = endDial(startDial(failed(NO_DIALS, "a"), "a", 0, NOW), "a", false, NOW);
    expect(chosen(plan, ["a", "b"])).toEqual({ origin: "a" });
  });
});

describe("sessions that have lost their origin come to the next one", () => {
  test("at a rate, and to another one meanwhile", () => {
    let plan = NO_DIALS;
    const arrivals: number[] = [];
    for (let now = NOW; now < NOW + 1000; now++) {
      while ("origin" in chooseDial(plan, { origins: ["a"], apartMs: 50 }, now)) {
        plan = endDial(startDial(plan, "a", 50, now), "a", false, now);
        arrivals.push(now - NOW);
      }
    }
    expect(arrivals.slice(0, 3)).toEqual([0, 30, 80]);
    expect(arrivals).toHaveLength(21);
    expect(chosen(plan, ["a"], 50, NOW + 981)).toEqual({ at: NOW + 1030 });
    expect(chosen(plan, ["a", "b"], 50, NOW + 981)).toEqual({ origin: "b" });
  });

  test("which handshakes are not held to", () => {
    const plan = startDial(NO_DIALS, "a", 1000, NOW);
    expect(chosen(plan, ["a"], 0)).toEqual({ origin: "a" });
    expect(chosen(plan, ["a"], 1000)).toEqual({ at: NOW + 980 });
  });

  test("never more of them than the rate allows, whatever comes between", () => {
    const steps = fc.array(fc.record({ pauseMs: fc.nat(100), origin: fc.constantFrom("a", "b") }));
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 60 }), (history, apartMs) => {
        let plan = NO_DIALS;
        let now = NOW;
        const arrivals = new Map<string, number[]>();
        for (const { pauseMs, origin } of history) {
          now += pauseMs;
          if ("at" in chooseDial(plan, { origins: [origin], apartMs }, now)) continue;
          plan = endDial(startDial(plan, origin, apartMs, now), origin, false, now);
          arrivals.set(origin, [...(arrivals.get(origin) ?? []), now]);
        }
        for (const list of arrivals.values()) {
          for (const [i, from] of list.entries()) {
            const most = (ms: number) => Math.floor((ms + 20) / apartMs) + 1;
            const within = list.filter((at) => at >= from && at <= from + 500).length;
            expect([i, within <= most(500)]).toEqual([i, true]);
          }
        }
      }),
    );
  });
});

test("an object does not remember every origin that it ever dialled", () => {
  let plan = NO_DIALS;
  for (let i = 0; i < 100; i++) {
    const now = NOW + i * 10_000;
    plan = failed(startDial(plan, `o${i}`, 50, now), `o${i}`, now);
    plan = endDial(plan, `o${i}`, true, now);
  }
  expect(plan.dials.size).toBe(0);
  expect(plan.failedUntil.size).toBe(1);
  expect(plan.nextAt.size).toBe(1);
});
