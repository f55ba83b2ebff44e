import type { Deque } from "./deque.ts";
import type { PastEntry } from "./past.ts";

/** Where a walk back through one list stands. */
export class BackwardHead {
  entry: PastEntry | undefined;
  readonly #list: Deque<PastEntry>;
  #index: number;

  constructor(list: Deque<PastEntry>, end: number) {
    this.#list = list;
    this.#index = firstFrom(list, end) - 1;
    this.entry = this.#index < 0 ? undefined : list.at(this.#index);
  }

  step(): void {
    this.#index -= 1;
    this.entry = this.#index < 0 ? undefined : this.#list.at(this.#index);
  }
}

/** The index of the first entry at `position` or after it. */
function firstFrom(list: Deque<PastEntry>, position: number): number {
  let low = 0;
  let high = list.length;
  if (high === 0 || (list.last?.position ?? 0) < position) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list.at(middle)?.position ?? 0) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
