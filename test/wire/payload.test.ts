import { parser } from "engine.io";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Packet } from "../../src/wire/packet.ts";
import { decodeBody, joinPayload, polledBytes, splitPayload } from "../../src/wire/payload.ts";
import { anyBytes, anyOf, anyText, bytes, utf8 } from "./bytes.ts";

const PAYLOADS: readonly [name: string, payload: string, packets: Packet[]][] = [
  ["one message", "4hello", ["4hello"]],
  ["an empty message", "4", ["4"]],
  ["every type alone", "0\x1e1\x1e2\x1e3\x1e4\x1e5\x1e6", ["0", "1", "2", "3", "4", "5", "6"]],
  ["the protocol's example of text", "4hello\x1e2\x1e4world", ["4hello", "2", "4world"]],
  ["the protocol's example of bytes", "4hello\x1ebAQIDBA==", ["4hello", bytes(1, 2, 3, 4)]],
  ["bytes alone", "bAQIDBA==", [bytes(1, 2, 3, 4)]],
  ["bytes between texts", "4a\x1ebAA==\x1e4b", ["4a", bytes(0), "4b"]],
  ["no bytes", "b", [bytes()]],
  ["no bytes, twice", "b\x1eb", [bytes(), bytes()]],
  ["characters beyond ASCII", "4€\x1e4😀", ["4€", "4😀"]],
  ["a message that begins like bytes", "4bAQIDBA==", ["4bAQIDBA=="]],
  ["other controls within a message", "4\x1d\x1f\0\n", ["4\x1d\x1f\0\n"]],
  ["a probe", "2probe", ["2probe"]],
];

/** What a session may send: the types of the protocol with text, and bytes. The separator is nobody's to send. */
const anyPacket: fc.Arbitrary<Packet> = fc.oneof(
  fc
    .tuple(anyOf("0123456"), fc.string({ unit: "grapheme" }))
    .map(([type, text]) => type + text.replaceAll("\x1e", "")),
  anyBytes(20),
);

describe("a payload", () => {
  test.each(PAYLOADS)("of %s is split at its separators", (_, payload, packets) => {
    expect(splitPayload(payload)).toEqual(packets);
  });

  test.each(PAYLOADS)("of %s is joined by separators", (_, payload, packets) => {
    expect(joinPayload(packets)).toBe(payload);
  });

  test.each([
    ["nothing at all", ""],
    ["a separator alone", "\x1e"],
    ["a separator at the front", "\x1e4hello"],
    ["a separator at the end", "4hello\x1e"],
    ["two separators in a row", "4hello\x1e\x1e4world"],
    ["the next type, 7", "7"],
    ["a type before 0", "/hello"],
    ["a letter for a type", "abc"],
    ["a capital B for bytes", "BAQIDBA=="],
    ["a digit of another script", "٤hello"],
    ["a byte order mark first", "\ufeff4hello"],
    ["a space first", " 4hello"],
    ["a line break between, as no revision had it", "4hello\n\x1e\n4world"],
    ["lengths, as revision 3 had them", "8:4welcome2:4€"],
    ["base64 without its padding", "bAQIDBA"],
    ["base64 of URLs", "b__-_"],
    ["base64 with a line break", "bAQID\nBA=="],
    ["text behind base64", "bAQIDBA==4"],
    ["one bad packet behind good ones", "4a\x1e4b\x1e9\x1e4c"],
    ["one bad base64 behind good ones", "4a\x1ebAQ\x1e4c"],
    ["a JSON text", '{"type":4}'],
    ["a form", "d=4hello"],
  ])("of %s is none, and nothing of it counts", (_, payload) => {
    expect(splitPayload(payload)).toBeUndefined();
  });

  test("brings any packets back, in their order", () => {
    fc.assert(
      fc.property(fc.array(anyPacket, { minLength: 1 }), (packets) => {
        expect(splitPayload(joinPayload(packets))).toEqual(packets);
      }),
    );
  });

  test("is joined as Engine.IO's own parser joins it, which reads it back", () => {
    fc.assert(
      fc.property(fc.array(anyPacket, { minLength: 1 }), (packets) => {
        const payload = joinPayload(packets);
        const decoded = parser.decodePayload(payload, "arraybuffer");
        expect(encodedByStock(decoded)).toBe(payload);
        expect(decoded.map((packet) => packet.type)).not.toContain("error");
      }),
    );
  });

  test("of thousands of packets is split whole", () => {
    const packets = Array.from({ length: 50_000 }, (_, n) => `4${n}`);
    expect(splitPayload(packets.join("\x1e"))).toEqual(packets);
  });

  test("takes any text without throwing", () => {
    const nearPayload = fc.string({ unit: anyOf("0467bAQ=\x1e-é") });
    fc.assert(
      fc.property(nearPayload, (payload) => {
        const packets = splitPayload(payload);
        expect(packets === undefined ? payload : joinPayload(packets)).toBe(payload);
      }),
    );
  });
});

describe("the share of a packet in a payload", () => {
  test("is its bytes and the separator's", () => {
    fc.assert(
      fc.property(fc.array(anyPacket, { minLength: 1 }), (packets) => {
        const shares = packets.reduce((sum, packet) => sum + polledBytes(packet), 0);
        // One separator fewer than there are packets.
        expect(shares - 1).toBe(Buffer.byteLength(joinPayload(packets)));
      }),
    );
  });

  test.each<[Packet, number]>([
    ["4", 2],
    ["4hello", 7],
    ["4€", 5],
    ["4😀", 6],
    [bytes(), 2],
    [bytes(1), 6],
    [bytes(1, 2, 3), 6],
    [bytes(1, 2, 3, 4), 10],
  ])("%o takes %i", (packet, share) => {
    expect(polledBytes(packet)).toBe(share);
  });
});

describe("a body", () => {
  test.each([
    ["", ""],
    ["4hello", "4hello"],
    ["4€ 😀", "4€ 😀"],
    ["a byte order mark, which is text like any other", "\ufeff4"],
    ["a character of replacement that was sent as such", "4\ufffd"],
  ])("of UTF-8 is its text: %j", (_, text) => {
    expect(decodeBody(utf8(text))).toBe(text);
  });

  test.each([
    ["a lone byte of continuation", bytes(0x34, 0x80)],
    ["a character cut short at the end", bytes(0x34, 0xe2, 0x82)],
    ["a character cut short in the middle", bytes(0x34, 0xe2, 0x82, 0x34)],
    ["an overlong slash", bytes(0x34, 0xc0, 0xaf)],
    ["half of a surrogate pair", bytes(0x34, 0xed, 0xa0, 0xbd)],
    ["a code point above Unicode's last", bytes(0x34, 0xf4, 0x90, 0x80, 0x80)],
    ["UTF-16", bytes(0xff, 0xfe, 0x34, 0x00)],
    ["Latin-1", bytes(0x34, 0xe9)],
    ["a binary frame of revision 3", bytes(0x00, 0x06, 0xff, 0x34)],
  ])("of other bytes is none: %s", (_, body) => {
    expect(decodeBody(body)).toBeUndefined();
  });

  test("of any well-formed text is that text", () => {
    fc.assert(
      fc.property(anyText, (any) => {
        const text = any.toWellFormed();
        expect(decodeBody(utf8(text))).toBe(text);
      }),
    );
  });
});

function encodedByStock(packets: Parameters<typeof parser.encodePayload>[0]): string {
  let payload = "";
  parser.encodePayload(packets, (encoded) => {
    payload = encoded;
  });
  return payload;
}
