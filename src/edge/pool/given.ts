import type { Snapshot } from "../../core/pool/snapshot.ts";
import type { Moment } from "./timeline.ts";
import { Timeline } from "./timeline.ts";

/** How long a session whose handshake is over may be missing from the pool's counts, in ms. */
const UNCOUNTED_MS = 2000;

/** A handshake whose end was not heard of by then counts for nothing any more, in ms. */
const LOST_MS = 10_000;

/** How long a session object gathers before it reports, in ms. */
const GATHERED_MS = 1000;

/** How long a snapshot is good for, in ms. */
const SNAPSHOT_MS = 1000;

/** Room that is promised to one isolate is kept from the others, so that more would have them mint objects. */
const MARGIN = 1.25;

/**
 * The sessions that this isolate has given away lately. The pool's counts are some moments old, and a burst in those
 * moments would all go to the origin that had the fewest. A handshake counts for as long as it takes, which with a slow
 * origin is longer than the moments. They are counted as they come and go: a burst walks through them for no handshake.
 */
export class Given {
  readonly #begun = new Timeline();
  /** Handshakes under way, in the order in which they began. */
  readonly #open = new Set<Moment>();
  /** The ends of others. */
  readonly #ended = new Timeline();
  /** The place from which on they are counted: the snapshot has those before it. */
  #from = 0;
  /** By origin, those under way and those that have ended and are counted. */
  readonly #counts = new Map<string, number>();

  /** How many it will give away until the next snapshot: as many as in the last second, and some. */
  get expected(): number {
    this.#begun.dropBefore(Date.now() - SNAPSHOT_MS);
    return 1 + Math.ceil(this.#begun.length * MARGIN);
  }

  /**
   * A session is given to this origin. Gives what is to be called when its handshake is over: it may have failed, and is
   * counted for some moments all the same, or an origin that refuses fast would draw all of them.
   */
  add(origin: string): () => void {
    const begun: Moment = { origin, at: Date.now() };
    this.#begun.dropBefore(begun.at - SNAPSHOT_MS);
    this.#begun.add(begun);
    this.#open.add(begun);
    this.#count(begun, 1);
    return () => {
      if (this.#open.delete(begun)) this.#ended.add({ origin, at: Date.now() });
    };
  }

  /** A snapshot with them counted. */
  added(snapshot: Snapshot): Snapshot {
    const now = Date.now();
    this.#forgetLost(now - LOST_MS);
    // The snapshot has all that was reported before it: counted here as well, a burst would overshoot.
    this.#countFrom(Math.max(snapshot.takenAt - GATHERED_MS, now - UNCOUNTED_MS));
    this.#from -= this.#ended.dropBefore(now - UNCOUNTED_MS);
    if (this.#counts.size === 0) return snapshot;
    const origins = snapshot.origins.map((origin) => {
      return { ...origin, sessions: origin.sessions + (this.#counts.get(origin.name) ?? 0) };
    });
    return { ...snapshot, origins };
  }

  #forgetLost(before: number): void {
    for (const begun of this.#open) {
      if (begun.at >= before) break;
      this.#open.delete(begun);
      this.#count(begun, -1);
    }
  }

  #countFrom(instant: number): void {
    for (let end = this.#ended.get(this.#from); end && end.at < instant;) {
      this.#count(end, -1);
      this.#from += 1;
      end = this.#ended.get(this.#from);
    }
    for (let end = this.#ended.get(this.#from - 1); end && end.at >= instant;) {
      this.#count(end, 1);
      this.#from -= 1;
      end = this.#ended.get(this.#from - 1);
    }
  }

  #count({ origin }: Moment, change: number): void {
    const count = (this.#counts.get(origin) ?? 0) + change;
    if (count === 0) this.#counts.delete(origin);
    else this.#counts.set(origin, count);
  }
}
