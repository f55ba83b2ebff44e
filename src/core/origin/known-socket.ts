import type { NamedEvent, Place, SessionState } from "../../wire/hub/content.ts";
import type { EventName, Stream, StreamVector } from "../../wire/hub/vector.ts";
import { isSameName } from "../../wire/hub/vector.ts";
import { formatOffset } from "../../wire/recovery/offset.ts";
import type { SocketName } from "./origin.ts";
import type { Past, PastEntry } from "./past.ts";
import { isAddressed } from "./past.ts";
import { RoomHistory } from "./room-history.ts";

/** More than that many changes of rooms within the past are not remembered: offsets before them are unknown. */
const MAX_ROOM_CHANGES = 10_000;

/** What a socket begins with. */
export interface Beginning {
  readonly pid: string;
  readonly place: Place;
  readonly rooms: Iterable<string>;
  /** How far its client is where that is further than this origin. */
  readonly floors: Map<Stream, number>;
  /** The offset that its client got last before it was here, "" for none. */
  readonly last: string;
  /** What it was sent when it was restored. */
  readonly restoredWith: readonly NamedEvent[];
}

/** Where a socket's being served here ended, so far as anybody else is concerned. */
export interface Cut {
  readonly position: number;
  readonly vector: StreamVector;
}

/**
 * A socket that is here, or was lost and may come back. What it was sent is not written down with each event: it follows
 * from the past, from its rooms at each position, and from the few events that it did not get.
 */
export class KnownSocket {
  readonly name: SocketName;
  readonly pid: string;
  readonly place: Place;
  readonly rooms: RoomHistory;
  /**
   * How far it is where that is further than this origin: of others' events, until this origin has come so far; of
   * what others had emitted to it alone, for good.
   */
  readonly floors: Map<Stream, number>;
  /** From here on it gets nothing that counts: it is lost, or about to be dropped. */
  cut: Cut | undefined;
  /** How it was when it was lost. */
  lost: { readonly state: SessionState; readonly at: number } | undefined;
  /** Its session was too large for a record, or could not be encoded, and the edge knows. */
  isUnrecoverable = false;
  /** What was emitted to it alone, here, up to this number, is forgotten. */
  forgotten = 0;
  recordedAt: number;

  readonly #beganAt: number;
  /** The offset that it began with, for as long as what it was restored with is known. */
  #lastBefore: string | undefined;
  /** It has what was emitted to it here only from this position on. */
  #begin: number;
  #restoredWith: readonly NamedEvent[];
  /** The offset that it was sent last, at any position before `#lastUpTo`. */
  #last: string;
  #lastUpTo: number;
  readonly #skipped = new Set<number>();

  constructor(name: SocketName, beginning: Beginning, position: number, now: number) {
    this.name = name;
    this.pid = beginning.pid;
    this.place = beginning.place;
    this.rooms = new RoomHistory(beginning.rooms);
    this.floors = beginning.floors;
    this.recordedAt = now;
    this.#beganAt = now;
    this.#begin = position;
    this.#restoredWith = beginning.restoredWith;
    this.#lastBefore = beginning.last;
    const sentLast = beginning.restoredWith.at(-1);
    this.#last = sentLast === undefined ? beginning.last : formatOffset(sentLast.name);
    this.#lastUpTo = position;
  }

  /** It did not get the event at that position, since its client has it already. */
  skip(position: number): void {
    this.#skipped.add(position);
  }

  /**
   * What it was sent after that offset; `undefined` where that can't be told for certain. Clients choose offsets: what one
   * that this socket was never sent costs must not grow with the past.
   */
  sentAfter(offset: string, name: EventName | undefined, past: Past): NamedEvent[] | undefined {
    const position = name && this.#positionOf(name, past);
    if (position !== undefined) return this.#sentFrom(position + 1, past);
    if (offset === this.#last) {
      return this.#isLastKnown(past) ? this.#sentFrom(this.#lastUpTo, past) : undefined;
    }
    if (this.#begin < past.start) return undefined;
    const before = this.#restoredAfter(offset, name);
    return before && [...before, ...this.#sentFrom(this.#begin, past)];
  }

  /**
   * Notes what it was sent last, while the past still tells, and forgets what is older than the past: an offset of a
   * quiet client stays known for as long as it is here.
   */
  settle(past: Past, now: number, keepMs: number): void {
    if (this.#isLastKnown(past)) {
      this.#walkBack(past, this.#lastUpTo, ({ name }) => {
        this.#last = formatOffset(name);
        return false;
      });
      this.#lastUpTo = this.cut?.position ?? past.next;
    }
    this.rooms.forget(past.start);
    for (const position of this.#skipped) if (position < past.start) this.#skipped.delete(position);
    if (now - this.#beganAt > keepMs) this.#forgetBeginning();
    if (this.rooms.changes > MAX_ROOM_CHANGES) {
      this.rooms.forget(past.next);
      this.#begin = past.next;
      this.#forgetBeginning();
    }
  }

  /** Where in the past it was sent the event of that name. */
  #positionOf(name: EventName, past: Past): number | undefined {
    const { nsp, sid } = this.name;
    const end = this.cut?.position ?? past.next;
    const sent = past.named(nsp, sid, name).find((entry) => {
      const { position } = entry;
      if (position < this.#begin || position >= end || this.#skipped.has(position)) return false;
      return eventFor(entry, this.rooms.backward()(position)) !== undefined;
    });
    return sent?.position;
  }

  #sentFrom(position: number, past: Past): NamedEvent[] {
    const events: NamedEvent[] = [];
    this.#walkBack(past, position, (event) => events.push(event) > 0);
    return events.toReversed();
  }

  /** What it was restored with after that offset. */
  #restoredAfter(offset: string, name: EventName | undefined): readonly NamedEvent[] | undefined {
    if (offset === this.#lastBefore) return this.#restoredWith;
    const index = this.#restoredWith.findLastIndex((one) => name && isSameName(one.name, name));
    return index === -1 ? undefined : this.#restoredWith.slice(index + 1);
  }

  #forgetBeginning(): void {
    this.#restoredWith = [];
    this.#lastBefore = undefined;
  }

  /** Whether the past still has all that it may have been sent since `#last` was noted. */
  #isLastKnown(past: Past): boolean {
    return this.#lastUpTo >= Math.min(past.start, this.cut?.position ?? past.next);
  }

  /** Shows what it was sent from position `from` on, newest first. */
  #walkBack(past: Past, from: number, visit: (event: NamedEvent) => boolean): void {
    const roomsAt = this.rooms.backward();
    const { nsp, sid } = this.name;
    const low = Math.max(from, this.#begin);
    const end = this.cut?.position ?? past.next;
    past.backward({ nsp, sid, rooms: this.rooms.everIn() }, end, (entry) => {
      if (entry.position < low) return false;
      const event = this.#skipped.has(entry.position)
        ? undefined
        : eventFor(entry, roomsAt(entry.position));
      return event === undefined || visit(event);
    });
  }
}

/** The event that a socket in these rooms got by an entry of the past, if any. */
export function eventFor(entry: PastEntry, rooms: ReadonlySet<string>): NamedEvent | undefined {
  const { content } = entry;
  if (content.type === "direct" || content.type === "forward") {
    return { name: content.inner, data: content.data };
  }
  if (content.type !== "event" || !isAddressed(content.to, rooms)) return undefined;
  return { name: entry.name, data: content.data };
}
