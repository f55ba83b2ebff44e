import type { Response } from "../wire/hub/content.ts";
import type { Uid } from "../wire/hub/vector.ts";

/** Who has asked something of the other origins. */
export interface Asker {
  /** An origin's answer, or one of its answers. */
  answered(from: Uid, response: Response): void;
  /** Nothing more comes from this origin: that was its last answer, or it is gone. */
  done?(from: Uid): void;
  /** All are done; or the time is over, and so many are not. Nothing comes after it. */
  ended(missing: number): void;
}

/** Node takes longer times for none at all. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Asked {
  readonly asker: Asker;
  readonly waitedFor: Set<Uid>;
  readonly timer: NodeJS.Timeout;
}

/** What this origin has asked the others, and who has not answered yet. */
export class Requests {
  readonly #asked = new Map<number, Asked>();

  /** How many wait. */
  get size(): number {
    return this.#asked.size;
  }

  begin(id: number, peers: Iterable<Uid>, timeoutMs: number, asker: Asker): void {
    const waitedFor = new Set(peers);
    if (waitedFor.size === 0) {
      asker.ended(0);
      return;
    }
    const timer = setTimeout(
      () => this.#end(id, waitedFor.size),
      Math.min(timeoutMs, MAX_TIMER_MS),
    ).unref();
    this.#asked.set(id, { asker, waitedFor, timer });
  }

  answered(from: Uid, id: number, isLast: boolean, response: Response): void {
    const asked = this.#asked.get(id);
    if (!asked?.waitedFor.has(from)) return;
    asked.asker.answered(from, response);
    if (isLast) this.#done(id, asked, from);
  }

  /** Who is linked now: nobody else will answer. */
  keepOnly(peers: ReadonlySet<Uid>): void {
    for (const [id, asked] of this.#asked) {
      for (const uid of asked.waitedFor) if (!peers.has(uid)) this.#done(id, asked, uid);
    }
  }

  #done(id: number, { asker, waitedFor }: Asked, uid: Uid): void {
    waitedFor.delete(uid);
    asker.done?.(uid);
    if (waitedFor.size === 0) this.#end(id, 0);
  }

  #end(id: number, missing: number): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    this.#asked.delete(id);
    clearTimeout(asked.timer);
    asked.asker.ended(missing);
  }
}
