import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromBase64, toBase64, toBase64Url } from "../../src/wire/base64.ts";
import { anyBytes, anyOf, bytes, utf8 } from "./bytes.ts";

// RFC 4648, section 10, and the bytes whose base64 has the two characters that URLs escape.
const PAIRS: readonly [text: string, value: ArrayBuffer][] = [
  ["", utf8("")],
  ["Zg==", utf8("f")],
  ["Zm8=", utf8("fo")],
  ["Zm9v", utf8("foo")],
  ["Zm9vYg==", utf8("foob")],
  ["Zm9vYmE=", utf8("fooba")],
  ["Zm9vYmFy", utf8("foobar")],
  ["AQIDBA==", bytes(1, 2, 3, 4)],
  ["AA==", bytes(0)],
  ["////", bytes(255, 255, 255)],
  ["++++", bytes(251, 239, 190)],
];

describe("base64", () => {
  test.each(PAIRS)("%s is written for its bytes", (text, value) => {
    expect(toBase64(value)).toBe(text);
  });

  test.each(PAIRS)("%s is read as its bytes", (text, value) => {
    expect(fromBase64(text)).toEqual(value);
  });

  test.each([
    ["too short by its padding", "Zg="],
    ["without its padding", "Zg"],
    ["one character", "A"],
    ["five characters", "AAAAA"],
    ["one character and three of padding", "A==="],
    ["padding alone", "===="],
    ["padding at the front", "=AAA"],
    ["padding in the middle", "AA=A"],
    ["padding within, then more", "Zg==Zg=="],
    ["padding that no character needs", "AAAA===="],
    ["a space, which atob would skip", "Zm9v Zm9"],
    ["a line break, which atob would skip", "Zm9v\nZm9"],
    ["a line break behind it", "Zm9vZm9\n"],
    ["a tab for a character", "Zm9\t"],
    ["the minus of URLs", "Zm9-"],
    ["the underscore of URLs", "Zm9_"],
    ["a character above ASCII", "Zm9é"],
    ["a character above ASCII that looks like one below", "Zm9А"],
    ["a NUL", "Zm9\0"],
    ["a pair of surrogates", "Zm😀"],
  ])("%s is no base64", (_, text) => {
    expect(fromBase64(text)).toBeUndefined();
  });

  test("brings any bytes back as they were", () => {
    fc.assert(
      fc.property(anyBytes(), (value) => {
        expect(fromBase64(toBase64(value))).toEqual(value);
      }),
    );
  });

  test("is what Node writes for the same bytes", () => {
    fc.assert(
      fc.property(anyBytes(), (value) => {
        expect(toBase64(value)).toBe(Buffer.from(value).toString("base64"));
        expect(toBase64Url(new Uint8Array(value))).toBe(Buffer.from(value).toString("base64url"));
      }),
    );
  });

  test("takes any text without throwing, and reads none but base64", () => {
    const nearBase64 = fc.string({ unit: anyOf("AQgw09+/=-_ \n\u{1f600}") });
    fc.assert(
      fc.property(nearBase64, (text) => {
        const value = fromBase64(text);
        const isBase64 = /^(?:[\w+/-]{4})*(?:[\w+/-]{2}==|[\w+/-]{3}=)?$/.test(text);
        expect(value !== undefined).toBe(isBase64 && !/[-_]/.test(text));
      }),
    );
  });

  // String.fromCharCode takes its characters as arguments, of which an engine takes so many and no more.
  test.each([8191, 8192, 8193, 16_384, 1_000_000])("holds %i bytes", (length) => {
    const value = Uint8Array.from({ length }, (_, i) => i).buffer;
    expect(toBase64(value)).toBe(Buffer.from(value).toString("base64"));
    expect(fromBase64(toBase64(value))).toEqual(value);
  });
});
