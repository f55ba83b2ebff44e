import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventName } from "../../../src/wire/hub/vector.ts";
import { directStream } from "../../../src/wire/hub/vector.ts";
import {
  formatOffset,
  looksLikeOffset,
  MAX_OFFSET_CHARACTERS,
  NO_NAME,
  parseOffset,
} from "../../../src/wire/recovery/offset.ts";
import { anyOrdinal, anyStream, uid } from "../hub/anything.ts";

const A = uid("AAAAAAAAAAAAAA-_");

const OFFSETS: readonly (readonly [string, EventName])[] = [
  ["~AAAAAAAAAAAAAA-_:1", { stream: A, n: 1 }],
  ["~AAAAAAAAAAAAAA-_:zz", { stream: A, n: 35 * 36 + 35 }],
  ["~AAAAAAAAAAAAAA-_/d:10", { stream: directStream(A), n: 36 }],
  ["~AAAAAAAAAAAAAA-_/d:2gosa7pa2gv", { stream: directStream(A), n: 2 ** 53 - 1 }],
];

describe("an offset", () => {
  test.each(OFFSETS)("is %s", (text, name) => {
    expect(formatOffset(name)).toBe(text);
    expect(parseOffset(text)).toEqual(name);
    expect(text.length).toBeLessThanOrEqual(MAX_OFFSET_CHARACTERS);
  });

  test.each([
    ["nothing", ""],
    ["no name", NO_NAME],
    ["a text of Redis'", "1700000000000-0"],
    ["no tilde", "AAAAAAAAAAAAAA-_:1"],
    ["no number", "~AAAAAAAAAAAAAA-_:"],
    ["the number 0", "~AAAAAAAAAAAAAA-_:0"],
    ["a number in a longer form", "~AAAAAAAAAAAAAA-_:01"],
    ["a number in capitals", "~AAAAAAAAAAAAAA-_:A"],
    ["a number below 0", "~AAAAAAAAAAAAAA-_:-1"],
    ["a number of 2^53", "~AAAAAAAAAAAAAA-_:2gosa7pa2gw"],
    ["a number of twelve digits", "~AAAAAAAAAAAAAA-_:100000000000"],
    ["a uid of 15 characters", "~AAAAAAAAAAAAAA-:1"],
    ["a uid of 17 characters", "~AAAAAAAAAAAAAA-_A:1"],
    ["a uid of others", "~AAAAAAAAAAAAAA+/:1"],
    ["another stream", "~AAAAAAAAAAAAAA-_/e:1"],
    ["a space behind it", "~AAAAAAAAAAAAAA-_:1 "],
    ["a line behind it", "~AAAAAAAAAAAAAA-_:1\n"],
    ["a replay", `~r{"dial":"AAAAAAAAAAAAAAAA"}`],
    ["very long", `~AAAAAAAAAAAAAA-_:${"1".repeat(100_000)}`],
  ])("is no text that is or has %s", (_, text) => {
    expect(parseOffset(text)).toBe(undefined);
  });

  test("comes back as it was, and looks like one", () => {
    fc.assert(
      fc.property(anyStream, anyOrdinal, (stream, n) => {
        const text = formatOffset({ stream, n });
        expect(parseOffset(text)).toEqual({ stream, n });
        expect(looksLikeOffset(text)).toBe(true);
      }),
    );
  });

  test("is only ever read of the text that would be written", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^~[\w-]{15,17}(\/d)?:[\da-z]{0,12}$/), (text) => {
        const name = parseOffset(text);
        expect(name ? formatOffset(name) : text).toBe(text);
        expect(name === undefined || looksLikeOffset(text)).toBe(true);
      }),
    );
  });
});

describe("an application's text", () => {
  test.each([NO_NAME, "~AAAAAAAAAAAAAA-_:0", "~:1", `~r{"dial":1}`])(
    "looks like an offset: %s",
    (text) => {
      expect(looksLikeOffset(text)).toBe(true);
    },
  );

  test.each(["", "~", "~/home", "hello", "~r", " ~:", "~AAAAAAAAAAAAAA-_: 1"])(
    "looks like none: %s",
    (text) => {
      expect(looksLikeOffset(text)).toBe(false);
    },
  );
});
