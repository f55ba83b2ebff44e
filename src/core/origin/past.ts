import type { Address, Content, Data } from "../../wire/hub/content.ts";
import type { EventName } from "../../wire/hub/vector.ts";
import { Deque } from "./deque.ts";
import { PastIndex } from "./past-index.ts";

/** What an entry costs beside its data: its objects, and its places in the index. */
const ENTRY_BYTES = 300;

/** What a room of an address, or a stream of a vector, costs about. */
const NAME_BYTES = 50;

/** Binary data are kept by the frame in which they came: a small part of a large one is better copied. */
const MAX_WASTED_BYTES = 1024;

/** An event to one socket: emitted here, or forwarded by the origin that had emitted it, named as it was there. */
export interface Single {
  readonly type: "direct" | "forward";
  readonly nsp: string;
  readonly sid: string;
  readonly inner: EventName;
  readonly data: Data;
}

/** What this origin delivered, or obeyed, at one position of its own order. */
export interface PastEntry {
  readonly position: number;
  readonly at: number;
  readonly bytes: number;
  readonly name: EventName;
  readonly content: PastContent;
}

/** What is remembered of what is published, and of what is emitted here. */
export type PastContent = Exclude<Content, { type: "server-event" | "forward" }> | Single;

/**
 * What this origin delivered lately, in its own order, found by room and by socket. Bounded by age and bytes; what falls
 * out is told, so that nobody is restored from a past that has lost what he needs.
 */
export class Past {
  readonly #keepMs: number;
  readonly #maxBytes: number;
  readonly #dropped: (entry: PastEntry) => void;
  readonly #entries = new Deque<PastEntry>();
  readonly #index = new PastIndex();
  #next = 1;
  #start = 1;
  #bytes = 0;

  constructor(keepMs: number, maxBytes: number, dropped: (entry: PastEntry) => void) {
    this.#keepMs = keepMs;
    this.#maxBytes = maxBytes;
    this.#dropped = dropped;
  }

  /** The position that the next entry will have. */
  get next(): number {
    return this.#next;
  }

  /** Everything from this position on is here. */
  get start(): number {
    return this.#start;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(name: EventName, content: PastContent, now: number): PastEntry {
    const bytes = ENTRY_BYTES + bytesOf(content);
    const kept = withoutWaste(content);
    const entry = { position: this.#next, at: now, bytes, name, content: kept };
    this.#next += 1;
    this.#bytes += bytes;
    this.#entries.push(entry);
    this.#index.add(entry);
    while (this.#bytes > this.#maxBytes && this.#drop());
    return entry;
  }

  forget(now: number): void {
    const end = now - this.#keepMs;
    for (let first = this.#entries.first; first !== undefined; first = this.#entries.first) {
      if (first.at >= end) return;
      this.#drop();
    }
  }

  /** What was ordered of the sockets of a namespace, oldest first. */
  commands(nsp: string): Iterable<PastEntry> {
    return this.#index.commands(nsp);
  }

  /** What was emitted or forwarded to one socket, oldest first. */
  singles(nsp: string, sid: string): Iterable<PastEntry & { readonly content: Single }> {
    return this.#index.singles(nsp, sid);
  }

  /** By what a socket may have got the event of that name: hardly ever more than one, the newest first. */
  named(nsp: string, sid: string, name: EventName): readonly PastEntry[] {
    return this.#index.named(nsp, sid, name);
  }

  /**
   * Shows, newest first, all events before position `end` that were for everyone, for any of these rooms, or for this
   * socket alone, until `visit` says that it's enough.
   */
  backward(
    audience: { readonly nsp: string; readonly sid: string; readonly rooms: Iterable<string> },
    end: number,
    visit: (entry: PastEntry) => boolean,
  ): void {
    this.#index.backward(audience, end, visit);
  }

  #drop(): boolean {
    const entry = this.#entries.shift();
    if (entry === undefined) return false;
    this.#start = entry.position + 1;
    this.#bytes -= entry.bytes;
    this.#index.drop(entry);
    this.#dropped(entry);
    return true;
  }
}

/** Whether an address means a socket that is in `rooms`. */
export function isAddressed(to: Address, rooms: { has(room: string): boolean }): boolean {
  return (
    (to.rooms.length === 0 || to.rooms.some((room) => rooms.has(room))) &&
    !to.except.some((room) => rooms.has(room))
  );
}

/** What of an event is remembered, if anything. */
export function keptOf(content: Content): PastContent | undefined {
  switch (content.type) {
    case "server-event":
      return undefined;
    case "event":
      return content.isKept ? content : undefined;
    case "forward": {
      const { nsp, sid, name, data } = content;
      return { type: "forward", nsp, sid, inner: name, data };
    }
    case "join":
    case "leave":
    case "disconnect":
    case "notice":
      return content;
  }
}

function bytesOf(content: PastContent): number {
  const data = "data" in content ? content.data.length : 0;
  const names = "to" in content ? content.to.rooms.length + content.to.except.length : 0;
  const seen = content.type === "notice" ? content.seen.size : 0;
  return data + NAME_BYTES * (names + seen);
}

function withoutWaste(content: PastContent): PastContent {
  if (!("data" in content) || typeof content.data === "string") return content;
  const { byteLength, buffer } = content.data;
  const wasted = buffer.byteLength - byteLength;
  if (wasted <= MAX_WASTED_BYTES || wasted <= byteLength) return content;
  return { ...content, data: new Uint8Array(content.data) };
}
