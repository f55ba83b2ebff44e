import { describe, expect, test } from "vitest";
import type { OpenRooms, Promises } from "../../../src/core/pool/open-rooms.ts";
import {
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
  return offered(open, promises, { place: "AMS", wanted }, now);
}

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
  test("is of eight objects at most", () => {
    const open = openAt("AMS", ...Array.from({ length: 20 }, () => 1));
    expect(offerOf(open, NO_PROMISES, 100).rooms).toHaveLength(8);
  });

  test("is of as much room as is wanted, so that there is some for others", () => {
    const { rooms } = offerOf(openAt("AMS", 100, 100), NO_PROMISES, 30);
    expect(rooms.map(({ room }) => room)).toEqual([30]);
  });

  test("is of a little room to who expects nothing", () => {
    expect(offerOf(openAt("AMS", 100), NO_PROMISES, 0).rooms).toEqual([
      { object: object(1), room: 4 },
    ]);
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
    const open = openAt("AMS", 5);
    const { promises } = offerOf(open, NO_PROMISES, 4, 0);
    const second = offerOf(open, promises, 4, 1999);
    expect(second.rooms).toEqual([{ object: object(1), room: 1 }]);
    expect(offerOf(open, second.promises, 4, 1999).rooms).toEqual([]);
    expect(offerOf(open, second.promises, 4, 2000).rooms).toEqual([{ object: object(1), room: 4 }]);
  });

  test("leaves nothing behind when it has expired", () => {
    const { promises } = offerOf(openAt("AMS", 5), NO_PROMISES, 4, 0);
    expect(offerOf({}, promises, 4, 2000).promises.made).toEqual([]);
  });
});
