import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fault } from "../../../src/wire/hub/frame.ts";
import {
  decodeFromHub,
  decodeToHub,
  encodeFromHub,
  encodeToHub,
} from "../../../src/wire/hub/frame.ts";
import type { FromHub, ToHub } from "../../../src/wire/hub/message.ts";
import { anyDamage, anyFromHub, anyToHub, damaged, joined, uid } from "./anything.ts";

const A = uid("AAAAAAAAAAAAAAAA");
const B = uid("BBBBBBBBBBBBBBBB");
const A_HEX = "41".repeat(16);
const B_HEX = "42".repeat(16);
const SENTENCE = /^Expected .+ \(byte \d+\)\.$/;
const BODY = Uint8Array.of(0xca, 0xfe);

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

const TO_HUB: readonly (readonly [string, ToHub])[] = [
  ["01 01 00 00", { type: "hello", isFresh: true, kept: 0, taken: new Map() }],
  [
    `01 00 ac02 02 ${A_HEX} 05 ${B_HEX} 00`,
    {
      type: "hello",
      isFresh: false,
      kept: 300,
      taken: new Map([
        [A, 5],
        [B, 0],
      ]),
    },
  ],
  ["02 01 02 cafe", { type: "publish", n: 1, body: BODY }],
  ["02 ffffffffffffff0f 00", { type: "publish", n: 2 ** 53 - 1, body: new Uint8Array(0) }],
  ["03 00 02 cafe", { type: "request", id: 0, body: BODY }],
  [`04 ${A_HEX} 7f 01 02 cafe`, { type: "respond", to: A, id: 127, isLast: true, body: BODY }],
  [`04 ${A_HEX} 8001 00 00`, respond(128)],
  ["05 00 8080 01", { type: "taken", vector: new Map(), bytes: 16_384 }],
  [`05 01 ${B_HEX} 09 00`, { type: "taken", vector: new Map([[B, 9]]), bytes: 0 }],
  ["06 00", { type: "closing", origin: undefined }],
  ["06 01 02 6368 02 c3a9", { type: "closing", origin: { pool: "ch", name: "é" } }],
];

const FROM_HUB: readonly (readonly [string, FromHub])[] = [
  ["11 00 00 00 01", { type: "welcome", bases: new Map(), last: 0, peers: [], shards: 1 }],
  [
    `11 01 ${A_HEX} 03 04 02 ${A_HEX} ${B_HEX} 10`,
    { type: "welcome", bases: new Map([[A, 3]]), last: 4, peers: [A, B], shards: 16 },
  ],
  [`12 ${A_HEX} 01 02 cafe`, { type: "event", uid: A, n: 1, body: BODY }],
  [`13 ${A_HEX} 00 02 cafe`, { type: "request", uid: A, id: 0, body: BODY }],
  [`14 ${A_HEX} 01 00 02 cafe`, { type: "response", uid: A, id: 1, isLast: false, body: BODY }],
  ["15 00", { type: "all-taken", n: 0 }],
  [`16 ${A_HEX} 00`, { type: "joined", uid: A, base: 0 }],
  [`17 ${B_HEX}`, { type: "left", uid: B }],
];

/** Any bytes behind a type that there is, or nearly. */
const anyTypeFirst = fc
  .tuple(fc.nat(24), fc.uint8Array({ maxLength: 60 }))
  .map(([type, bytes]) => Uint8Array.of(type, ...bytes));

function respond(id: number): ToHub {
  return { type: "respond", to: A, id, isLast: false, body: new Uint8Array(0) };
}

describe("a message to the hub", () => {
  test.each(TO_HUB)("is %s", (bytes, message) => {
    expect(encodeToHub(message)).toEqual(hex(bytes));
    expect(decodeToHub(hex(bytes))).toEqual([message]);
  });

  test.each([
    ["nothing", ""],
    ["type 0", "00"],
    ["a type that there isn't", "07"],
    ["a message of the hub's", `17 ${A_HEX}`],
    ["a hello without anything", "01"],
    ["a hello that is neither fresh nor not", "01 02 00 00"],
    ["a hello without its vector", "01 00 00"],
    ["a hello with less of a vector than it says", `01 00 00 02 ${A_HEX} 05`],
    ["a vector that counts more than could be there", `01 00 00 ffffffffffffff0f ${A_HEX} 05`],
    ["a vector with one uid twice", `05 02 ${A_HEX} 05 ${A_HEX} 06 00`],
    ["a uid with a space", `04 ${"41".repeat(15)}20 01 00 00`],
    ["a uid with a byte beyond ASCII", `04 ${"41".repeat(15)}c1 01 00 00`],
    ["a uid that ends early", `04 ${"41".repeat(15)}`],
    ["an event without a number", "02"],
    ["an event 0", "02 00 00"],
    ["a number that ends early", "02 80"],
    ["a number in a longer form", "02 8100 00"],
    ["a 0 in a longer form", "03 8000 00"],
    ["a number of 2^53", "03 8080808080808010 00"],
    ["a number of nine bytes", "03 ffffffffffffffff01 00"],
    ["a number that never ends", `03 ${"ff".repeat(40)}`],
    ["a body shorter than it says", "02 01 03 cafe"],
    ["a body larger than any", "02 01 ffffff1f cafe"],
    ["a name that isn't UTF-8", "06 01 01 ff 00"],
    ["a name that is too long", `06 01 8102 ${"61".repeat(257)} 00`],
    ["something behind a message", "06 00 00"],
    ["half a message behind one", "02 01 02 cafe 02 02 02 ca"],
  ])("is refused that is %s", (_, bytes) => {
    expect(faultOf(decodeToHub(hex(bytes)))).toMatch(SENTENCE);
  });

  test("is refused with what was expected, what came, and where", () => {
    expect(decodeToHub(hex("02 01 03 cafe"))).toEqual({
      fault: "Expected 3 bytes, got 2 (byte 3).",
    });
  });
});

