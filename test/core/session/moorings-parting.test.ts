import { describe, expect, test } from "vitest";
import { formatNote, formatParting, LEFT } from "../../../src/wire/recovery/note.ts";
import type { Effect, Event } from "../../../src/core/session/session.ts";
import { forwarded, MooredSession } from "./moored-session.ts";

const WANTED: Event = { type: "move-wanted" };

function parted(moored: MooredSession, n: number): readonly Effect[] {
  return moored.down(formatNote({ type: "parted", n }));
}

function hasLeft(moored: MooredSession): boolean {
  return moored.session.mooring.phase === "leaving";
}

describe("an origin is left", () => {
  test("when it has dealt with all that it was sent, and written down what came of it", () => {
    const moored = new MooredSession().recoverable();
    moored.up('42["join","room"]');
    expect(forwarded(moored.handle(WANTED))).toEqual([formatParting(1)]);
    moored.down(formatNote({ type: "record", nsp: "/", record: "joined" }));
    expect(hasLeft(moored)).toBe(false);
    expect(parted(moored, 1)).toEqual([
      { type: "forward", packet: LEFT },
      { type: "close-origin" },
    ]);
    expect(moored.session.spaces.byName["/"]).toMatchObject({ record: "joined" });
  });

  test("not upon its answer to a parting after which it has been sent something", () => {
    const moored = new MooredSession().recoverable();
    moored.handle(WANTED);
    moored.down('420["question"]');
    expect(forwarded(moored.up('430["answer"]'))).toEqual(['430["answer"]', formatParting(2)]);
    parted(moored, 1);
    expect(hasLeft(moored)).toBe(false);
    parted(moored, 2);
    expect(hasLeft(moored)).toBe(true);
  });

  test("two seconds after it was asked, if it answers nothing", () => {
    const moored = new MooredSession().recoverable();
    moored.handle(WANTED);
    moored.now += 1999;
    moored.handle({ type: "time-passed" });
    expect(hasLeft(moored)).toBe(false);
    moored.now += 1;
    expect(moored.handle({ type: "time-passed" })).toEqual([{ type: "close-origin" }]);
  });

  test("at once where its servers write down what there is when the connection ends", () => {
    const moored = new MooredSession();
    moored.up("40");
    moored.down('40{"sid":"s","pid":"p"}');
    moored.down('42["news","1700000000000-0"]');
    expect(moored.handle(WANTED)).toEqual([{ type: "close-origin" }]);
  });

  test("by no session that such servers could not bring back, since it has got no event", () => {
    const moored = new MooredSession();
    moored.up("40");
    moored.down('40{"sid":"s","pid":"p"}');
    expect(moored.handle(WANTED)).toEqual([{ type: "put-off" }]);
  });
});

test("an origin that has parted for a move that was put off is asked again", () => {
  const moored = new MooredSession().recoverable();
  moored.up('420["question"]');
  moored.handle(WANTED);
  moored.now += 2000;
  expect(moored.handle({ type: "time-passed" })).toContainEqual({ type: "put-off" });
  moored.down('430["answer"]');
  expect(forwarded(moored.handle(WANTED))).toEqual([formatParting(1)]);
  moored.up('42["held"]');
  parted(moored, 1);
  expect(hasLeft(moored)).toBe(true);
});
