import { decodePacket, decodePayload, encodePayload } from "engine.io-parser";
import { Decoder } from "socket.io-parser";
import { PacketType } from "../../src/wire/packet.ts";
import { joinPayload, splitPayload } from "../../src/wire/payload.ts";

/** One thing that the edge does with what travels, done by ours and by the parsers of Engine.IO and Socket.IO. */
export interface CodecCase {
  readonly title: string;
  /** By name, ours first. Each gives a number, which is looked at, so that no compiler leaves the work out. */
  readonly candidates: Readonly<Record<string, () => number>>;
}

const SEPARATOR = "\x1e";
const EVENT = `42${JSON.stringify(["echo", "x".repeat(88)])}`;
const WIDE_EVENT = `42${JSON.stringify(["message", { text: "Grüße aus Köln, 你好 ".repeat(20) }])}`;
const BYTES = new Uint8Array(3000).map((_, i) => i % 256).buffer;
const BASE64 = `b${btoa(String.fromCharCode(...new Uint8Array(BYTES)))}`;
const MANY = Array.from({ length: 20 }, () => EVENT);

export const CODEC_CASES: readonly CodecCase[] = [
  splitting("split a payload of 1 event", EVENT),
  splitting("split a payload of 20 events", MANY.join(SEPARATOR)),
  splitting("split a payload of an event and 3 kB of binary", EVENT + SEPARATOR + BASE64),
  joining("join 1 event", [EVENT]),
  joining("join 20 events", MANY),
  joining("join an event and 3 kB of binary", [EVENT, BYTES]),
  looking("look at an event of 100 bytes", EVENT),
  looking("look at an event of 600 bytes", WIDE_EVENT),
];

function splitting(title: string, payload: string): CodecCase {
  return {
    title,
    candidates: {
      ours: () => splitPayload(payload)?.length ?? 0,
      "engine.io-parser": () => decodePayload(payload, "arraybuffer").length,
    },
  };
}

function joining(title: string, packets: readonly (string | ArrayBuffer)[]): CodecCase {
  const ours = (): number => joinPayload(packets).length;
  // Its build for anything but Node encodes binary with FileReader, which workerd doesn't have.
  if (!packets.every((packet) => typeof packet === "string"))
    return { title, candidates: { ours } };
  // It takes packets in parts, which are made outside what is measured.
  const inParts = packets.map((packet) => ({ type: "message", data: packet.slice(1) }) as const);
  let length = 0;
  const theirs = (): number => {
    encodePayload(inParts, (payload) => {
      length = payload.length;
    });
    return length;
  };
  return { title, candidates: { ours, "engine.io-parser": theirs } };
}

/** What a relayed frame needs. The edge asks for Engine.IO's type alone; socket.io-parser reads the whole event. */
function looking(title: string, frame: string): CodecCase {
  const decoder = new Decoder();
  let decoded = 0;
  decoder.on("decoded", () => {
    decoded += 1;
  });
  return {
    title,
    candidates: {
      ours: () => (frame.charAt(0) === PacketType.message ? 1 : 0),
      "engine.io-parser": () => (decodePacket(frame).type === "message" ? 1 : 0),
      "socket.io-parser": () => {
        decoder.add(frame.slice(1));
        return decoded;
      },
    },
  };
}
