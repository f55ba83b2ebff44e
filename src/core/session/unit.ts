import type { Packet } from "../../wire/packet.ts";
import { keptBytes } from "../../wire/packet.ts";
import type { SocketPacketHead } from "../../wire/socket-packet.ts";
import { readHead } from "../../wire/socket-packet.ts";
import type { Row } from "./row.ts";
import { appended, EMPTY_ROW, itemsOf } from "./row.ts";

/** A message with its attachments. */
export type Unit = readonly [Packet, ...Packet[]];

/** A message of which attachments are still to come. */
export interface Part {
  readonly first: string;
  readonly attachments: Row<Packet>;
  readonly missing: number;
  readonly bytes: number;
}

/** What a packet is, or makes of the part before it. */
export type Gathered =
  | { readonly type: "unit"; readonly head: SocketPacketHead; readonly unit: Unit }
  | { readonly type: "part"; readonly part: Part }
  /** No message of the default parser's, or text where an attachment was due: a parse error, for the other side to say. */
  | { readonly type: "rubbish"; readonly packets: Unit }
  | { readonly type: "too-large" };

/** Adds a packet to the part before it, up to `limit` bytes. */
export function gather(part: Part | undefined, packet: Packet, limit: number): Gathered {
  if (part === undefined) return begin(packet);
  if (isText(packet)) return { type: "rubbish", packets: [...packetsOf(part), packet] };
  const bytes = part.bytes + keptBytes(packet);
  if (bytes > limit) return { type: "too-large" };
  const { first, missing } = part;
  const attachments = appended(part.attachments, packet);
  const next = { first, attachments, missing: missing - 1, bytes };
  if (missing > 1) return { type: "part", part: next };
  return { type: "unit", head: headOf([first]), unit: packetsOf(next) };
}

function begin(packet: Packet): Gathered {
  if (typeof packet !== "string") return { type: "rubbish", packets: [packet] };
  const head = readHead(packet);
  if (head === undefined) return { type: "rubbish", packets: [packet] };
  const missing = head.attachments;
  if (missing === 0) return { type: "unit", head, unit: [packet] };
  const bytes = keptBytes(packet);
  return { type: "part", part: { first: packet, attachments: EMPTY_ROW, missing, bytes } };
}

// forceBase64 has a client send its binary messages as text that begins with "b".
function isText(packet: Packet): boolean {
  return typeof packet === "string" && !packet.startsWith("b");
}

/** What there is of it. */
export function packetsOf({ first, attachments }: Part): Unit {
  return [first, ...itemsOf(attachments)];
}

export function headOf([packet]: Unit): SocketPacketHead {
  const head = typeof packet === "string" ? readHead(packet) : undefined;
  if (head === undefined) throw new Error("Expected a unit to begin with a Socket.IO packet.");
  return head;
}

/** Bytes that it takes to keep it. */
export function unitBytes(unit: Unit): number {
  let bytes = 0;
  for (const packet of unit) bytes += keptBytes(packet);
  return bytes;
}
