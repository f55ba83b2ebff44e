/** So many go at once within the window; what comes on top is spread, one every `APART_MS`. */
const AT_ONCE = 10;
const WINDOW_MS = 20;
const APART_MS = 1;

/**
 * Spreads the ends of sessions that go together with their origin, so that their clients' reconnects are spread as well.
 */
export class Paced {
  readonly #waiting: (() => void)[] = [];
  #recent: number[] = [];
  #dueAt = 0;

  run(action: () => void): void {
    const now = Date.now();
    this.#recent = this.#recent.filter((at) => at > now - WINDOW_MS);
    if (this.#recent.length < AT_ONCE && this.#waiting.length === 0) {
      this.#recent.push(now);
      action();
      return;
    }
    this.#waiting.push(action);
    if (this.#waiting.length > 1) return;
    this.#dueAt = now + APART_MS;
    setTimeout(() => this.#next(), APART_MS);
  }

  // By the clock: timers are late where there is little CPU, and what is late is not to make all behind it later.
  #next(): void {
    for (const now = Date.now(); this.#dueAt <= now; this.#dueAt += APART_MS) {
      const action = this.#waiting.shift();
      if (action === undefined) return;
      action();
    }
    if (this.#waiting.length > 0) setTimeout(() => this.#next(), APART_MS);
  }
}
