import type { Deque } from "./deque.ts";
import type { PastEntry } from "./past.ts";

/** Where a walk back through one list stands. */
export class BackwardHead {
  entry: PastEntry | undefined;
  readonly #list: Deque<PastEntry>;
  #index: number;

  constructor(list: Deque<PastEntry>, end: number) {
    this.#list = list;
    this.#index = list.firstNot(({ position }) => position < end) - 1;
    this.entry = this.#index < 0 ? undefined : list.at(this.#index);
  }

  step(): void {
    this.#index -= 1;
    this.entry = this.#index < 0 ? undefined : this.#list.at(this.#index);
  }
}
