/** What happens to an origin's session, and when, in ms. */
export interface Moment {
  readonly origin: string;
  readonly at: number;
}

/** Dropped ones are kept until there are so many: taken out one by one, each would move all the others. */
const MAX_DROPPED = 1000;

/** Moments in their order, the oldest of which are dropped again and again. */
export class Timeline {
  readonly #moments: Moment[] = [];
  #dropped = 0;

  get length(): number {
    return this.#moments.length - this.#dropped;
  }

  add(moment: Moment): void {
    this.#moments.push(moment);
  }

  /** The one at this place, counted from the oldest. */
  get(index: number): Moment | undefined {
    return index < 0 ? undefined : this.#moments[this.#dropped + index];
  }

  /** Drops those before an instant; gives how many they were. */
  dropBefore(instant: number): number {
    const before = this.#dropped;
    while ((this.get(0)?.at ?? Infinity) < instant) this.#dropped += 1;
    const count = this.#dropped - before;
    if (this.#dropped > Math.max(MAX_DROPPED, this.length)) {
      this.#moments.splice(0, this.#dropped);
      this.#dropped = 0;
    }
    return count;
  }
}
