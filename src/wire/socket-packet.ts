import { PacketType } from "./packet.ts";

/** The types of Socket.IO protocol v5, "Packet encoding". */
export const SocketPacketType = {
  connect: "0",
  disconnect: "1",
  event: "2",
  ack: "3",
  connectError: "4",
  binaryEvent: "5",
  binaryAck: "6",
} as const;

type Digit = (typeof SocketPacketType)[keyof typeof SocketPacketType];

/** What stands before the payload of a Socket.IO packet, as the default parser writes it. */
export interface SocketPacketHead {
  readonly type: Digit;
  /** Binary messages that follow it. */
  readonly attachments: number;
  readonly nsp: string;
  /** The id by which an event wants an answer, or which this answers. */
  readonly ack: number | undefined;
  /** Where the id stands in the packet, or would stand. */
  readonly ackAt: number;
  /** Where the payload begins. */
  readonly payloadAt: number;
}

const MAIN_NAMESPACE = "/";

const MAX_NAMESPACE_CHARACTERS = 1024;

// As many digits as a number holds exactly.
const MAX_DIGITS = 15;

/** Reads the head of an Engine.IO message packet; `undefined` for what the default parser would not have written. */
export function readHead(packet: string): SocketPacketHead | undefined {
  if (packet.charAt(0) !== PacketType.message) return undefined;
  const type = typeOf(packet.charAt(1));
  if (type === undefined) return undefined;
  let at = 2;
  let attachments = 0;
  if (type === SocketPacketType.binaryEvent || type === SocketPacketType.binaryAck) {
    const end = digitsEnd(packet, at);
    if (end === at || end - at > MAX_DIGITS || packet.charAt(end) !== "-") return undefined;
    attachments = Number(packet.slice(at, end));
    at = end + 1;
  }
  let nsp = MAIN_NAMESPACE;
  if (packet.charAt(at) === "/") {
    const comma = packet.indexOf(",", at);
    const end = comma === -1 ? packet.length : comma;
    if (end - at > MAX_NAMESPACE_CHARACTERS) return undefined;
    nsp = packet.slice(at, end);
    at = comma === -1 ? end : end + 1;
  }
  const payloadAt = digitsEnd(packet, at);
  if (payloadAt - at > MAX_DIGITS) return undefined;
  const ack = payloadAt === at ? undefined : Number(packet.slice(at, payloadAt));
  return { type, attachments, nsp, ack, ackAt: at, payloadAt };
}

/** The packet with another id. */
export function withAck(packet: string, head: SocketPacketHead, ack: number): string {
  return packet.slice(0, head.ackAt) + String(ack) + packet.slice(head.payloadAt);
}

export function isEvent(head: SocketPacketHead): boolean {
  return head.type === SocketPacketType.event || head.type === SocketPacketType.binaryEvent;
}

export function isAck(head: SocketPacketHead): boolean {
  return head.type === SocketPacketType.ack || head.type === SocketPacketType.binaryAck;
}

/** A CONNECT with this payload, JSON text or none. */
export function formatConnect(nsp: string, payload: string): string {
  const head = PacketType.message + SocketPacketType.connect;
  return nsp === MAIN_NAMESPACE ? head + payload : `${head}${nsp},${payload}`;
}

// What an offset of any adapter has in it; nothing that JSON would write in another way.
const TRAILING_STRING = /"([^"\\]{1,200})"\]$/;

/**
 * The last argument of an event, where it is a string: what stock clients take for an offset. Looks at the packet's end
 * alone.
 */
export function trailingString(packet: string): string | undefined {
  if (!packet.endsWith('"]')) return undefined;
  const text = TRAILING_STRING.exec(packet.slice(-203))?.[1];
  return text;
}

function typeOf(digit: string): Digit | undefined {
  return TYPES.find((type) => type === digit);
}

const TYPES = Object.values(SocketPacketType);

function digitsEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && isDigit(text.charCodeAt(at))) at++;
  return at;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}
