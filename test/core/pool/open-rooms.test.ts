import { describe, expect, test } from "vitest";
import type { OpenRooms, Promises } from "../../../src/core/pool/open-rooms.ts";
import {
  kept,
  NO_PROMISES,
  offered,
  roomReported,
  unpromised,
  withoutObjects,
} from "../../../src/core/pool/open-rooms.ts";
import { object } from "./state-builders.ts";

/** Objects 1, 2, 3 ... with so much room, all at one place. */
function openAt(place: string, ...rooms: readonly number[]): OpenRooms {
  let open: OpenRooms = {};
  for (const [i, room] of rooms.entries()) {
    open = roomReported(open, undefined, { object: object(i + 1), room, place });
  }
  return open;
}

function offerOf(open: OpenRooms, promises: Promises, wanted: number, now = 0) {
  return offered(open, promises, { place: "AMS", wanted, fresh: FRESH }, now);
}

const FRESH = [101, 102, 103].map((number) => ({ object: object(number), room: 10 }));

describe("the open objects of a place", () => {
  test("stand with the fullest first, and those without room are not there", () => {
    const open = openAt("AMS", 5, 0, 1, 9, 1);
    expect(open["AMS"]).toEqual([
      { object: object(3), room: 1 },
      { object: object(5), room: 1 },
      { object: object(1), room: 5 },
      { object: object(4), room: 9 },
    ]);
  });

  test.each([
    ["has another room", { room: 3, place: "AMS" }, { AMS: [{ object: object(1), room: 3 }] }],
    ["is full", { room: 0, place: "AMS" }, {}],
    ["says another place", { room: 5, place: "CDG" }, { CDG: [{ object: object(1), room: 5 }] }],
  ])("follow an object that %s", (_, after, expected) => {
    const before = { object: object(1), room: 5, place: "AMS" };
    const open = roomReported(openAt("AMS", 5), before, { object: object(1), ...after });
    expect(open).toEqual(expected);
  });

  test("are without those that are gone", () => {
    expect(withoutObjects(openAt("AMS", 5, 6), new Set([object(1)]))).toEqual({
      AMS: [{ object: object(2), room: 6 }],
    });
    expect(withoutObjects(openAt("AMS", 5), new Set([object(1)]))).toEqual({});
  });

  test("are the fullest 512, however many have room", () => {
    const open = openAt("AMS", ...Array.from({ length: 600 }, (_, i) => 1000 - i));
    expect(open["AMS"]).toHaveLength(512);
    expect(open["AMS"]?.[0]?.room).toBe(401);
  });

  test.each(["constructor", "__proto__", "SIN"])("are none at %s, where nobody is", (place) => {
    expect(unpromised(openAt("AMS", 5), NO_PROMISES, place, 0)).toEqual([]);
  });

  test("may be at a place with any name", () => {
    const open = openAt("__proto__", 5);
    expect(unpromised(open, NO_PROMISES, "__proto__", 0)).toHaveLength(1);
  });
});

describe("an offer", () => {
  test("is of 32 objects at most", () => {
    const open = openAt("AMS", ...Array.from({ length: 50 }, () => 1));
    expect(offerOf(open, NO_PROMISES, 100).rooms).toHaveLength(32);
  });

  test("is of as much room as is wanted, so that there is some for others, and of two to fall back on", () => {
    const { rooms } = offerOf(openAt("AMS", 100, 100, 100, 100), NO_PROMISES, 30);
    expect(rooms.map(({ room }) => room)).toEqual([30, 0, 0]);
  });

  test("is of a little room to who expects nothing", () => {
    const { rooms } = offerOf(openAt("AMS", 100, 100), NO_PROMISES, 0);
    expect(rooms.map(({ room }) => room)).toEqual([4, 0]);
  });

  test("begins with another of the fullest for the next caller", () => {
    const open = openAt("AMS", 50, 60, 70, 80);
    const firsts = [];
    let promises = NO_PROMISES;
    for (let i = 0; i < 4; i++) {
      const offer = offerOf(open, promises, 1);
      firsts.push(offer.rooms[0]?.object);
      ({ promises } = offer);
    }
    expect(firsts).toEqual([object(2), object(3), object(1), object(2)]);
  });

  test("leaves out what others have been promised, until two seconds later", () => {
    const open = openAt("AMS", 5, 1);
    const { promises } = offerOf(open, NO_PROMISES, 5, 0);
    const promised = (made: Promises, now: number) => offerOf(open, made, 6, now).rooms.slice(0, 2);
    expect(promised(promises, 1999)).toEqual([
      { object: object(2), room: 1 },
      { object: object(101), room: 5 },
    ]);
    expect(promised(promises, 2000)).toContainEqual({ object: object(1), room: 5 });
  });

  test("leaves nothing behind when it has expired", () => {
    const { promises } = offerOf(openAt("AMS", 5, 5), NO_PROMISES, 4, 0);
    expect(offerOf(openAt("AMS", 5, 5), promises, 4, 2000).promises.made).toHaveLength(1);
  });
});

describe("a promise", () => {
  test("is over for as many sessions as its object has told of", () => {
    const open = openAt("AMS", 10, 10);
    const { promises } = offerOf(open, NO_PROMISES, 8);
    const [first] = promises.made;
    const left = kept(promises, first?.object ?? object(0), 5);
    expect(left.made.map(({ room }) => room)).toEqual([3]);
    expect(kept(promises, first?.object ?? object(0), 8).made).toEqual([]);
    expect(kept(promises, object(9), 8).made).toEqual(promises.made);
  });

  test("that is older is over first", () => {
    const open = openAt("AMS", 10, 10);
    let promises = NO_PROMISES;
    for (let n = 0; n < 4; n++) ({ promises } = offerOf(open, promises, 4));
    const [older] = promises.made;
    const own = promises.made.filter((one) => one.object === older?.object);
    expect(own.map(({ room }) => room)).toEqual([4, 4]);
    const left = kept(promises, older?.object ?? object(0), 5).made;
    expect(left.filter((one) => one.object === older?.object).map(({ room }) => room)).toEqual([3]);
    expect(left).toHaveLength(3);
  });
});

describe("where there is no room", () => {
  test("two new objects are planned, the second for who finds the first busy", () => {
    const { rooms } = offerOf({}, NO_PROMISES, 5);
    expect(rooms).toEqual([
      { object: object(101), room: 5 },
      { object: object(102), room: 0 },
    ]);
  });

  test("as many are planned as are wanted, of those that are fresh", () => {
    expect(offerOf({}, NO_PROMISES, 25).rooms.map(({ room }) => room)).toEqual([10, 10, 5]);
    expect(offerOf({}, NO_PROMISES, 99).rooms.map(({ room }) => room)).toEqual([10, 10, 10]);
  });

  test("callers share what is planned, near by", () => {
    const { promises } = offerOf({}, NO_PROMISES, 5);
    const { rooms } = offerOf({}, promises, 6);
    expect(rooms).toEqual([
      { object: object(101), room: 5 },
      { object: object(102), room: 1 },
    ]);
    expect(unpromised({}, promises, "CDG", 0)).toEqual([]);
  });

  test("what is planned is forgotten after four seconds, or when it has sessions to report", () => {
    const { promises } = offerOf({}, NO_PROMISES, 5);
    expect(unpromised({}, promises, "AMS", 3999)).toHaveLength(2);
    expect(unpromised({}, promises, "AMS", 4000)).toEqual([]);
    expect(unpromised({}, kept(promises, object(101), 1), "AMS", 0)).toEqual([
      { object: object(102), room: 10 },
    ]);
  });
});
