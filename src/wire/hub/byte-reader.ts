import { MAX_NUMBER_BYTES, UID_BYTES } from "./byte-writer.ts";
import { textOf } from "./utf8.ts";
import type { Uid } from "./vector.ts";
import { parseUid } from "./vector.ts";

/** Reading ends at the first fault: from there on every value is empty, and `fault` says what was wrong. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #fault: string | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  fail(fault: string): void {
    this.#fault ??= `${fault} (byte ${this.#at})`;
    this.#at = this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) {
      this.fail("Expected another byte, got the end");
      return 0;
    }
    this.#at += 1;
    return byte;
  }

  /** A byte that is 0 or 1. */
  flag(): boolean {
    const byte = this.byte();
    if (byte > 1) this.fail(`Expected 0 or 1, got ${byte}`);
    return byte === 1;
  }

  /** An unsigned LEB128 of at most 53 bits, in its shortest form, at least `least`. */
  number(least = 0): number {
    let value = 0;
    let scale = 1;
    for (let length = 1; length <= MAX_NUMBER_BYTES; length += 1) {
      const byte = this.byte();
      if (this.#fault !== undefined) return 0;
      // Not by shifting, which is of 32 bits.
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (byte < 0x80) return this.#checked(value, least, byte === 0 && length > 1);
    }
    this.fail(`Expected a number of at most ${MAX_NUMBER_BYTES} bytes, got more`);
    return 0;
  }

  #checked(value: number, least: number, isOverlong: boolean): number {
    if (isOverlong) this.fail("Expected a number in its shortest form, got a longer one");
    else if (value > Number.MAX_SAFE_INTEGER) this.fail("Expected a number below 2^53, got more");
    else if (value < least) this.fail(`Expected a number from ${least} on, got ${value}`);
    else return value;
    return 0;
  }

  /** How many of something follow, each of which takes `leastBytes` or more. */
  count(leastBytes: number): number {
    const count = this.number();
    if (count * leastBytes <= this.left) return count;
    this.fail(`Expected ${count} of at least ${leastBytes} bytes each, got ${this.left} bytes`);
    return 0;
  }

  /** `undefined` only where there is a fault. */
  uid(): Uid | undefined {
    if (this.left < UID_BYTES) {
      this.fail(`Expected a uid of ${UID_BYTES} bytes, got ${this.left}`);
      return undefined;
    }
    const uid = parseUid(asciiAt(this.#bytes, this.#at));
    if (uid === undefined) this.fail("Expected a uid of base64url characters, got others");
    else this.#at += UID_BYTES;
    return uid;
  }

  uids(): readonly Uid[] {
    const count = this.count(UID_BYTES);
    const uids = new Set<Uid>();
    for (let i = 0; i < count; i += 1) {
      const uid = this.uid();
      if (uid !== undefined) uids.add(uid);
    }
    if (uids.size < count) this.fail("Expected each uid once, got one again");
    return [...uids];
  }

  vector(): ReadonlyMap<Uid, number> {
    const count = this.count(UID_BYTES + 1);
    const vector = new Map<Uid, number>();
    for (let i = 0; i < count; i += 1) {
      const uid = this.uid();
      const n = this.number();
      if (uid !== undefined) vector.set(uid, n);
    }
    if (vector.size < count) this.fail("Expected each uid once, got one again");
    return vector;
  }

  /** Bytes behind their length; not copied. */
  body(most: number): Uint8Array {
    const length = this.number();
    if (length <= most) return this.take(length);
    this.fail(`Expected at most ${most} bytes, got ${length}`);
    return NO_BYTES;
  }

  /** That many bytes; not copied. */
  take(length: number): Uint8Array {
    if (length > this.left) {
      this.fail(`Expected ${length} bytes, got ${this.left}`);
      return NO_BYTES;
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** UTF-8 behind its length in bytes. */
  text(most: number): string {
    const text = textOf(this.body(most));
    if (text !== undefined) return text;
    this.fail("Expected UTF-8, got something else");
    return "";
  }
}

const NO_BYTES = new Uint8Array(0);

// Every event has one: character by character took more than twice as long, a TextDecoder almost as much.
function asciiAt(bytes: Uint8Array, from: number): string {
  const at = (i: number): number => bytes[from + i] ?? 0;
  // prettier-ignore
  return String.fromCharCode(
    at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7),
    at(8), at(9), at(10), at(11), at(12), at(13), at(14), at(15),
  );
}
