import { describe, expect, test } from "vitest";
import type { Counts } from "../../../src/core/pool/counts.ts";
import {
  counted,
  MAX_OBJECTS,
  NO_COUNTS,
  reportIntervalMs,
  sessionsAt,
  swept,
} from "../../../src/core/pool/counts.ts";
import type { Report } from "../../../src/core/pool/report.ts";
import { report } from "./state-builders.ts";

function countsOf(...reports: readonly Report[]): Counts {
  let counts = NO_COUNTS;
  for (const one of reports) counts = counted(counts, one, 0);
  return counts;
}

describe("the sessions of an origin", () => {
  test("are those of all objects", () => {
    const counts = countsOf(
      report(1, { sessions: { a: 2, b: 1 } }),
      report(2, { sessions: { a: 3 } }),
    );
    expect(counts.sessions).toEqual({ a: 5, b: 1 });
    expect(counts.objects).toBe(2);
  });

  test("are an object's last word: a report replaces the one before", () => {
    const counts = countsOf(
      report(1, { sessions: { a: 2, b: 1 } }),
      report(1, { sessions: { b: 4 } }),
    );
    expect(counts.sessions).toEqual({ b: 4 });
  });

  test("are the same when a report comes twice", () => {
    const once = countsOf(report(1, { sessions: { a: 2 }, room: 5 }));
    expect(counted(once, report(1, { sessions: { a: 2 }, room: 5 }), 0)).toEqual(once);
  });

  test.each(["constructor", "__proto__", "hasOwnProperty"])("are counted under %s too", (name) => {
    const sessions = Object.fromEntries([[name, 2]]);
    const counts = countsOf(report(1, { sessions }), report(2, { sessions }));
    expect(sessionsAt(counts, name)).toBe(4);
    expect(sessionsAt(structuredClone(counts), name)).toBe(4);
    expect(sessionsAt(NO_COUNTS, name)).toBe(0);
  });
});

describe("an object", () => {
  test("that has no session any more leaves nothing", () => {
    const counts = countsOf(
      report(1, { sessions: { a: 2 }, room: 5 }),
      report(1, { sessions: {}, room: 7 }),
    );
    expect({ ...counts, buckets: {}, sweepAt: undefined }).toEqual(NO_COUNTS);
    expect(Object.values(counts.buckets).flatMap((bucket) => Object.keys(bucket))).toEqual([]);
  });

  test("that never had one leaves nothing either", () => {
    expect(countsOf(report(1, { room: 7 }), report(2, { sessions: { a: 0 } }))).toEqual(NO_COUNTS);
  });

  test("that is silent for a minute is gone, with its room", () => {
    const counts = countsOf(report(1, { sessions: { a: 2 }, room: 5 }));
    expect(swept(counts, 59_999)).toEqual(counts);
    expect(swept(counts, 60_000)).toEqual(NO_COUNTS);
  });

  test("that renews stays, while one beside it goes", () => {
    let counts = countsOf(report(1, { sessions: { a: 2 } }), report(2, { sessions: { a: 1 } }));
    counts = counted(counts, report(2, { sessions: { a: 1 } }), 30_000);
    counts = swept(counts, 60_000);
    expect(counts.sessions).toEqual({ a: 1 });
    expect(counts.sweepAt).toBe(90_000);
  });

  test("is gone together with those of the same second: they are looked through once", () => {
    let counts = NO_COUNTS;
    for (let i = 1; i <= 900; i++) counts = counted(counts, report(i, { sessions: { a: 1 } }), i);
    expect(counts.sweepAt).toBe(61_000);
    expect(swept(counts, 61_000)).toEqual(NO_COUNTS);
  });
});

test("one object more than can be held is not counted; those that are held go on", () => {
  const full = { ...countsOf(report(1, { sessions: { a: 1 } })), objects: MAX_OBJECTS };
  expect(counted(full, report(2, { sessions: { a: 1 } }), 0)).toBe(full);
  expect(counted(full, report(1, { sessions: { a: 3 } }), 0).sessions).toEqual({ a: 3 });
});

test.each([
  [0, 1000],
  [100, 1000],
  [2000, 10_000],
  [100_000, 30_000],
])(
  "%i objects gather for %i ms, so that the pool gets some 200 reports a second",
  (objects, ms) => {
    expect(reportIntervalMs({ ...NO_COUNTS, objects })).toBe(ms);
  },
);

test("two thousand objects report 20,000 times in little time", { timeout: 10_000 }, () => {
  let counts = NO_COUNTS;
  for (let i = 0; i < 20_000; i++) {
    const number = (i * 7919) % 2000;
    counts = counted(counts, report(number, { sessions: { a: i % 9, b: 1 }, room: i % 100 }), i);
  }
  expect(counts.objects).toBe(2000);
  expect(sessionsAt(counts, "b")).toBe(2000);
});
