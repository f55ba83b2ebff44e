import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  exceeds,
  isPacket,
  packetBytes,
  PacketType,
  PROBE_PING,
  PROBE_PONG,
  utf8Bytes,
} from "../../src/wire/packet.ts";
import { anyBytes, anyText, bytes } from "./bytes.ts";

const TEXTS: readonly [text: string, length: number][] = [
  ["", 0],
  ["4hello", 6],
  ["\0", 1],
  ["\x7f", 1],
  ["\x80", 2],
  ["é", 2],
  ["\u07ff", 2],
  ["\u0800", 3],
  ["€", 3],
  ["\ufeff", 3],
  ["\uffff", 3],
  ["\u{10000}", 4],
  ["😀", 4],
  ["\u{10ffff}", 4],
  ["4 €uro and 😀", 17],
  ["a lone high half: \ud83d", 21],
  ["a lone low half: \ude00", 20],
  ["\ud83d\ud83d\ude00", 7],
  ["\ude00\ud83d", 6],
  ["\ud83da", 4],
];

describe("packet types", () => {
  test("are those of the protocol's table", () => {
    expect(PacketType).toEqual({
      open: "0",
      close: "1",
      ping: "2",
      pong: "3",
      message: "4",
      upgrade: "5",
      noop: "6",
    });
  });

  test("make the probe a ping and its answer a pong, with the same word", () => {
    expect(PROBE_PING).toBe("2probe");
    expect(PROBE_PONG).toBe("3probe");
  });
});

describe("what a WebSocket brings", () => {
  test.each([
    ["text", "4hello"],
    ["empty text", ""],
    ["bytes", bytes(1)],
    ["no bytes", bytes()],
  ])("%s is a packet", (_, value) => {
    expect(isPacket(value)).toBe(true);
  });

  test.each([
    ["a Blob, which hosts give by default", new Blob(["4hello"])],
    ["a view of bytes", new Uint8Array(1)],
    ["a Node buffer", Buffer.from("4hello")],
    ["a number", 4],
    ["null", null],
    ["nothing", undefined],
  ])("%s is none", (_, value) => {
    expect(isPacket(value)).toBe(false);
  });
});

describe("bytes of a text", () => {
  test.each(TEXTS)("%j has %i", (text, length) => {
    expect(utf8Bytes(text)).toBe(length);
  });

  test("are as many as TextEncoder makes of any text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Bytes(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });
});

describe("the size of a packet", () => {
  test.each(TEXTS)("%j is counted in bytes of its frame, %i", (text, length) => {
    expect(packetBytes(text)).toBe(length);
  });

  test.each([0, 1, 300])("%i bytes are counted as they are", (length) => {
    expect(packetBytes(new ArrayBuffer(length))).toBe(length);
  });

  test.each([
    ["as many bytes", "4hell", 5, false],
    ["a byte more", "4hello", 5, true],
    ["fewer characters, but more bytes", "4€€", 5, true],
    ["fewer characters and as many bytes", "4€€", 7, false],
    ["pairs of surrogates, a byte more", "😀😀", 7, true],
    ["pairs of surrogates, as many bytes", "😀😀", 8, false],
    ["as many bytes of binary", bytes(1, 2, 3), 3, false],
    ["a byte of binary more", bytes(1, 2, 3), 2, true],
    ["nothing at all", "", 0, false],
    ["a binary packet without bytes", bytes(), 0, false],
  ])("exceeds a limit or not: %s", (_, packet, limit, isOver) => {
    expect(exceeds(packet, limit)).toBe(isOver);
  });

  test("exceeds a limit exactly when its bytes do", () => {
    const packets = fc.oneof(anyText, anyBytes());
    fc.assert(
      fc.property(packets, fc.integer({ min: -3, max: 3 }), fc.nat(600), (packet, by, far) => {
        const size = packetBytes(packet);
        expect(exceeds(packet, size + by)).toBe(by < 0);
        expect(exceeds(packet, far)).toBe(size > far);
      }),
    );
  });
});
