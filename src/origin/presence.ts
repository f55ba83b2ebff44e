import type { Uid } from "../wire/hub/vector.ts";

/** Whoever loses the hub with us is back in less, or has more to do than to come back. */
const COMING_BACK_MS = 2000;

/** Which other servers there are, and whether one may be just coming back. */
export class Presence {
  #peers: ReadonlySet<Uid> = new Set();
  /** Who has left, and when. */
  readonly #left = new Map<Uid, number>();
  #welcomedAt = -Infinity;

  get peers(): ReadonlySet<Uid> {
    return this.#peers;
  }

  changed(peers: ReadonlySet<Uid>, now: number): void {
    for (const [uid, leftAt] of this.#left) {
      if (peers.has(uid) || leftAt + COMING_BACK_MS < now) this.#left.delete(uid);
    }
    for (const uid of this.#peers) if (!peers.has(uid)) this.#left.set(uid, now);
    this.#peers = new Set(peers);
  }

  /** The hub has answered the hello of a link. */
  welcomed(now: number): void {
    this.#welcomedAt = now;
  }

  isAwaiting(now: number): boolean {
    const since = now - COMING_BACK_MS;
    return this.#welcomedAt > since || [...this.#left.values()].some((leftAt) => leftAt > since);
  }
}
