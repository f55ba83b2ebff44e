import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { PastEntry } from "../../../src/core/origin/past.ts";
import { isAddressed, Past } from "../../../src/core/origin/past.ts";
import { directStream } from "../../../src/wire/hub/vector.ts";
import { A, eventTo, OWN, room } from "./machine-stage.ts";
import { NSP } from "./sim-names.ts";

function pastOf({ keepMs = 1000, maxBytes = 1e6 } = {}) {
  const dropped: number[] = [];
  const past = new Past(keepMs, maxBytes, ({ name }) => dropped.push(name.n));
  const add = (n: number, to = room(), now = 0): PastEntry => {
    const content = eventTo(to);
    if (content.type !== "event") throw new Error("Expected an event.");
    return past.add({ stream: A, n }, content, now);
  };
  return { past, dropped, add };
}

const audience = (...rooms: string[]) => ({ nsp: NSP, sid: "s", rooms });

function walk(past: Past, rooms: readonly string[], end = past.next): number[] {
  const seen: number[] = [];
  past.backward(audience(...rooms), end, ({ position }) => seen.push(position) > 0);
  return seen;
}

test("forgets by age, and tells what", () => {
  const { past, dropped, add } = pastOf();
  add(1, room(), 0);
  add(2, room("a"), 500);
  past.forget(1000);
  expect([past.start, dropped]).toEqual([1, []]);
  past.forget(1001);
  expect([past.start, dropped, walk(past, ["a"])]).toEqual([2, [1], [2]]);
});

test("forgets the oldest over its bytes, the newest too when it alone is too much", () => {
  const { past, dropped, add } = pastOf({ maxBytes: 700 });
  for (let n = 1; n <= 4; n += 1) add(n);
  expect([dropped, past.start, past.next]).toEqual([[1, 2], 3, 5]);
  const tiny = pastOf({ maxBytes: 10 });
  tiny.add(1);
  expect([tiny.dropped, tiny.past.start, tiny.past.bytes]).toEqual([[1], 2, 0]);
});

test("shows an event once that was for several of one's rooms", () => {
  const { past, add } = pastOf();
  add(1, room("a", "b", "a"));
  add(2, room("c"));
  add(3);
  expect(walk(past, ["a", "b"])).toEqual([3, 1]);
});

test("stops where it is told to, and begins before the end that it is given", () => {
  const { past, add } = pastOf();
  for (let n = 1; n <= 5; n += 1) add(n);
  expect(walk(past, [], 4)).toEqual([3, 2, 1]);
  const seen: number[] = [];
  past.backward(audience(), past.next, ({ position }) => seen.push(position) < 2);
  expect(seen).toEqual([5, 4]);
});

test("has what was for one socket alone apart from the others'", () => {
  const { past, add } = pastOf();
  add(1);
  const inner = { stream: directStream(OWN), n: 1 };
  past.add(inner, { type: "direct", nsp: NSP, sid: "s", inner, data: "[]" }, 0);
  past.add(inner, { type: "direct", nsp: NSP, sid: "other", inner, data: "[]" }, 0);
  expect(walk(past, [])).toEqual([2, 1]);
  expect([...past.singles(NSP, "s")].map(({ position }) => position)).toEqual([2]);
});

test.each([
  [10, 10_000, 10],
  [10, 500, 500],
  [9000, 10_000, 10_000],
])("keeps %d bytes of a frame of %d by %d", (bytes, frame, kept) => {
  const { past } = pastOf();
  const data = new Uint8Array(frame).subarray(0, bytes);
  const inner = { stream: directStream(OWN), n: 1 };
  const content = { type: "direct" as const, nsp: NSP, sid: "s", inner, data };
  const entry = past.add(inner, content, 0);
  const held = "data" in entry.content ? entry.content.data : "";
  expect(held).toEqual(data);
  expect(held).toMatchObject({ buffer: { byteLength: kept } });
});

test("has commands apart from events, by namespace", () => {
  const { past, add } = pastOf();
  add(1);
  past.add({ stream: A, n: 2 }, { type: "leave", nsp: NSP, to: room(), rooms: ["a"] }, 0);
  past.add({ stream: A, n: 3 }, { type: "leave", nsp: "/x", to: room(), rooms: ["a"] }, 0);
  expect([...past.commands(NSP)].map(({ position }) => position)).toEqual([2]);
  expect(walk(past, ["a"])).toEqual([1]);
});

test("finds exactly what was addressed, whatever has been forgotten", () => {
  const anyRooms = fc.uniqueArray(fc.constantFrom("a", "b", "c"), { maxLength: 2 });
  fc.assert(
    fc.property(fc.array(anyRooms), anyRooms, fc.nat(20), (events, rooms, forgotten) => {
      const { past, add } = pastOf({ keepMs: 0 });
      for (const [i, to] of events.entries()) add(i + 1, room(...to), i);
      past.forget(forgotten);
      const expected = events
        .map((to, i) => ({ to, position: i + 1 }))
        .filter(({ to, position }) => {
          return position > forgotten && isAddressed(room(...to), new Set(rooms));
        })
        .map(({ position }) => position);
      expect(walk(past, rooms)).toEqual(expected.toReversed());
    }),
  );
});

test.each([
  [[], [], true],
  [[], ["in"], false],
  [["in"], [], true],
  [["out"], [], false],
  [["out", "in"], [], true],
  [["in"], ["out"], true],
  [["in"], ["in"], false],
])("takes rooms %o except %o for an address of one that is in", (rooms, except, expected) => {
  expect(isAddressed({ rooms, except }, new Set(["in", "too"]))).toBe(expected);
});
