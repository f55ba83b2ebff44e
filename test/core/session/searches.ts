const LOSSES_MS = 60_000;
const MAX_LOSSES = 3;

/** Whom a session may look for when its origin is gone, and how often. */
export class Searches {
  /** At whom the next dial must not be. */
  #avoided: string | undefined;
  /** Who may be passed over in this round, besides. */
  readonly #passedOver = new Set<string>();
  readonly #crashes: number[] = [];
  readonly #faults: string[];

  constructor(faults: string[]) {
    this.#faults = faults;
  }

  lost(origin: string): void {
    this.#avoided = origin;
    this.#passedOver.add(origin);
  }

  /** The session goes on without an origin that had not said that it would go. */
  crashed(now: number): void {
    this.#crashes.push(now);
    if (this.#crashes.filter((at) => at > now - LOSSES_MS).length > MAX_LOSSES) {
      this.#faults.push("a session goes on that has lost too many origins");
    }
  }

  wanted(except: readonly string[]): void {
    if (this.#avoided !== undefined && !except.includes(this.#avoided)) {
      this.#faults.push(`${this.#avoided} is dialled at once again`);
    }
    for (const origin of except) {
      if (!this.#passedOver.has(origin)) this.#faults.push(`${origin} is passed over`);
    }
  }

  /** A round is over. */
  failed(): void {
    this.#avoided = undefined;
    this.#passedOver.clear();
  }
}
