import { ByteWriter, MAX_NUMBER_BYTES } from "./byte-writer.ts";
import type { Data, NamedEvent, Place, SessionState } from "./content.ts";
import { bytesOf } from "./utf8.ts";
import type { EventName } from "./vector.ts";

/** JSON objects whose data stand behind the header, in the order in which the header names them. */
export class FieldWriter {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** What the header says of data: their form, and how many bytes they are. */
  data(data: Data): object {
    const isText = typeof data === "string";
    const piece = isText ? bytesOf(data) : data;
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    return isText ? { json: piece.length } : { msgpack: piece.length };
  }

  session({ sid, pid, rooms, data }: SessionState): object {
    return { sid, pid, rooms: roomsField(rooms), data: this.data(data) };
  }

  events(events: readonly NamedEvent[]): object {
    return events.map(({ name, data }) => [...nameField(name), this.data(data)]);
  }

  /** The header's length, the header, the data. */
  finish(header: object): Uint8Array {
    const text = bytesOf(JSON.stringify(header));
    const to = new ByteWriter(MAX_NUMBER_BYTES + text.length + this.#bytes).body(text);
    for (const piece of this.#pieces) to.raw(piece);
    return to.bytes;
  }
}

/** `undefined`, which is no field, for an empty list. */
export function someRooms(rooms: readonly string[]): object | undefined {
  return rooms.length === 0 ? undefined : roomsField(rooms);
}

/**
 * Rooms are texts, but applications in JavaScript have numbers as well, and Socket.IO doesn't mind. What is neither can
 * be a room of its own process only; it must not fall out, since no rooms at all are everybody.
 */
export function roomsField(rooms: readonly unknown[]): object {
  return rooms.every(isTextOrNumber)
    ? rooms
    : rooms.map((room) => (isTextOrNumber(room) ? room : null));
}

export function nameField({ stream, n }: EventName): [string, number] {
  return [stream, n];
}

export function placeField({ birth, moorings }: Place): object {
  return { birth, moorings };
}

function isTextOrNumber(room: unknown): boolean {
  return typeof room === "string" || typeof room === "number";
}
