import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Open } from "../../src/wire/open.ts";
import { formatOpen, MAX_MESSAGE_BYTES, parseOpen } from "../../src/wire/open.ts";
import { bytes, utf8 } from "./bytes.ts";

const EXAMPLE = {
  sid: "lv_VI97HAXpY6yYWAAAC",
  upgrades: ["websocket"],
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxPayload: 1_000_000,
};

const OPEN: Open = {
  sid: "lv_VI97HAXpY6yYWAAAC",
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxPayload: 1_000_000,
};

const LONGEST_SPAN = 2_147_483_647;

/** An open packet with some of its values replaced; `undefined` leaves one out. */
function openWith(values: Readonly<Record<string, unknown>>): string {
  return `0${JSON.stringify({ ...EXAMPLE, ...values })}`;
}

describe("an open packet", () => {
  test("is read as the protocol's example has it", () => {
    expect(parseOpen(openWith({}))).toEqual(OPEN);
  });

  test("is written as the protocol's example has it", () => {
    expect(formatOpen(OPEN, ["websocket"])).toBe(`0${JSON.stringify(EXAMPLE)}`);
  });

  test("offers no upgrade to who has nothing to upgrade to", () => {
    expect(formatOpen(OPEN, [])).toBe(openWith({ upgrades: [] }));
  });

  test("holds its values both ways", () => {
    const span = fc.integer({ min: 1, max: LONGEST_SPAN });
    const opens = fc.record({
      sid: fc.string({ maxLength: 100 }),
      pingInterval: span,
      pingTimeout: span,
      maxPayload: fc.integer({ min: 1, max: MAX_MESSAGE_BYTES }),
    });
    fc.assert(
      fc.property(opens, (open) => {
        expect(parseOpen(formatOpen(open, ["websocket"]))).toEqual(open);
      }),
    );
  });

  test("may say more than is known here", () => {
    expect(parseOpen(openWith({ maxStreams: 3, nested: { sid: "other" } }))).toEqual(OPEN);
  });

  test("may leave out its upgrades, since they are the edge's to offer", () => {
    expect(parseOpen(openWith({ upgrades: undefined }))).toEqual(OPEN);
  });
});

describe("the largest payload", () => {
  test.each([
    ["what the server says", 1, 1],
    ["what the server says, up to a message of the platform's", 33_554_432, 33_554_432],
    ["that message, where the server takes a byte more", 33_554_433, 33_554_432],
    ["that message, where the server takes a gigabyte", 1e9, 33_554_432],
    ["that message, where an infinite size came as null", null, 33_554_432],
    ["that message, where an old server says nothing", undefined, 33_554_432],
    ["that message, where nothing would fit", 0, 33_554_432],
    ["that message, where the size is negative", -1, 33_554_432],
    ["that message, where the size is a text", "1000000", 33_554_432],
    ["that message, where the size is a list", [1_000_000], 33_554_432],
  ])("is %s", (_, maxPayload, taken) => {
    expect(parseOpen(openWith({ maxPayload }))).toEqual({ ...OPEN, maxPayload: taken });
  });

  test("is that message where JSON's number is too large for any", () => {
    const packet = openWith({}).replace("1000000", "1e999");
    expect(parseOpen(packet)).toEqual({ ...OPEN, maxPayload: 33_554_432 });
  });
});

describe("a span", () => {
  const SPANS = ["pingInterval", "pingTimeout"] as const;

  test.each(SPANS)("%s may be anything from one millisecond to a timer's longest", (name) => {
    for (const span of [1, 300, LONGEST_SPAN]) {
      expect(parseOpen(openWith({ [name]: span }))).toEqual({ ...OPEN, [name]: span });
    }
  });

  test.each(SPANS)("%s is refused where a timer would fire at once or never", (name) => {
    const spans = [0, -1, 0.5, LONGEST_SPAN + 1, 1e15, null, undefined, "25000", true, [25_000]];
    const taken = spans.filter((span) => parseOpen(openWith({ [name]: span })) !== undefined);
    expect(taken).toEqual([]);
    const endless = `0{"sid":"a","pingInterval":1e999,"pingTimeout":1e999}`;
    expect(parseOpen(endless)).toBeUndefined();
  });
});

describe("anything else is no open packet", () => {
  test.each([
    ["no sid", openWith({ sid: undefined })],
    ["null for a sid", openWith({ sid: null })],
    ["a number for a sid", openWith({ sid: 1 })],
    ["another type", `4${JSON.stringify(EXAMPLE)}`],
    ["no type", JSON.stringify(EXAMPLE)],
    ["the type alone", "0"],
    ["nothing", ""],
    ["null", "0null"],
    ["a list", `0[${JSON.stringify(EXAMPLE)}]`],
    ["a text", '0"open"'],
    ["a number", "042"],
    ["an empty object", "0{}"],
    ["JSON cut short", openWith({}).slice(0, -1)],
    ["JSON with more behind it", `${openWith({})}{}`],
    ["a page of HTML", "0<!doctype html>"],
    ["bytes", bytes(0x30, 0x7b, 0x7d)],
    ["the bytes of an open packet", utf8(openWith({}))],
    ["Socket.IO's CONNECT", '40{"sid":"wZX3oN0bSVIhsaknAAAI"}'],
  ])("%s", (_, packet) => {
    expect(parseOpen(packet)).toBeUndefined();
  });

  test("one of more than 4096 characters", () => {
    const padding = 4096 - openWith({ filler: "" }).length;
    const longest = openWith({ filler: "x".repeat(padding) });
    expect(longest).toHaveLength(4096);
    expect(parseOpen(longest)).toEqual(OPEN);
    expect(parseOpen(openWith({ filler: "x".repeat(padding + 1) }))).toBeUndefined();
    expect(parseOpen(openWith({ sid: "x".repeat(1_000_000) }))).toBeUndefined();
  });

  test("one with a sid of the prototype's", () => {
    expect(
      parseOpen('0{"__proto__":{"sid":"a","pingInterval":1,"pingTimeout":1}}'),
    ).toBeUndefined();
  });
});
