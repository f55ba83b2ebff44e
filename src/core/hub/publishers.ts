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
  /**
   * Of publishers that this hub has never had a link to, mostly since they went before it began: how far origins say that
   * they have come. Sessions have seen them, and go to no newcomer that has never heard of them.
   */
  readonly #hearsay = new Map<Uid, { n: number; heardAt: number }>();

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
    this.#hearsay.delete(uid);
    return publisher;
  }

  /** An origin says how far it is. */
  hear(taken: Vector, now: number): void {
    for (const [uid, n] of taken) {
      if (this.#all.has(uid)) continue;
      const known = this.#hearsay.get(uid);
      if (known === undefined && this.#hearsay.size >= MAX_GONE) continue;
      this.#hearsay.set(uid, { n: Math.max(n, known?.n ?? 0), heardAt: now });
    }
  }

  bases(): Vector {
    const bases = new Map<Uid, number>();
    for (const [uid, { base }] of this.#all) bases.set(uid, base);
    return bases;
  }

  /** Where everybody's events begin for a process that has none: behind all that anybody was ever heard to have. */
  beginnings(): Vector {
    const bases = new Map(this.bases());
    for (const [uid, { n }] of this.#hearsay) bases.set(uid, n);
    return bases;
  }

  /** The last of everybody's events. */
  lasts(): Vector {
    const lasts = new Map<Uid, number>();
    for (const [uid, { n }] of this.#hearsay) lasts.set(uid, n);
    for (const [uid, { last }] of this.#all) lasts.set(uid, last);
    return lasts;
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
    for (const [uid, { heardAt }] of this.#hearsay) {
      if (now - heardAt > REMEMBERED_GRACES * this.#graceMs) this.#hearsay.delete(uid);
    }
    return forgotten.map(([uid]) => uid);
  }
}
