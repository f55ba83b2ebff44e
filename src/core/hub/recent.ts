import type { FromHub } from "../../wire/hub/message.ts";

export type HubEvent = Extract<FromHub, { type: "event" }>;

interface Entry {
  readonly event: HubEvent;
  readonly at: number;
}

/** What the bookkeeping of one event takes, about. */
const ENTRY_BYTES = 128;

/** Forgotten entries that are dragged along before the list is copied without them. */
const MAX_FORGOTTEN = 4096;

/** The recent past in the hub's own order; each event has a position that it keeps. */
export class Recent {
  readonly #ageMs: number;
  readonly #maxBytes: number;
  #entries: Entry[] = [];
  /** How many of the entries are forgotten, and the position of the first that is not. */
  #head = 0;
  #start = 0;
  #bytes = 0;

  constructor(ageMs: number, maxBytes: number) {
    this.#ageMs = ageMs;
    this.#maxBytes = maxBytes;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#start + this.#entries.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  at(position: number): HubEvent | undefined {
    if (position < this.#start) return undefined;
    return this.#entries[position - this.#start + this.#head]?.event;
  }

  push(event: HubEvent, now: number): void {
    this.#entries.push({ event, at: now });
    this.#bytes += bytesOf(event);
  }

  /** Forgets what is too old or too much; gives the events. */
  trim(now: number): readonly HubEvent[] {
    const forgotten: HubEvent[] = [];
    for (;;) {
      const first = this.#entries[this.#head];
      if (first === undefined) break;
      if (now - first.at <= this.#ageMs && this.#bytes <= this.#maxBytes) break;
      forgotten.push(first.event);
      this.#bytes -= bytesOf(first.event);
      this.#head += 1;
      this.#start += 1;
      if (this.#head > MAX_FORGOTTEN || this.#head === this.#entries.length) this.#compact();
    }
    return forgotten;
  }

  #compact(): void {
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}

function bytesOf({ body }: HubEvent): number {
  return body.byteLength + ENTRY_BYTES;
}
