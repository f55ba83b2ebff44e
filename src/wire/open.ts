import type { Packet } from "./packet.ts";
import { PacketType } from "./packet.ts";

/** What an Engine.IO server tells in its open packet (protocol v4, "Handshake"). Spans in ms, sizes in bytes. */
export interface Open {
  readonly sid: string;
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly maxPayload: number;
}

/** The platform's largest WebSocket message: 32 MiB. No session can promise its client more. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

// A timer's span is a signed 32-bit number of milliseconds; a longer one would fire at once.
const MAX_SPAN_MS = 2 ** 31 - 1;
const MAX_OPEN_CHARACTERS = 4096;

/** An origin's open packet; `undefined` for anything else. */
export function parseOpen(packet: Packet): Open | undefined {
  if (typeof packet !== "string" || packet.length > MAX_OPEN_CHARACTERS) return undefined;
  if (!packet.startsWith(PacketType.open)) return undefined;
  const value = parseObject(packet.slice(1));
  if (value === undefined) return undefined;
  const { sid, pingInterval, pingTimeout } = value;
  if (typeof sid !== "string" || !isSpan(pingInterval) || !isSpan(pingTimeout)) return undefined;
  return { sid, pingInterval, pingTimeout, maxPayload: boundedPayload(value["maxPayload"]) };
}

/** The open packet that a client gets. */
export function formatOpen(open: Open, upgrades: readonly "websocket"[]): string {
  const { sid, pingInterval, pingTimeout, maxPayload } = open;
  return PacketType.open + JSON.stringify({ sid, upgrades, pingInterval, pingTimeout, maxPayload });
}

// A server with an infinite maxHttpBufferSize says null, and one older than 4.3 says nothing.
function boundedPayload(value: unknown): number {
  if (typeof value !== "number" || !(value >= 1)) return MAX_MESSAGE_BYTES;
  return Math.min(value, MAX_MESSAGE_BYTES);
}

function isSpan(value: unknown): value is number {
  return typeof value === "number" && value >= 1 && value <= MAX_SPAN_MS;
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
