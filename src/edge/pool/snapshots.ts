import { waitUntil } from "cloudflare:workers";
import type { Pool } from "../../core/pool/pool.ts";
import type { Snapshot } from "../../core/pool/snapshot.ts";
import type { Pools } from "../contracts.ts";
import { log } from "../log.ts";

/** How long a snapshot is taken as it is. */
const LIFETIME_MS = 1000;

/** How long it is still good while the next one is on its way; an older one is waited for. */
const STALE_MS = 2000;

/** How long a handshake waits for its pool before it goes on with what is known. */
const PATIENCE_MS = 1000;

/** An ask is given up after this: what has become of it is no longer worth waiting for. */
const LOST_MS = 5000;

/** Asks the pool object. */
export type Ask = (place: string) => Promise<Snapshot>;

/**
 * What this isolate knows of a pool. The pool object is asked at most once in a snapshot's lifetime, however many
 * handshakes arrive; while it doesn't answer, the last snapshot goes on, or the configuration.
 */
export class Snapshots {
  readonly #ask: Ask | undefined;
  #last: Snapshot;
  #askedAt = -Infinity;
  #answeredAt = -Infinity;
  #asking: Promise<void> | undefined;

  constructor(pool: Pool, ask: Ask | undefined) {
    this.#ask = ask;
    this.#last = configured(pool);
  }

  async now(place: string): Promise<Snapshot> {
    const age = Date.now() - this.#answeredAt;
    if (age < LIFETIME_MS || this.#ask === undefined) return this.#last;
    this.#refresh(this.#ask, place);
    // Counted from when it was asked, so that a pool which hangs keeps waiting only those who come meanwhile.
    const waitMs = this.#askedAt + PATIENCE_MS - Date.now();
    if (age >= STALE_MS && waitMs > 0) {
      await Promise.race([this.#asking, scheduler.wait(waitMs)]);
    }
    return this.#last;
  }

  #refresh(ask: Ask, place: string): void {
    const leastMs = this.#asking === undefined ? LIFETIME_MS : LOST_MS;
    if (Date.now() - this.#askedAt < leastMs) return;
    this.#askedAt = Date.now();
    const asking = this.#take(ask, place).finally(() => {
      if (this.#asking === asking) this.#asking = undefined;
    });
    this.#asking = asking;
    // Others wait for it too: it must not end with the request that began it.
    waitUntil(asking);
  }

  async #take(ask: Ask, place: string): Promise<void> {
    try {
      const snapshot = await ask(place);
      // One that was given up may still be answered, after a later one.
      if (snapshot.takenAt < this.#last.takenAt) return;
      this.#last = snapshot;
      this.#answeredAt = Date.now();
    } catch (error) {
      log("pool-unreachable", { error: String(error) });
    }
  }
}

/** The pool as it is configured, with everybody up. */
function configured(pool: Pool): Snapshot {
  const origins = pool.origins.map((origin) => ({
    ...origin,
    admin: "ready" as const,
    health: "up" as const,
    sessions: 0,
    upSince: 0,
  }));
  return { takenAt: 0, origins, objects: 0, open: [] };
}

/** The pool object of a pool. */
export function poolObject(
  namespace: DurableObjectNamespace<Pools>,
  pool: string,
): DurableObjectStub<Pools> {
  return namespace.get(namespace.idFromName(pool));
}
