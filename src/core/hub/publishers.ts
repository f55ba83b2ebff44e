import type { Uid, Vector } from "../../wire/hub/vector.ts";

/** How far one publisher's events are known. */
export interface Publisher {
  /** The number of the last. */
  last: number;
  /** Everything after this one is in the recent past. */
  base: number;
  /** What it has been told that everybody has taken. */
  told: number;
  /** When something was last heard of it. */
  heardAt: number;
}

/**
 * A publisher that is gone is known for this many graces more: whoever comes back meanwhile and lacks something of it has
 * to be told so.
 */
const REMEMBERED_GRACES = 10;

const MAX_GONE = 1024;

/** Everybody who publishes by this shard, or did lately. */
export class Publishers {
  readonly #graceMs: number;
  readonly #all = new Map<Uid, Publisher>();

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  get(uid: Uid): Publisher | undefined {
    return this.#all.get(uid);
  }

  entries(): IterableIterator<[Uid, Publisher]> {
    return this.#all.entries();
  }

  /** It keeps its events after `kept`; those before are taken by everybody, or lost. */
  linked(uid: Uid, kept: number, now: number): Publisher {
    const known = this.#all.get(uid);
    if (known === undefined) return this.add(uid, kept, now);
    if (kept > known.last) {
      known.last = kept;
      known.base = kept;
    }
    known.told = kept;
    known.heardAt = now;
    return known;
  }

  add(uid: Uid, last: number, now: number): Publisher {
    const publisher = { last, base: last, told: last, heardAt: now };
    this.#all.set(uid, publisher);
    return publisher;
  }

  bases(): Vector {
    const bases = new Map<Uid, number>();
    for (const [uid, { base }] of this.#all) bases.set(uid, base);
    return bases;
  }

  /** Forgets who is gone for long, or among the oldest of too many; gives the uids. */
  forget(isHere: (uid: Uid) => boolean, now: number): readonly Uid[] {
    const gone = [...this.#all].filter(
      ([uid, { heardAt }]) => !isHere(uid) && now - heardAt > this.#graceMs,
    );
    gone.sort(([, a], [, b]) => a.heardAt - b.heardAt);
    const tooMany = gone.length - MAX_GONE;
    const forgotten = gone.filter(
      ([, { heardAt }], i) => i < tooMany || now - heardAt > REMEMBERED_GRACES * this.#graceMs,
    );
    for (const [uid] of forgotten) this.#all.delete(uid);
    return forgotten.map(([uid]) => uid);
  }
}
