import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EmitDoor } from "../../src/edge/hub/emit-door.ts";

const BODY = new Uint8Array([1]);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function set() {
  const published: number[] = [];
  return { door: new EmitDoor(({ byteLength }) => published.push(byteLength)), published };
}

test("publishes in one turn, in order, and says how many had been published before", () => {
  const { door, published } = set();
  const list = [1, 2, 3].map((length) => ({ body: new Uint8Array(length), key: `${length}` }));
  expect(door.emit(list.slice(0, 2))).toEqual({ type: "accepted", repeated: 0 });
  expect(door.emit([...list, { body: BODY }])).toEqual({ type: "accepted", repeated: 2 });
  expect(published).toEqual([1, 2, 3, 1]);
});

test("lets the object sleep at once after what has no key", () => {
  const { door } = set();
  door.emit([{ body: BODY }]);
  expect(vi.getTimerCount()).toBe(0);
});

test("keeps the object awake for a minute after the last key, by one timer", () => {
  const { door } = set();
  door.emit([{ body: BODY, key: "a" }]);
  vi.advanceTimersByTime(40_000);
  door.emit([{ body: BODY, key: "b" }]);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(59_999);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(vi.getTimerCount()).toBe(0);
  door.emit([{ body: BODY, key: "c" }]);
  expect(vi.getTimerCount()).toBe(1);
});
