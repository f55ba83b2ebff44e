import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Report } from "../../src/core/pool/report.ts";
import { Reporter } from "../../src/edge/session/reporter.ts";
import { objectId } from "../../src/wire/sid.ts";

const OBJECT = objectId("0".repeat(64));

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "log").mockReturnValue();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A pool that takes reports, and says when it wants the next. */
class FakePool {
  readonly reports: Report[] = [];
  intervalMs = 1000;
  isDown = false;
  readonly reporter = new Reporter({ object: OBJECT, place: "AMS", room: () => 7 }, (report) =>
    this.take(report),
  );

  take(report: Report): Promise<number> {
    this.reports.push(report);
    if (this.isDown) return Promise.reject(new Error("The pool is down."));
    return Promise.resolve(this.intervalMs);
  }

  /** What was told last of the sessions. */
  get sessions(): Report["sessions"] | undefined {
    return this.reports.at(-1)?.sessions;
  }
}

describe("a report", () => {
  test("gathers a second's changes in absolute numbers", async () => {
    const { reporter, reports } = new FakePool();
    for (let n = 0; n < 3; n++) reporter.opened("a", undefined);
    reporter.opened("b", "place");
    reporter.ended("a");
    await vi.advanceTimersByTimeAsync(999);
    expect(reports).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(reports).toEqual([
      {
        object: OBJECT,
        place: "AMS",
        room: 7,
        sessions: { a: 2, b: 1 },
        faults: [],
        opened: ["a", "a", "a", "b"],
        reservations: ["place"],
      },
    ]);
  });

  test("tells of what has passed once, and of what is there each time", async () => {
    const { reporter, reports } = new FakePool();
    reporter.opened("a", "place");
    reporter.failed("b", "192.0.2.1");
    await vi.advanceTimersByTimeAsync(1000);
    reporter.opened("a", undefined);
    await vi.advanceTimersByTimeAsync(1000);
    expect(reports.map(({ faults }) => faults.length)).toEqual([1, 0]);
    expect(reports[1]).toMatchObject({ sessions: { a: 2 }, opened: ["a"], reservations: [] });
  });

  test("comes as seldom as the pool would have it", async () => {
    const pool = new FakePool();
    pool.intervalMs = 10_000;
    pool.reporter.opened("a", undefined);
    await vi.advanceTimersByTimeAsync(1000);
    pool.reporter.opened("a", undefined);
    await vi.advanceTimersByTimeAsync(9999);
    expect(pool.reports).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(pool.sessions).toEqual({ a: 2 });
  });

  test("is renewed every half lease while there are sessions", async () => {
    const { reporter, reports } = new FakePool();
    reporter.opened("a", undefined);
    await vi.advanceTimersByTimeAsync(1000);
    await vi.advanceTimersByTimeAsync(90_000);
    expect(reports.map(({ sessions }) => sessions)).toEqual([
      { a: 1 },
      { a: 1 },
      { a: 1 },
      { a: 1 },
    ]);
  });

  test("says that the last session has gone, and then no more", async () => {
    const pool = new FakePool();
    pool.reporter.opened("a", undefined);
    await vi.advanceTimersByTimeAsync(1000);
    pool.reporter.ended("a");
    await vi.advanceTimersByTimeAsync(1000);
    expect(pool.sessions).toEqual({});
    expect(vi.getTimerCount()).toBe(0);
  });

  test("has no more of a storm of faults than says something new", async () => {
    const { reporter, reports } = new FakePool();
    for (let n = 0; n < 1000; n++) reporter.failed("a", `192.0.2.${n % 250}`);
    await vi.advanceTimersByTimeAsync(1000);
    expect(reports[0]?.faults).toHaveLength(100);
  });
});

describe("a pool that can't be told", () => {
  test("is told again soon, with the numbers of then", async () => {
    const pool = new FakePool();
    pool.isDown = true;
    pool.reporter.opened("a", undefined);
    await vi.advanceTimersByTimeAsync(1000);
    pool.isDown = false;
    await vi.advanceTimersByTimeAsync(5000);
    expect(pool.reports.map(({ sessions }) => sessions)).toEqual([{ a: 1 }, { a: 1 }]);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(pool.reports).toHaveLength(2);
  });

  test("is not told the next while it is about the last, so that no old numbers come after new", async () => {
    const pool = new FakePool();
    const answers: (() => void)[] = [];
    vi.spyOn(pool, "take").mockImplementation((report) => {
      pool.reports.push(report);
      return new Promise((resolve) => answers.push(() => resolve(1000)));
    });
    pool.reporter.opened("a", undefined);
    await vi.advanceTimersByTimeAsync(1000);
    pool.reporter.opened("a", undefined);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(pool.reports).toHaveLength(1);
    answers[0]?.();
    await vi.advanceTimersByTimeAsync(1000);
    expect(pool.sessions).toEqual({ a: 2 });
  });
});

describe("a pool that asks", () => {
  test("is told at once, and again half a lease later", async () => {
    const pool = new FakePool();
    pool.reporter.opened("a", undefined);
    await pool.reporter.tell();
    expect(pool.reports.map(({ sessions }) => sessions)).toEqual([{ a: 1 }]);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(pool.reports).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(pool.reports).toHaveLength(2);
  });

  test("is told nothing by an object that has no sessions", async () => {
    const { reporter, reports } = new FakePool();
    await reporter.tell();
    expect(reports).toEqual([]);
  });

  test("twice is told one after the other, after what is on its way", async () => {
    const pool = new FakePool();
    const answers: (() => void)[] = [];
    vi.spyOn(pool, "take").mockImplementation((report) => {
      pool.reports.push(report);
      return new Promise((resolve) => answers.push(() => resolve(1000)));
    });
    pool.reporter.opened("a", undefined);
    await vi.advanceTimersByTimeAsync(1000);
    const told = Promise.all([pool.reporter.tell(), pool.reporter.tell()]);
    for (const count of [1, 2, 3]) {
      await vi.advanceTimersByTimeAsync(1000);
      expect(pool.reports).toHaveLength(count);
      answers.shift()?.();
    }
    await told;
  });
});
