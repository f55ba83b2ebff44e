import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Note } from "../../../src/wire/recovery/note.ts";
import {
  formatNote,
  formatParting,
  isAside,
  MAX_NOTE_CHARACTERS,
  MAX_RECORD_CHARACTERS,
  parseNote,
  parseParting,
} from "../../../src/wire/recovery/note.ts";
import { anyText, bytes } from "../bytes.ts";

const NOTES: readonly (readonly [string, Note])[] = [
  [`6{"type":"record","nsp":"/","record":"AQ-_"}`, { type: "record", nsp: "/", record: "AQ-_" }],
  [`6{"type":"record","nsp":"/é"}`, { type: "record", nsp: "/é" }],
  [`6{"type":"gone","nsp":"/"}`, { type: "gone", nsp: "/" }],
  [`6{"type":"refused","nsp":"/","why":"young"}`, { type: "refused", nsp: "/", why: "young" }],
  [`6{"type":"closing"}`, { type: "closing" }],
  [`6{"type":"leave"}`, { type: "leave" }],
  [`6{"type":"parted","n":3}`, { type: "parted", n: 3 }],
];

describe("a note", () => {
  test.each(NOTES)("is %s", (packet, note) => {
    expect(formatNote(note)).toBe(packet);
    expect(parseNote(packet)).toEqual(note);
    expect(isAside(packet)).toBe(true);
  });

  test.each(["young", "moved", "disconnected", "expired", "unreadable"] as const)(
    "says that a replay is refused as %s",
    (why) => {
      const note: Note = { type: "refused", nsp: "/chat", why };
      expect(parseNote(formatNote(note))).toEqual(note);
    },
  );

  test.each([
    ["a plain noop", "6"],
    ["another packet", `4{"type":"closing"}`],
    ["binary", bytes(0x36, 0x7b, 0x7d)],
    ["no JSON", "6{"],
    ["a text", `6"closing"`],
    ["null", "6null"],
    ["a list", `6["closing"]`],
    ["of no type", "6{}"],
    ["of another type", `6{"type":"toString"}`],
    ["a record of no namespace", `6{"type":"record","record":"AQ"}`],
    ["a record that is a number", `6{"type":"record","nsp":"/","record":1}`],
    ["a record that is null", `6{"type":"record","nsp":"/","record":null}`],
    ["an empty record", `6{"type":"record","nsp":"/","record":""}`],
    ["a record that isn't base64url", `6{"type":"record","nsp":"/","record":"a+b="}`],
    [
      "too large a record",
      `6{"type":"record","nsp":"/","record":"${"A".repeat(MAX_RECORD_CHARACTERS + 1)}"}`,
    ],
    ["parted from no parting", `6{"type":"parted"}`],
    ["parted from the parting before the first", `6{"type":"parted","n":0}`],
    ["gone from nowhere", `6{"type":"gone"}`],
    ["refused for nothing", `6{"type":"refused","nsp":"/"}`],
    ["refused for another reason", `6{"type":"refused","nsp":"/","why":"old"}`],
    ["larger than any", `6{"type":"gone","nsp":"${"a".repeat(MAX_NOTE_CHARACTERS)}"}`],
    ["nested very deep", `6${"[".repeat(100_000)}`],
  ])("is no packet that is %s", (_, packet) => {
    expect(parseNote(packet)).toBe(undefined);
  });

  test("of a record as large as may be comes back", () => {
    const note: Note = { type: "record", nsp: "/", record: "A".repeat(MAX_RECORD_CHARACTERS) };
    expect(parseNote(formatNote(note))).toEqual(note);
  });

  test("of a larger record says that there is none, so that no older one is taken", () => {
    const record = "A".repeat(MAX_RECORD_CHARACTERS + 1);
    const packet = formatNote({ type: "record", nsp: "/", record });
    expect(parseNote(packet)).toEqual({ type: "record", nsp: "/" });
  });

  test("has any namespace", () => {
    fc.assert(
      fc.property(anyText, (nsp) => {
        expect(parseNote(formatNote({ type: "gone", nsp }))).toEqual({ type: "gone", nsp });
      }),
    );
  });

  test("is never more than what is said by a packet that is anything", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(parseNote(`6${json}`)).toBe(undefined);
      }),
    );
  });
});

describe("a packet aside", () => {
  test("is a noop with a payload, whatever that is", () => {
    expect(isAside("6x")).toBe(true);
  });

  test.each(["6", "", "46", "2probe"])("isn't %s", (packet) => {
    expect(isAside(packet)).toBe(false);
  });
});

describe("a parting", () => {
  test("is a noop with a number, of which a note is made", () => {
    expect(formatParting(7)).toBe(`6{"type":"parting","n":7}`);
    expect(parseParting(formatParting(7).slice(1))).toBe(7);
    expect(isAside(formatParting(7))).toBe(true);
  });

  test.each([
    "",
    "{}",
    `{"type":"parting"}`,
    `{"type":"parted","n":7}`,
    `{"type":"parting","n":1e99}`,
  ])("is not %s", (payload) => {
    expect(parseParting(payload)).toBeUndefined();
  });
});
