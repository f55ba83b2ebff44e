/**
 * One Engine.IO packet in the form that a WebSocket frame carries: text whose first character is the type, or
 * the bytes of a binary message (Engine.IO protocol v4, "Packet encoding").
 */
export type Packet = string | ArrayBuffer;

/** The types of Engine.IO protocol v4, as the first character of a text packet. */
export const PacketType = {
  open: "0",
  close: "1",
  ping: "2",
  pong: "3",
  message: "4",
  upgrade: "5",
  noop: "6",
} as const;

/** What an upgrading client asks on its new WebSocket, and what it is answered. */
export const PROBE_PING = "2probe";
export const PROBE_PONG = "3probe";

/** Whether a value is what a WebSocket whose `binaryType` is "arraybuffer" gives as a message. */
export function isPacket(value: unknown): value is Packet {
  return typeof value === "string" || value instanceof ArrayBuffer;
}

/** Bytes of a packet as a WebSocket frame carries it. */
export function packetBytes(packet: Packet): number {
  return typeof packet === "string" ? utf8Bytes(packet) : packet.byteLength;
}

/** What an object takes in memory beside its content, about: who sends very many packets of no bytes is bounded too. */
const OBJECT_BYTES = 64;

/** Bytes that it takes to keep a packet. */
export function keptBytes(packet: Packet): number {
  return packetBytes(packet) + OBJECT_BYTES;
}

/** Whether it takes more than `limit` bytes to keep a packet. */
export function exceedsKept(packet: Packet, limit: number): boolean {
  return exceeds(packet, limit - OBJECT_BYTES);
}

/** Whether a packet is larger than `limit` bytes; counts characters only where that could be. */
export function exceeds(packet: Packet, limit: number): boolean {
  if (typeof packet !== "string") return packet.byteLength > limit;
  if (packet.length > limit) return true;
  return packet.length * 3 > limit && utf8Bytes(packet) > limit;
}

/** Bytes of a text in UTF-8; a lone surrogate counts as the replacement character that it becomes. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    // A pair is two units and four bytes: the high half has counted three of them, the low half counts one.
    if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) i++;
  }
  return bytes;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
