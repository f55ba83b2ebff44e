import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dials } from "../../../src/core/upstream/dial-slots.ts";
import { canDial, dialEnded, dialStarted } from "../../../src/core/upstream/dial-slots.ts";

function dialsTo(...origins: readonly string[]): Dials {
  let dials: Dials = new Map();
  for (const origin of origins) dials = dialStarted(dials, origin);
  return dials;
}

describe("an object may dial", () => {
  test.each([
    ["with nothing under way", [], "a", true],
    ["a third time to one origin", ["a", "a"], "a", true],
    ["a fourth time to one origin", ["a", "a", "a"], "a", false],
    ["another origin meanwhile", ["a", "a", "a"], "b", true],
    ["a sixth time in all", ["a", "a", "a", "b", "b"], "b", true],
    ["a seventh time in all", ["a", "a", "a", "b", "b", "b"], "c", false],
    ["a seventh time, though each origin has few", ["a", "b", "c", "d", "e", "f"], "g", false],
    ["a seventh time to one of them", ["a", "b", "c", "d", "e", "f"], "a", false],
    ["an origin with a name of the prototype", [], "constructor", true],
    ["an origin with another such name", ["__proto__", "__proto__"], "__proto__", true],
    ["that one a fourth time", ["__proto__", "__proto__", "__proto__"], "__proto__", false],
  ])("%s: %j, then %s: %s", (_, under, origin, isFree) => {
    expect(canDial(dialsTo(...under), origin)).toBe(isFree);
  });
});

describe("a dial that has ended", () => {
  test("leaves its place to another", () => {
    const full = dialsTo("a", "a", "a", "b", "b", "b");
    expect(canDial(dialEnded(full, "a"), "a")).toBe(true);
    expect(canDial(dialEnded(full, "a"), "b")).toBe(false);
    expect(canDial(dialEnded(full, "a"), "c")).toBe(true);
  });

  test("leaves nothing behind: an object does not remember every origin that it ever dialled", () => {
    expect(dialEnded(dialsTo("a"), "a")).toEqual(new Map());
    expect(dialEnded(dialsTo("a", "a", "b"), "a")).toEqual(
      new Map([
        ["a", 1],
        ["b", 1],
      ]),
    );
  });

  test("and was never begun makes no room that is not there", () => {
    expect(dialEnded(new Map(), "a")).toEqual(new Map());
    expect(dialEnded(dialsTo("a", "b"), "c")).toEqual(dialsTo("a", "b"));
  });
});

test("dials are counted without changing what was counted before", () => {
  const before = dialsTo("a");
  dialStarted(before, "a");
  dialEnded(before, "a");
  expect(before).toEqual(new Map([["a", 1]]));
});

test("never more than six are under way, nor three to one origin, and all places come back", () => {
  const origin = fc.constantFrom("a", "b", "c", "d");
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), origin)), (moves) => {
      let dials: Dials = new Map();
      const under: string[] = [];
      for (const [isStart, name] of moves) {
        if (isStart && canDial(dials, name)) {
          dials = dialStarted(dials, name);
          under.push(name);
        } else if (!isStart && under.includes(name)) {
          dials = dialEnded(dials, name);
          under.splice(under.indexOf(name), 1);
        }
        expect(under.length).toBeLessThanOrEqual(6);
        expect(under.filter((other) => other === name).length).toBeLessThanOrEqual(3);
      }
      for (const name of under) dials = dialEnded(dials, name);
      expect(dials).toEqual(new Map());
    }),
  );
});
