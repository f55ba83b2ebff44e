import type { Snapshot } from "../../core/pool/snapshot.ts";

/** How long a session that this isolate gave away may be missing from the pool's counts, in ms. */
const UNCOUNTED_MS = 2000;

/** How long a session object gathers before it reports, in ms. */
const GATHERED_MS = 1000;

/** How long a snapshot is good for, in ms. */
const SNAPSHOT_MS = 1000;

/** Room that is promised to one isolate is kept from the others, so that more would have them mint objects. */
const MARGIN = 1.25;

/**
 * The sessions that this isolate has given away lately. The pool's counts are some moments old, and a burst in those
 * moments would all go to the origin that had the fewest.
 */
export class Given {
  #lately: { origin: string; at: number }[] = [];

  /** How many it will give away until the next snapshot: as many as in the last second, and some. */
  get expected(): number {
    const since = Date.now() - SNAPSHOT_MS;
    return 1 + Math.ceil(this.#lately.filter(({ at }) => at >= since).length * MARGIN);
  }

  add(origin: string): void {
    this.#lately.push({ origin, at: Date.now() });
  }

  /** A snapshot with them counted. */
  added(snapshot: Snapshot): Snapshot {
    const now = Date.now();
    this.#lately = this.#lately.filter(({ at }) => at >= now - UNCOUNTED_MS);
    // The snapshot has all that was reported before it: counted here as well, a burst would overshoot.
    const uncounted = this.#lately.filter(({ at }) => at >= snapshot.takenAt - GATHERED_MS);
    if (uncounted.length === 0) return snapshot;
    const counts = new Map<string, number>();
    for (const { origin } of uncounted) counts.set(origin, (counts.get(origin) ?? 0) + 1);
    const origins = snapshot.origins.map((origin) => {
      return { ...origin, sessions: origin.sessions + (counts.get(origin.name) ?? 0) };
    });
    return { ...snapshot, origins };
  }
}
