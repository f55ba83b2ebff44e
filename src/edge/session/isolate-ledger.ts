const MIB = 1024 * 1024;

/**
 * What may wait for all the clients of an isolate together. The platform gives an isolate 128 MB, and the objects of
 * a class may share one; there it ends them all, so that one of them has to be ended before.
 */
const MAX_ISOLATE_BYTES = 48 * MIB;

// Weakly, since nobody is told when an object is reset: what it held counts until its memory is free again.
const ledgers = new Set<WeakRef<ObjectLedger>>();
let isolateBytes = 0;

/** What waits for the clients of one object. */
export class ObjectLedger {
  #bytes = 0;

  constructor() {
    ledgers.add(new WeakRef(this));
  }

  /**
   * Counts a change; false when the isolate holds more than it may, and this object more than its share of that: those that
   * have less do not pay for those that have more, and together have no more than as much again.
   */
  record(changeBytes: number): boolean {
    this.#bytes += changeBytes;
    isolateBytes += changeBytes;
    if (changeBytes <= 0 || isolateBytes <= MAX_ISOLATE_BYTES) return true;
    const { bytes, holders } = recount();
    isolateBytes = bytes;
    return bytes <= MAX_ISOLATE_BYTES || this.#bytes <= MAX_ISOLATE_BYTES / holders;
  }

  get bytes(): number {
    return this.#bytes;
  }
}

function recount(): { readonly bytes: number; readonly holders: number } {
  let bytes = 0;
  let holders = 0;
  for (const reference of ledgers) {
    const ledger = reference.deref();
    if (ledger === undefined) ledgers.delete(reference);
    else if (ledger.bytes > 0) {
      bytes += ledger.bytes;
      holders += 1;
    }
  }
  return { bytes, holders };
}
