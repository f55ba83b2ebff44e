import type { Address, Data } from "../wire/hub/content.ts";
import { MAX_BODY_BYTES } from "../wire/hub/message.ts";

/** At most, of a body beside its namespace, rooms and data. */
const HEADER_BYTES = 256;
/** At most, of each room beside its text; a room that is a number has no more. */
const ROOM_HEADER_BYTES = 16;

/** What makes a body large. */
interface Sized {
  readonly nsp: string;
  readonly to?: Address;
  readonly rooms?: readonly string[];
  readonly data?: Data;
}

/** Throws a RangeError for what the hub could not pass on. */
export function refuseLarge(content: Sized): void {
  if (canPass(content)) return;
  const bytes = sizeOf(content, (text) => Buffer.byteLength(text));
  throw new RangeError(
    `Expected an emit of at most ${MAX_BODY_BYTES} bytes with its rooms, got ${bytes}.`,
  );
}

export function canPass(content: Sized): boolean {
  // Most are so small that it needs no exact count: a UTF-16 unit is at most three bytes.
  if (3 * sizeOf(content, (text) => text.length) <= MAX_BODY_BYTES) return true;
  return sizeOf(content, (text) => Buffer.byteLength(text)) <= MAX_BODY_BYTES;
}

function sizeOf({ nsp, to, rooms, data = "" }: Sized, size: (text: Data) => number): number {
  let sum = HEADER_BYTES + size(nsp) + size(data);
  for (const list of [to?.rooms, to?.except, rooms]) {
    for (const room of list ?? []) sum += ROOM_HEADER_BYTES + sizeOfRoom(room, size);
  }
  return sum;
}

// Types say that rooms are texts; applications without types may have numbers, and Socket.IO lets them.
function sizeOfRoom(room: unknown, size: (text: Data) => number): number {
  return typeof room === "string" ? size(room) : 0;
}