describe("a message of the hub", () => {
  test.each(FROM_HUB)("is %s", (bytes, message) => {
    expect(encodeFromHub(message)).toEqual(hex(bytes));
    expect(decodeFromHub(hex(bytes))).toEqual([message]);
  });

  test.each([
    ["nothing", ""],
    ["a message to the hub", "06 00"],
    ["a type that there isn't", "18"],
    ["a welcome with one peer twice", `11 00 00 02 ${A_HEX} ${A_HEX} 01`],
    ["a welcome with more peers than could be there", `11 00 00 ff7f ${A_HEX} 01`],
    ["a welcome of no shards", "11 00 00 00 00"],
    ["a welcome of more shards than there may be", "11 00 00 00 11"],
    ["an event without a uid", "12"],
    ["an event 0", `12 ${A_HEX} 00 00`],
    ["a response that is neither the last nor not", `14 ${A_HEX} 01 ff 00`],
    ["a uid twice as long", `17 ${A_HEX}${A_HEX}`],
  ])("is refused that is %s", (_, bytes) => {
    expect(faultOf(decodeFromHub(hex(bytes)))).toMatch(SENTENCE);
  });
});

describe("a frame", () => {
  test("has messages one behind the other, in their order", () => {
    fc.assert(
      fc.property(fc.array(anyToHub, { minLength: 1, maxLength: 5 }), (messages) => {
        expect(decodeToHub(joined(messages.map(encodeToHub)))).toEqual(messages);
      }),
    );
    fc.assert(
      fc.property(fc.array(anyFromHub, { minLength: 1, maxLength: 5 }), (messages) => {
        expect(decodeFromHub(joined(messages.map(encodeFromHub)))).toEqual(messages);
      }),
    );
  });

  test("gives bodies that are parts of it", () => {
    const frame = encodeToHub({ type: "publish", n: 1, body: BODY });
    const [message] = listOf(decodeToHub(frame));
    expect(message).toMatchObject({ body: { buffer: frame.buffer, byteOffset: 3 } });
  });

  test("gives Buffers for bodies where it is one", () => {
    const [message] = listOf(decodeToHub(Buffer.from(hex("02 01 02 cafe"))));
    expect(message && "body" in message && Buffer.isBuffer(message.body)).toBe(true);
  });

  test("is read where it stands in a larger buffer", () => {
    const frame = hex(`ffff 02 01 02 cafe ffff`).subarray(2, 7);
    expect(decodeToHub(frame)).toEqual([{ type: "publish", n: 1, body: BODY }]);
  });

  test("that is any bytes gives what would be encoded so, or a fault", () => {
    fc.assert(
      fc.property(anyTypeFirst, (bytes) => {
        expect(rewritten(decodeToHub(bytes), encodeToHub, bytes)).toEqual(bytes);
        expect(rewritten(decodeFromHub(bytes), encodeFromHub, bytes)).toEqual(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  test("that has been spoilt gives what would be encoded so, or a fault", () => {
    fc.assert(
      fc.property(fc.array(anyToHub, { minLength: 1, maxLength: 3 }), anyDamage, (list, damage) => {
        const bytes = damaged(joined(list.map(encodeToHub)), damage);
        expect(rewritten(decodeToHub(bytes), encodeToHub, bytes)).toEqual(bytes);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(
        fc.array(anyFromHub, { minLength: 1, maxLength: 3 }),
        anyDamage,
        (list, damage) => {
          const bytes = damaged(joined(list.map(encodeFromHub)), damage);
          expect(rewritten(decodeFromHub(bytes), encodeFromHub, bytes)).toEqual(bytes);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test.each([
    ["a negative number", { type: "all-taken", n: -1 }],
    ["half a number", { type: "all-taken", n: 0.5 }],
    ["a number beyond 2^53", { type: "all-taken", n: 2 ** 53 }],
  ] as const)("is never given %s", (_, message) => {
    expect(() => encodeFromHub(message)).toThrow(RangeError);
  });
});

/** What has been read as it is written; there is one form of everything. The bytes themselves where there is a fault. */
function rewritten<Message>(
  read: readonly Message[] | Fault,
  encode: (message: Message) => Uint8Array,
  bytes: Uint8Array,
): Uint8Array {
  return "fault" in read && SENTENCE.test(read.fault) ? bytes : joined(listOf(read).map(encode));
}

function faultOf(read: readonly unknown[] | Fault): string {
  return "fault" in read ? read.fault : "";
}

function listOf<Message>(read: readonly Message[] | Fault): readonly Message[] {
  if ("fault" in read) throw new Error(read.fault);
  return read;
}
