import type { Packet } from "../packet.ts";
import { PacketType } from "../packet.ts";

/**
 * What an origin tells the edge on a session's own connection, in order with the packets around it: an Engine.IO noop with
 * a payload. Clients ignore it, and the edge lets none through to them.
 */
export type Note =
  /** What the next origin needs, sealed. Without: the session can't be recovered from now on. */
  | { readonly type: "record"; readonly nsp: string; readonly record?: string }
  /** The socket lives elsewhere now: the session here has nothing left to wait for. */
  | { readonly type: "gone"; readonly nsp: string }
  /** A replayed CONNECT that isn't answered, since it would be a new session; another origin may do. */
  | { readonly type: "refused"; readonly nsp: string; readonly why: RefusalReason }
  /** The server is about to close, and so is this connection. */
  | { readonly type: "closing" }
  /** The session is to go elsewhere now: the server waits a moment for that, and closes then. */
  | { readonly type: "leave" }
  /** What the edge had sent before that parting has been dealt with, and all records are written. */
  | { readonly type: "parted"; readonly n: number };

/**
 * The one thing that the edge tells an origin in the same way: it is about to leave, and wants to know when all is said.
 * Numbered, since it may think better of it and ask again.
 */
export function formatParting(n: number): string {
  return `${PacketType.noop}${JSON.stringify({ type: "parting", n })}`;
}

/** Behind the last parting: the edge leaves now, and closes the connection. */
export const LEFT = `${PacketType.noop}{"type":"left"}`;

/** The number of a parting, by the payload of a noop. */
export function parseParting(payload: string): number | undefined {
  if (payload.length > MAX_PARTING_CHARACTERS) return undefined;
  const fields = fieldsOf(payload);
  return fields?.["type"] === "parting" ? numberIn(fields) : undefined;
}

const MAX_PARTING_CHARACTERS = 100;

/**
 * `young`: the origin has not all that the client may have missed. `moved`: the session is at a later place already.
 * `disconnected`: it has been ended for good. `expired`: its record is too old. `unreadable`: its record is none of
 * these servers', or another session's.
 */
export type RefusalReason = "young" | "moved" | "disconnected" | "expired" | "unreadable";

/** Of a sealed record. The edge keeps one for each namespace of each session. */
export const MAX_RECORD_CHARACTERS = 64 * 1024;

/** Of a whole note: the record, and a namespace beside it. */
export const MAX_NOTE_CHARACTERS = 2 * MAX_RECORD_CHARACTERS;

/** The text of a noop packet. Too large a record is none, since an older one would be wrong. */
export function formatNote(note: Note): string {
  return `${PacketType.noop}${JSON.stringify(isTooLarge(note) ? { ...note, record: undefined } : note)}`;
}

/** `undefined` for every other packet, and for a note that is none of these. */
export function parseNote(packet: Packet): Note | undefined {
  if (!isAside(packet) || packet.length > MAX_NOTE_CHARACTERS) return undefined;
  const fields = fieldsOf(packet.slice(1));
  switch (fields?.["type"]) {
    case "record":
      return recordIn(fields);
    case "gone":
      return goneIn(fields);
    case "refused":
      return refusedIn(fields);
    case "closing":
      return { type: "closing" };
    case "leave":
      return { type: "leave" };
    case "parted": {
      const n = numberIn(fields);
      return n === undefined ? undefined : { type: "parted", n };
    }
    default:
      return undefined;
  }
}

/** Whether a packet is a noop with a payload: for clients it is nothing, and nothing may be passed on of it. */
export function isAside(packet: Packet): packet is string {
  return typeof packet === "string" && packet.length > 1 && packet.startsWith(PacketType.noop);
}

type Fields = Readonly<Record<string, unknown>>;

function isTooLarge(note: Note): boolean {
  return note.type === "record" && (note.record?.length ?? 0) > MAX_RECORD_CHARACTERS;
}

function fieldsOf(text: string): Fields | undefined {
  try {
    const fields: unknown = JSON.parse(text);
    return typeof fields === "object" && fields !== null ? { ...fields } : undefined;
  } catch {
    return undefined;
  }
}

function recordIn(fields: Fields): Note | undefined {
  const { nsp, record } = fields;
  if (typeof nsp !== "string") return undefined;
  if (record === undefined) return { type: "record", nsp };
  if (typeof record !== "string" || record.length > MAX_RECORD_CHARACTERS) return undefined;
  return /^[\w-]+$/.test(record) ? { type: "record", nsp, record } : undefined;
}

function numberIn({ n }: Fields): number | undefined {
  return typeof n === "number" && Number.isSafeInteger(n) && n > 0 ? n : undefined;
}

function goneIn({ nsp }: Fields): Note | undefined {
  return typeof nsp === "string" ? { type: "gone", nsp } : undefined;
}

function refusedIn({ nsp, why }: Fields): Note | undefined {
  const reason = REASONS.find((one) => one === why);
  return typeof nsp === "string" && reason !== undefined
    ? { type: "refused", nsp, why: reason }
    : undefined;
}

const REASONS: readonly RefusalReason[] = [
  "young",
  "moved",
  "disconnected",
  "expired",
  "unreadable",
];
