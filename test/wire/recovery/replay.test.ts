import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { directStream } from "../../../src/wire/hub/vector.ts";
import { MAX_RECORD_CHARACTERS } from "../../../src/wire/recovery/note.ts";
import { formatOffset, parseOffset } from "../../../src/wire/recovery/offset.ts";
import type { Replay } from "../../../src/wire/recovery/replay.ts";
import {
  formatReplay,
  isReplay,
  MAX_REPLAY_CHARACTERS,
  parseReplay,
} from "../../../src/wire/recovery/replay.ts";
import { anyOrdinal, anyStream, anyStreamVector, anyUid, uid } from "../hub/anything.ts";

const A = uid("AAAAAAAAAAAAAAAA");
const DIAL = "0123456789abcd-_";

const REPLAYS: readonly (readonly [string, Replay])[] = [
  [
    `~r{"dial":"0123456789abcd-_","record":"AQ-_","seen":{},"last":""}`,
    { dial: DIAL, record: "AQ-_", seen: new Map(), last: "" },
  ],
  [
    `~r{"dial":"0123456789abcd-_","record":"AQ","seen":{"AAAAAAAAAAAAAAAA":3,"AAAAAAAAAAAAAAAA/d":1},"last":"~AAAAAAAAAAAAAAAA/d:1"}`,
    {
      dial: DIAL,
      record: "AQ",
      seen: new Map([
        [A, 3],
        [directStream(A), 1],
      ]),
      last: "~AAAAAAAAAAAAAAAA/d:1",
    },
  ],
];

describe("a replay", () => {
  test.each(REPLAYS)("is %s", (offset, replay) => {
    expect(formatReplay(replay)).toBe(offset);
    expect(parseReplay(offset)).toEqual(replay);
    expect(isReplay(offset)).toBe(true);
    expect(parseOffset(offset)).toBe(undefined);
  });

  test("is told from the name of an event whose publisher begins with an r", () => {
    expect(isReplay("~rAAAAAAAAAAAAAAA:1")).toBe(false);
    expect(isReplay("~rAAAAAAAAAAAAAAA/d:1")).toBe(false);
  });

  test.each([
    ["nothing", ""],
    ["an offset", "~AAAAAAAAAAAAAAAA:1"],
    ["no JSON", "~r{"],
    ["null", "~rnull"],
    ["a list", "~r[]"],
    ["no dial", `~r{"record":"AQ","seen":{},"last":""}`],
    ["a dial of another form", `~r{"dial":"abc","record":"AQ","seen":{},"last":""}`],
    ["no record", `~r{"dial":"${DIAL}","seen":{},"last":""}`],
    ["an empty record", `~r{"dial":"${DIAL}","record":"","seen":{},"last":""}`],
    ["a record of another form", `~r{"dial":"${DIAL}","record":"a b","seen":{},"last":""}`],
    ["too large a record", replayOf("A".repeat(MAX_RECORD_CHARACTERS + 1))],
    ["nothing seen", `~r{"dial":"${DIAL}","record":"AQ","last":""}`],
    ["a list of what was seen", `~r{"dial":"${DIAL}","record":"AQ","seen":[],"last":""}`],
    ["a stream of another form", `~r{"dial":"${DIAL}","record":"AQ","seen":{"a":1},"last":""}`],
    ["a number below 0", `~r{"dial":"${DIAL}","record":"AQ","seen":{"${A}":-1},"last":""}`],
    ["a number that is a text", `~r{"dial":"${DIAL}","record":"AQ","seen":{"${A}":"1"},"last":""}`],
    ["no last offset", `~r{"dial":"${DIAL}","record":"AQ","seen":{}}`],
    ["a last offset of another form", `~r{"dial":"${DIAL}","record":"AQ","seen":{},"last":"a"}`],
    ["too many characters", replayOf("A").padEnd(MAX_REPLAY_CHARACTERS + 1)],
    ["very deep values", `~r${"[".repeat(100_000)}`],
  ])("is no offset that is or has %s", (_, offset) => {
    expect(parseReplay(offset)).toBe(undefined);
  });

  test("has as large a record as may be", () => {
    expect(parseReplay(replayOf("A".repeat(MAX_RECORD_CHARACTERS)))).toBeDefined();
  });

  test("comes back as it was", () => {
    const anyReplay = fc.record({
      dial: anyUid,
      record: fc.stringMatching(/^[\w-]{1,60}$/),
      seen: anyStreamVector,
      last: fc.oneof(
        fc.constant(""),
        fc.record({ stream: anyStream, n: anyOrdinal }).map(formatOffset),
      ),
    });
    fc.assert(
      fc.property(anyReplay, (replay) => {
        expect(parseReplay(formatReplay(replay))).toEqual(replay);
      }),
    );
  });

  test("is nothing that is any JSON", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(parseReplay(`~r${json}`)).toBe(undefined);
      }),
    );
  });
});

function replayOf(record: string): string {
  return formatReplay({ dial: DIAL, record, seen: new Map(), last: "" });
}
