import type { Body } from "../../wire/hub/message.ts";
import { Deque } from "./deque.ts";

export interface Publication {
  readonly n: number;
  readonly body: Body;
}

/** What an event waiting costs beside its body. */
const EVENT_BYTES = 64;

/** What this origin has published and not everybody has taken, so that it may have to be sent again. */
export class Outbox {
  readonly #maxBytes: number;
  readonly #dropped: (events: number, bytes: number) => void;
  readonly #kept = new Deque<Publication>();
  #bytes = 0;
  #last = 0;
  #begin = 0;

  constructor(maxBytes: number, dropped: (events: number, bytes: number) => void) {
    this.#maxBytes = maxBytes;
    this.#dropped = dropped;
  }

  /** The number of the last event. */
  get last(): number {
    return this.#last;
  }

  /** Events after this one are kept. */
  get begin(): number {
    return this.#begin;
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  add(body: Body): Publication {
    this.#last += 1;
    const publication = { n: this.#last, body };
    this.#kept.push(publication);
    this.#bytes += EVENT_BYTES + body.byteLength;
    if (this.#bytes > this.#maxBytes) this.#overflow();
    return publication;
  }

  /** Everybody has taken the events up to `n`. */
  allTaken(n: number): void {
    for (let first = this.#kept.first; first !== undefined && first.n <= n;) {
      this.#shift();
      first = this.#kept.first;
    }
  }

  /** The kept events after `n`, in order. */
  *after(n: number): Iterable<Publication> {
    const first = this.#kept.first?.n ?? 0;
    for (let i = Math.max(0, n + 1 - first); i < this.#kept.length; i += 1) {
      const publication = this.#kept.at(i);
      if (publication !== undefined) yield publication;
    }
  }

  // The newest stays whatever its size: it is the one that is about to be sent.
  #overflow(): void {
    let events = 0;
    const before = this.#bytes;
    while (this.#bytes > this.#maxBytes && this.#kept.length > 1) {
      this.#shift();
      events += 1;
    }
    if (events > 0) this.#dropped(events, before - this.#bytes - events * EVENT_BYTES);
  }

  #shift(): void {
    const publication = this.#kept.shift();
    if (publication === undefined) return;
    this.#begin = publication.n;
    this.#bytes -= EVENT_BYTES + publication.body.byteLength;
  }
}
