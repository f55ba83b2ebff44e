import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Paced } from "../../src/edge/session/paced.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

test("ten ends come at once, and what is on top of them one by one, in order", () => {
  const paced = new Paced();
  const done: number[] = [];
  for (let i = 0; i < 13; i++) paced.run(() => done.push(i));
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  vi.advanceTimersByTime(1);
  expect(done.slice(10)).toEqual([10]);
  paced.run(() => done.push(13));
  vi.advanceTimersByTime(2);
  expect(done.slice(10)).toEqual([10, 11, 12]);
  vi.advanceTimersByTime(1);
  expect(done.slice(10)).toEqual([10, 11, 12, 13]);
});

test("a timer that is late makes none of them later than the clock", () => {
  const paced = new Paced();
  const done: number[] = [];
  for (let i = 0; i < 20; i++) paced.run(() => done.push(i));
  vi.setSystemTime(Date.now() + 5);
  vi.advanceTimersToNextTimer();
  expect(done).toHaveLength(16);
});

test("ends that come one by one wait for nothing", () => {
  const paced = new Paced();
  const end = vi.fn<() => void>();
  for (let i = 1; i <= 50; i++) {
    paced.run(end);
    expect(end).toHaveBeenCalledTimes(i);
    vi.advanceTimersByTime(3);
  }
});
