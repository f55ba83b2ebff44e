const MIB = 1024 * 1024;

/**
 * What may wait for all the clients of an isolate together. The platform gives an isolate 128 MB, and the objects of
 * a class may share one; there it ends them all, so that one of them has to be ended before.
 */
const MAX_ISOLATE_BYTES = 48 * MIB;

let queuedBytes = 0;

/** Counts a change of what waits; false when it is more than an isolate may hold. */
export function recordQueued(changeBytes: number): boolean {
  queuedBytes += changeBytes;
  return changeBytes <= 0 || queuedBytes <= MAX_ISOLATE_BYTES;
}
