import { fromBase64, toBase64 } from "./base64.ts";
import type { Packet } from "./packet.ts";
import { packetBytes } from "./packet.ts";

// Engine.IO protocol v4, "HTTP long-polling": packets of a payload are joined by the record separator.
const SEPARATOR = "\x1e";
const BINARY = "b";
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The packets of a polling body; `undefined` when one of them is no packet: unknown type, empty, or not base64
 * after `b`. A payload is taken whole or not at all.
 */
export function splitPayload(payload: string): Packet[] | undefined {
  const packets: Packet[] = [];
  for (const text of payload.split(SEPARATOR)) {
    const packet = text.startsWith(BINARY) ? fromBase64(text.slice(1)) : typedPacket(text);
    if (packet === undefined) return undefined;
    packets.push(packet);
  }
  return packets;
}

/** One polling body of packets in their order. */
export function joinPayload(packets: readonly Packet[]): string {
  return packets.map(polled).join(SEPARATOR);
}

/** Bytes that a packet adds to a polling body, its separator included. */
export function polledBytes(packet: Packet): number {
  if (typeof packet === "string") return packetBytes(packet) + 1;
  return 2 + 4 * Math.ceil(packet.byteLength / 3);
}

/** The text of a polling body; `undefined` when its bytes are not UTF-8. */
export function decodeBody(bytes: ArrayBuffer | Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function polled(packet: Packet): string {
  return typeof packet === "string" ? packet : BINARY + toBase64(packet);
}

function typedPacket(text: string): string | undefined {
  const type = text.charCodeAt(0);
  return type >= 0x30 && type <= 0x36 ? text : undefined; // "0" to "6"
}
