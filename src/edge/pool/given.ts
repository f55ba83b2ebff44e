import type { Snapshot } from "../../core/pool/snapshot.ts";

/** How long a session whose handshake is over may be missing from the pool's counts, in ms. */
const UNCOUNTED_MS = 2000;

/** A handshake whose end was not heard of by then is over, in ms. */
const LOST_MS = 10_000;

/** How long a session object gathers before it reports, in ms. */
const GATHERED_MS = 1000;

/** How long a snapshot is good for, in ms. */
const SNAPSHOT_MS = 1000;

/** Room that is promised to one isolate is kept from the others, so that more would have them mint objects. */
const MARGIN = 1.25;

interface GivenSession {
  readonly origin: string;
  readonly at: number;
  endedAt: number | undefined;
}

/**
 * The sessions that this isolate has given away lately. The pool's counts are some moments old, and a burst in those
 * moments would all go to the origin that had the fewest. A handshake counts for as long as it takes, which with a slow
 * origin is longer than the moments.
 */
export class Given {
  readonly #lately = new Set<GivenSession>();

  /** How many it will give away until the next snapshot: as many as in the last second, and some. */
  get expected(): number {
    const since = Date.now() - SNAPSHOT_MS;
    const recent = [...this.#lately].filter(({ at }) => at >= since);
    return 1 + Math.ceil(recent.length * MARGIN);
  }

  /**
   * A session is given to this origin. Gives what is to be called when its handshake is over: it may have failed, and is
   * counted for some moments all the same, or an origin that refuses fast would draw all of them.
   */
  add(origin: string): () => void {
    const session: GivenSession = { origin, at: Date.now(), endedAt: undefined };
    this.#lately.add(session);
    return () => (session.endedAt = Date.now());
  }

  /** A snapshot with them counted. */
  added(snapshot: Snapshot): Snapshot {
    const now = Date.now();
    // The snapshot has all that was reported before it: counted here as well, a burst would overshoot.
    const reportedBefore = snapshot.takenAt - GATHERED_MS;
    const counts = new Map<string, number>();
    for (const session of this.#lately) {
      const { origin, at, endedAt = Infinity } = session;
      const isOver = endedAt < now - UNCOUNTED_MS || (endedAt === Infinity && at < now - LOST_MS);
      if (isOver) this.#lately.delete(session);
      else if (endedAt >= reportedBefore) counts.set(origin, (counts.get(origin) ?? 0) + 1);
    }
    if (counts.size === 0) return snapshot;
    const origins = snapshot.origins.map((origin) => {
      return { ...origin, sessions: origin.sessions + (counts.get(origin.name) ?? 0) };
    });
    return { ...snapshot, origins };
  }
}
