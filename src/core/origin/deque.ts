/** Dropped heads that are kept until there are so many of them that moving the rest is cheap by comparison. */
const MAX_DROPPED = 1024;

/** First in, first out, with access by index; nothing in it costs more as it grows. */
export class Deque<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  get last(): Item | undefined {
    return this.length === 0 ? undefined : this.#items.at(-1);
  }

  at(index: number): Item | undefined {
    return this.#items[this.#head + index];
  }

  /** The index of the first item that is not before, where those that are before stand first; `length` for none. */
  firstNot(isBefore: (item: Item) => boolean): number {
    const { last } = this;
    if (last === undefined || isBefore(last)) return this.length;
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const item = this.at(middle);
      if (item !== undefined && isBefore(item)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  toArray(): Item[] {
    return this.#items.slice(this.#head).filter((item) => item !== undefined);
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | undefined {
    const item = this.#items[this.#head];
    if (this.length === 0) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) this.#clear();
    else if (this.#head >= MAX_DROPPED && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  #clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
