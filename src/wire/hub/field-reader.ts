import { ByteReader } from "./byte-reader.ts";
import type { Address, Data, EmitFlags, NamedEvent, Place, SessionState } from "./content.ts";
import { textOf } from "./utf8.ts";
import type { EventName, StreamVector, Uid } from "./vector.ts";
import { parseStream, parseUid } from "./vector.ts";
import { isCount, vectorOf } from "./vector-field.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads what a `FieldWriter` has written. `read` gives what the function has read, if all of it was as expected; what isn't
 * is read as something empty. `read` must read in the order of the header, in which the data stand.
 */
export class FieldReader {
  readonly #fields: Fields;
  readonly #behind: ByteReader;
  #isSound = true;

  private constructor(fields: Fields, behind: ByteReader) {
    this.#fields = fields;
    this.#behind = behind;
  }

  static read<Value>(
    bytes: Uint8Array,
    read: (from: FieldReader) => Value | undefined,
  ): Value | undefined {
    const behind = new ByteReader(bytes);
    const header = behind.text(bytes.length);
    const fields = behind.fault === undefined ? parsed(header) : undefined;
    if (!isFields(fields)) return undefined;
    const from = new FieldReader(fields, behind);
    const value = read(from);
    return from.#isSound && behind.fault === undefined && behind.left === 0 ? value : undefined;
  }

  get type(): unknown {
    return this.#fields["type"];
  }

  has(key: string): boolean {
    return this.#fields[key] !== undefined;
  }

  text(key: string): string {
    const text = this.#fields[key];
    return typeof text === "string" ? text : this.#unsound("");
  }

  flag(key: string): boolean {
    const flag = this.#fields[key];
    return typeof flag === "boolean" ? flag : this.#unsound(false);
  }

  count(key: string): number {
    const count = this.#fields[key];
    return isCount(count) ? count : this.#unsound(0);
  }

  /** A span: not negative, but not whole either. */
  span(key: string): number {
    const span = this.#fields[key];
    return typeof span === "number" && span >= 0 && span < Infinity
      ? Math.abs(span)
      : this.#unsound(0);
  }

  uid(key: string): Uid | undefined {
    return parseUid(this.text(key));
  }

  /** Both lists may be missing, and then are empty. */
  address(): Address {
    return {
      rooms: this.has("rooms") ? this.rooms("rooms") : [],
      except: this.has("except") ? this.rooms("except") : [],
    };
  }

  rooms(key: string): readonly string[] {
    const rooms = this.#fields[key];
    return isRooms(rooms) ? rooms : this.#unsound([]);
  }

  flags(): EmitFlags {
    return {
      ...(this.has("volatile") && { volatile: this.flag("volatile") }),
      ...(this.has("compress") && { compress: this.flag("compress") }),
    };
  }

  data(key: string): Data {
    return this.#dataBy(this.#fields[key]);
  }

  name(key: string): EventName | undefined {
    const field = this.#fields[key];
    return Array.isArray(field) ? nameOf(field) : undefined;
  }

  place(key: string): Place {
    const from = this.#within(key);
    const place = { birth: from.count("birth"), moorings: from.count("moorings") };
    return this.#with(from, place);
  }

  session(key: string): SessionState {
    const from = this.#within(key);
    const session = {
      sid: from.text("sid"),
      pid: from.text("pid"),
      rooms: from.rooms("rooms"),
      data: from.data("data"),
    };
    return this.#with(from, session);
  }

  vector(key: string): StreamVector {
    return vectorOf(this.#fields[key]) ?? this.#unsound(new Map());
  }

  events(key: string): readonly NamedEvent[] {
    const list = this.#fields[key];
    const events: NamedEvent[] = [];
    if (!Array.isArray(list)) return this.#unsound(events);
    for (const entry of list) {
      const fields: readonly unknown[] = Array.isArray(entry) ? entry : [];
      const name = nameOf(fields);
      if (name === undefined) return this.#unsound(events);
      events.push({ name, data: this.#dataBy(fields[2]) });
    }
    return events;
  }

  #dataBy(field: unknown): Data {
    if (isFields(field)) {
      const { json, msgpack } = field;
      if (isCount(json) && msgpack === undefined)
        return textOf(this.#behind.take(json)) ?? this.#unsound("");
      if (isCount(msgpack) && json === undefined) return this.#behind.take(msgpack);
    }
    return this.#unsound("");
  }

  /** The object under that key; its data stand where this one's do. */
  #within(key: string): FieldReader {
    const fields = this.#fields[key];
    return new FieldReader(isFields(fields) ? fields : this.#unsound({}), this.#behind);
  }

  #with<Value>(inner: FieldReader, value: Value): Value {
    this.#isSound &&= inner.#isSound;
    return value;
  }

  #unsound<Value>(empty: Value): Value {
    this.#isSound = false;
    return empty;
  }
}

function nameOf([text, n]: readonly unknown[]): EventName | undefined {
  const stream = typeof text === "string" ? parseStream(text) : undefined;
  return stream !== undefined && isCount(n) && n > 0 ? { stream, n } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Numbers, and null for what is no room of anybody here, are let through as they are: see `roomsField`.
function isRooms(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isRoom);
}

function isRoom(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || value === null;
}
