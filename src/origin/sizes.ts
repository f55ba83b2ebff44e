import type { Content, Data, Request } from "../wire/hub/content.ts";
import { MAX_BODY_BYTES } from "../wire/hub/message.ts";

/** At most, of a body beside its namespace, rooms and data. */
const HEADER_BYTES = 256;
/** At most, of each room beside its text; a room that is a number has no more. */
const ROOM_HEADER_BYTES = 16;

/** Throws a RangeError for what the hub could not pass on. */
export function refuseLarge(content: Content | Request): void {
  const data: Data = "data" in content ? content.data : "";
  const rooms = roomsOf(content);
  // Most are so small that it needs no exact count: a UTF-16 unit is at most three bytes.
  const units = sizeOf([content.nsp, data], rooms, (text) => text.length);
  if (3 * units <= MAX_BODY_BYTES) return;
  const bytes = sizeOf([content.nsp, data], rooms, (text) => Buffer.byteLength(text));
  if (bytes <= MAX_BODY_BYTES) return;
  throw new RangeError(
    `Expected an emit of at most ${MAX_BODY_BYTES} bytes with its rooms, got ${bytes}.`,
  );
}

// Types say that rooms are texts; applications without types may have numbers, and Socket.IO lets them.
function roomsOf(content: Content | Request): readonly (readonly unknown[])[] {
  const { rooms, except } = "to" in content ? content.to : NOBODY;
  return "rooms" in content ? [rooms, except, content.rooms] : [rooms, except];
}

const NOBODY = { rooms: [], except: [] };

function sizeOf(
  texts: readonly Data[],
  lists: readonly (readonly unknown[])[],
  size: (text: Data) => number,
): number {
  let sum = HEADER_BYTES;
  for (const text of texts) sum += size(text);
  for (const list of lists) {
    for (const room of list) sum += ROOM_HEADER_BYTES + (typeof room === "string" ? size(room) : 0);
  }
  return sum;
}
