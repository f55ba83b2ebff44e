/** The largest of the numbers that were seen within a span. */
export class RecentMost {
  readonly #spanMs: number;
  #most = 0;
  #seenAt = -Infinity;

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  /** With one more. */
  most(seen: number, now: number): number {
    if (seen >= this.#most || this.#seenAt <= now - this.#spanMs) {
      this.#most = seen;
      this.#seenAt = now;
    }
    return this.#most;
  }
}
