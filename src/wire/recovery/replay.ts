import type { StreamVector } from "../hub/vector.ts";
import { vectorField, vectorOf } from "../hub/vector-field.ts";
import { parseOffset } from "./offset.ts";
import { MAX_RECORD_CHARACTERS } from "./note.ts";

/**
 * What the edge puts into the `offset` of a CONNECT that it replays to the next origin. The session's place is the
 * dial's.
 */
export interface Replay {
  /** The id of the dial on whose connection it goes: a client knows none, and so can't play the edge. */
  readonly dial: string;
  /** The newest, as it came; sealed. */
  readonly record: string;
  /** Names that have gone down since the record; the last of each stream. */
  readonly seen: StreamVector;
  /** The offset that went down last; "" for none. */
  readonly last: string;
}

export function formatReplay({ dial, record, seen, last }: Replay): string {
  return START + JSON.stringify({ dial, record, seen: vectorField(seen), last });
}

/** `undefined` for what `formatReplay` doesn't give. */
export function parseReplay(offset: string): Replay | undefined {
  if (!isReplay(offset) || offset.length > MAX_REPLAY_CHARACTERS) return undefined;
  const { dial, record, seen, last } = fieldsOf(offset.slice(START.length));
  const vector = vectorOf(seen);
  if (typeof dial !== "string" || !/^[\w-]{16}$/.test(dial)) return undefined;
  if (typeof record !== "string" || record.length > MAX_RECORD_CHARACTERS) return undefined;
  if (typeof last !== "string" || !(last === "" || parseOffset(last))) return undefined;
  return vector && /^[\w-]+$/.test(record) ? { dial, record, seen: vector, last } : undefined;
}

/** Whether an offset says that it is a replay's: a name of an event may begin with "~r", but no uid goes on with "{". */
export function isReplay(offset: string): boolean {
  return offset.startsWith(`${START}{`);
}

/** A record, and some thousand streams beside it. */
export const MAX_REPLAY_CHARACTERS = 4 * MAX_RECORD_CHARACTERS;

const START = "~r";

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const fields: unknown = JSON.parse(text);
    return typeof fields === "object" && fields !== null ? { ...fields } : {};
  } catch {
    return {};
  }
}
