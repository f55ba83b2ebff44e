import type { Data } from "../wire/hub/content.ts";
import { decodeData } from "../wire/hub/data.ts";
import { RESERVED_EVENTS } from "../wire/hub/emission.ts";

/** Binary values come out as Buffers, as they come off Socket.IO's own wire. Throws for data that are none of ours. */
export function decodeInNode(data: Data): unknown {
  return decodeData(
    typeof data === "string" ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
}

/** As `decodeInNode`; `undefined`, too, for data that are none of ours. */
export function readData(data: Data): unknown {
  try {
    return decodeInNode(data);
  } catch {
    return undefined;
  }
}

/** What stands in an array; `undefined` for anything else. */
export function readArguments(data: Data): unknown[] | undefined {
  const value = readData(data);
  return Array.isArray(value) ? value.map((argument: unknown) => argument) : undefined;
}

/** What an event for clients carries, its name first; `undefined` for what no client would take for one. */
export function readEvent(data: Data): unknown[] | undefined {
  const args = readArguments(data);
  return isEventName(args?.[0]) ? args : undefined;
}

/** Socket.IO's clients take a packet with another for garbled, and close the connection that it came on. */
export function isEventName(name: unknown): boolean {
  return typeof name === "number" || (typeof name === "string" && !RESERVED_EVENTS.has(name));
}
