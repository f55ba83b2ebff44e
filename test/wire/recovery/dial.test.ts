import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dial } from "../../../src/wire/recovery/dial.ts";
import { formatDial, MAX_DIAL_CHARACTERS, parseDial } from "../../../src/wire/recovery/dial.ts";
import { anyNumber, anyUid } from "../hub/anything.ts";

const MAC = "m".repeat(43);
const ID = "0123456789abcd-_";

const DIALS: readonly (readonly [string, Dial])[] = [
  [
    "0123456789abcd-_;1700000000000;2;default;one.example",
    { id: ID, birth: 1_700_000_000_000, moorings: 2, pool: "default", name: "one.example" },
  ],
  [
    "0123456789abcd-_;0;0;;a%3B%C3%A9%20b",
    { id: ID, birth: 0, moorings: 0, pool: "", name: "a;é b" },
  ],
];

describe("a dial", () => {
  test.each(DIALS)("is %s", (signed, dial) => {
    expect(formatDial(dial)).toBe(signed);
    expect(parseDial(`${signed}.${MAC}`)).toEqual({ dial, signed, mac: MAC });
  });

  test.each([
    ["nothing", ""],
    ["no mac", "0123456789abcd-_;1;2;a;b"],
    ["a mac that is too short", `0123456789abcd-_;1;2;a;b.${"m".repeat(42)}`],
    ["a mac that is too long", `0123456789abcd-_;1;2;a;b;${"m".repeat(44)}`],
    ["a mac that isn't base64url", `0123456789abcd-_;1;2;a;b.${"+".repeat(43)}`],
    ["an id that is too short", `0123456789abcd-;1;2;a;b.${MAC}`],
    ["an id that isn't base64url", `0123456789abcd+/;1;2;a;b.${MAC}`],
    ["a birth with a sign", `0123456789abcd-_;-1;2;a;b.${MAC}`],
    ["a birth with a point", `0123456789abcd-_;1.5;2;a;b.${MAC}`],
    ["no birth", `0123456789abcd-_;;2;a;b.${MAC}`],
    ["a birth in a longer form", `0123456789abcd-_;01;2;a;b.${MAC}`],
    ["a birth beyond 2^53", `0123456789abcd-_;9007199254740992;2;a;b.${MAC}`],
    ["moorings beyond 2^53", `0123456789abcd-_;1;9007199254740992;a;b.${MAC}`],
    ["a field less", `0123456789abcd-_;1;2;a.${MAC}`],
    ["a field more", `0123456789abcd-_;1;2;a;b;c.${MAC}`],
    ["half an escape", `0123456789abcd-_;1;2;a;%C3.${MAC}`],
    ["an escape of what needs none", `0123456789abcd-_;1;2;a;%61.${MAC}`],
    ["a space", `0123456789abcd-_;1;2;a; .${MAC}`],
    ["a line behind it", `0123456789abcd-_;1;2;a;b.${MAC}\n`],
    ["too many characters", `0123456789abcd-_;1;2;a;${"b".repeat(MAX_DIAL_CHARACTERS)}.${MAC}`],
  ])("is no header that is or has %s", (_, header) => {
    expect(parseDial(header)).toBe(undefined);
  });

  test("comes back as it was, in characters that a header may have", () => {
    const anyName = fc.string({ unit: "binary", maxLength: 60 });
    const anyDial = fc.record({
      id: anyUid,
      birth: anyNumber,
      moorings: anyNumber,
      pool: anyName,
      name: anyName,
    });
    fc.assert(
      fc.property(anyDial, (dial) => {
        const signed = formatDial(dial);
        expect(signed).toMatch(/^[!-~]+$/);
        expect(parseDial(`${signed}.${MAC}`)).toEqual({ dial, signed, mac: MAC });
      }),
    );
  });

  test("of a name with half a character has a whole one there", () => {
    const dial = { id: ID, birth: 1, moorings: 0, pool: "a", name: "\ud800" };
    expect(formatDial(dial)).toBe("0123456789abcd-_;1;0;a;%EF%BF%BD");
  });

  test("has one text only, which is what was signed", () => {
    const anyHeader = fc.stringMatching(/^[\w-]{16};\d{1,3};\d{1,3};[%\w.]{0,4};[%\w.]{0,4}$/);
    fc.assert(
      fc.property(anyHeader, (signed) => {
        const parsed = parseDial(`${signed}.${MAC}`);
        expect(parsed ? formatDial(parsed.dial) : signed).toBe(signed);
      }),
    );
  });
});
