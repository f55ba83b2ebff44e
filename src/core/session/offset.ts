import { parseOffset } from "../../wire/recovery/offset.ts";
import type { Connected } from "./spaces.ts";

/**
 * The namespace after an event that ended in this string. With a record only the names of its own origins count: an
 * application's own last argument is no offset. Other adapters' offsets look like anything.
 */
export function withOffset(space: Connected, offset: string): Connected {
  if (space.record === undefined) {
    const isTheirs = space.pid !== undefined;
    return isTheirs && space.last !== offset ? { ...space, last: offset } : space;
  }
  const name = parseOffset(offset);
  if (name === undefined) return space;
  const before = space.seen[name.stream] ?? 0;
  const seen = name.n > before ? { ...space.seen, [name.stream]: name.n } : space.seen;
  return { ...space, seen, last: offset };
}
