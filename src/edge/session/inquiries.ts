import type { DialQueue } from "./dial-queue.ts";

/** Sessions that lose their origin together ask together; one that comes later has an answer of its own. */
const TOGETHER_MS = 100;

interface Inquiry {
  readonly at: number;
  readonly answer: Promise<boolean>;
}

/**
 * The questions whether an origin lives that has ended its sessions: one for all that it ended at a time, in a place among the
 * object's dials, since an object has few connections at a time.
 */
export class Inquiries {
  readonly #queue: DialQueue;
  readonly #latest = new Map<string, Inquiry>();

  constructor(queue: DialQueue) {
    this.#queue = queue;
  }

  isAlive(origin: string, ask: () => Promise<boolean>): Promise<boolean> {
    const latest = this.#latest.get(origin);
    if (latest && latest.at > Date.now() - TOGETHER_MS) return latest.answer;
    const inquiry = { at: Date.now(), answer: this.#ask(origin, ask) };
    this.#latest.set(origin, inquiry);
    const forget = () => {
      if (this.#latest.get(origin) === inquiry) this.#latest.delete(origin);
    };
    void inquiry.answer.then(forget, forget);
    return inquiry.answer;
  }

  async #ask(origin: string, ask: () => Promise<boolean>): Promise<boolean> {
    await this.#queue.start({ origins: [origin], apartMs: 0, isWanted: () => true });
    try {
      return await ask();
    } finally {
      this.#queue.end(origin);
    }
  }
}
