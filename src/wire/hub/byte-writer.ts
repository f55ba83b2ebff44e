import { bytesOf } from "./utf8.ts";
import type { Uid } from "./vector.ts";

/** The bytes of a uid: ASCII. */
export const UID_BYTES = 16;

/** The most that a number takes: 53 bits, 7 a byte. */
export const MAX_NUMBER_BYTES = 8;

/** Writes into room that grows. */
export class ByteWriter {
  #bytes: Uint8Array;
  #at = 0;

  /** `room`: what will probably be enough. */
  constructor(room: number) {
    this.#bytes = new Uint8Array(room);
  }

  /** What has been written; not copied. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  byte(byte: number): this {
    this.#reserve(1);
    this.#bytes[this.#at++] = byte;
    return this;
  }

  flag(is: boolean): this {
    return this.byte(is ? 1 : 0);
  }

  /** Throws for what is no whole number from 0 to 2^53 - 1. */
  number(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`Expected a whole number from 0 to 2^53 - 1, got ${value}.`);
    }
    this.#reserve(MAX_NUMBER_BYTES);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = rest;
    return this;
  }

  uid(uid: Uid): this {
    if (uid.length !== UID_BYTES) {
      throw new RangeError(`Expected a uid of ${UID_BYTES} characters, got ${uid.length}.`);
    }
    this.#reserve(UID_BYTES);
    for (let i = 0; i < UID_BYTES; i += 1) this.#bytes[this.#at++] = uid.charCodeAt(i);
    return this;
  }

  uids(uids: readonly Uid[]): this {
    this.number(uids.length);
    for (const uid of uids) this.uid(uid);
    return this;
  }

  vector(vector: ReadonlyMap<Uid, number>): this {
    this.number(vector.size);
    for (const [uid, n] of vector) this.uid(uid).number(n);
    return this;
  }

  body(body: Uint8Array): this {
    return this.number(body.length).raw(body);
  }

  text(text: string): this {
    return this.body(bytesOf(text));
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  #reserve(more: number): void {
    const needed = this.#at + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}
