import type { SocketPacketHead } from "../../wire/socket-packet.ts";
import { formatConnect } from "../../wire/socket-packet.ts";
import type { Stream, StreamVector } from "../../wire/hub/vector.ts";
import { parseStream } from "../../wire/hub/vector.ts";
import { formatReplay } from "../../wire/recovery/replay.ts";
import type { Connected } from "./spaces.ts";

/** The CONNECT that brings a namespace to its next origin. `dial` names the connection that it goes on. */
export function replayOf(nsp: string, space: Connected, dial: string): string {
  if (space.pid === undefined) return formatConnect(nsp, space.payload);
  const offset =
    space.record === undefined
      ? space.last
      : formatReplay({
          dial,
          record: space.record,
          seen: seenOf(space),
          last: space.last,
        });
  const payload = { ...readObject(space.payload), pid: space.pid, offset };
  return formatConnect(nsp, JSON.stringify(payload));
}

/** A client's CONNECT to a namespace that it had left: without what would bring its former session back. */
export function anew(packet: string, head: SocketPacketHead): string {
  const payload = readObject(packet.slice(head.payloadAt));
  if (!("pid" in payload) && !("offset" in payload)) return packet;
  const { pid: _pid, offset: _offset, ...rest } = payload;
  return formatConnect(head.nsp, JSON.stringify(rest));
}

/**
 * A client's CONNECT that would have its former session back. A stock client that has got no event yet sends no offset, and
 * servers look for a session only where there is one: "" says that it has got nothing.
 */
export function comingBack(packet: string, head: SocketPacketHead): string {
  const payload = readObject(packet.slice(head.payloadAt));
  if (typeof payload.pid !== "string" || "offset" in payload) return packet;
  return formatConnect(head.nsp, JSON.stringify({ ...payload, offset: "" }));
}

/** The pid in the answer to a CONNECT; `undefined` without connection state recovery. */
export function readAnswer(payload: string): string | undefined {
  const { pid } = readObject(payload);
  return typeof pid === "string" ? pid : undefined;
}

/** Where a client stands that came back by itself, and was taken for the one that it had been. */
export function firstOffset(payload: string, pid: string | undefined): string {
  const { pid: own, offset } = readObject(payload);
  return pid !== undefined && own === pid && typeof offset === "string" ? offset : "";
}

function seenOf({ seen }: Connected): StreamVector {
  const vector = new Map<Stream, number>();
  for (const [text, n] of Object.entries(seen)) {
    const stream = parseStream(text);
    if (stream !== undefined) vector.set(stream, n);
  }
  return vector;
}

function readObject(json: string): Record<string, unknown> {
  if (json === "") return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
