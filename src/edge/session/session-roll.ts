import type { Cause } from "../../core/session/cause.ts";
import type { SessionKey } from "../../wire/sid.ts";
import type { LiveSession } from "./live-session.ts";
import type { Paced } from "./paced.ts";

/** The sessions of one object. */
export class SessionRoll {
  readonly #sessions = new Map<SessionKey, LiveSession>();
  readonly #paced: Paced;

  constructor(paced: Paced) {
    this.#paced = paced;
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(key: SessionKey): LiveSession | undefined {
    return this.#sessions.get(key);
  }

  add(key: SessionKey, session: LiveSession): void {
    this.#sessions.set(key, session);
  }

  remove(key: SessionKey): void {
    this.#sessions.delete(key);
  }

  /** Asks so many of an origin's sessions that can to go elsewhere, those first that were not asked for the longest time. */
  move(origin: string, count: number): number {
    let asked = 0;
    const theirs = [...this.#sessions].filter(([, session]) => session.origin === origin);
    for (const [key, session] of theirs) {
      if (asked >= count) break;
      if (session.isMoving || !session.isMovable) continue;
      // To the end of the row, behind those that are still to be asked.
      this.#sessions.delete(key);
      this.#sessions.set(key, session);
      session.move();
      asked += 1;
    }
    return asked;
  }

  /** Has an origin's sessions leave it at once, and ends those that can't go elsewhere. */
  end(origin: string, cause: Cause): number {
    const theirs = [...this.#sessions.values()].filter((session) => session.origin === origin);
    // In turn, so that their clients' reconnects are spread as well.
    for (const session of theirs) {
      this.#paced.run(() => {
        // Before its turn it may have gone to another.
        if (session.origin === origin) session.leave(cause);
      });
    }
    return theirs.length;
  }

  /** Ends the one for which most is kept. */
  endLargest(cause: Cause): void {
    let largest: LiveSession | undefined;
    for (const session of this.#sessions.values()) {
      if (session.queuedBytes > (largest?.queuedBytes ?? 0)) largest = session;
    }
    largest?.condemn(cause);
  }
}
