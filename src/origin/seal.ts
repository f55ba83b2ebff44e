import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const VERSION = 1;
const INFO = "mooring record 1";
const SALT_BYTES = 16;
const NONCE_BYTES = 12; // NIST SP 800-38D, 8.2: what AES-GCM takes without hashing it
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + SALT_BYTES;

/** How many other processes' keys are kept; each is made of its salt again in a few microseconds. */
const MAX_KEYS = 64;

/**
 * Closes records, so that the edge can carry them and nobody can make, change or read one without the token. A sealed
 * record is base64url of: version, salt, nonce, AES-256-GCM of the record, tag; version and salt are authenticated too.
 *
 * Each process has a key of its own, by a salt: random nonces of 96 bits are good for 2^32 records a key, which all
 * processes of a deployment together would reach in weeks.
 */
export class Seal {
  readonly #token: string;
  readonly #head = Buffer.concat([Buffer.of(VERSION), randomBytes(SALT_BYTES)]);
  readonly #key: Buffer;
  readonly #others = new Map<string, Buffer>();

  constructor(token: string) {
    this.#token = token;
    this.#key = this.#keyBy(this.#head.subarray(1));
  }

  close(record: Uint8Array): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(this.#head);
    const hidden = [cipher.update(record), cipher.final()];
    return Buffer.concat([this.#head, nonce, ...hidden, cipher.getAuthTag()]).toString("base64url");
  }

  /** `undefined` for what was not closed with this token, or has been changed since. */
  open(sealed: string): Buffer | undefined {
    const all = Buffer.from(sealed, "base64url");
    if (all.length < HEAD_BYTES + NONCE_BYTES + TAG_BYTES || all[0] !== VERSION) return undefined;
    const head = all.subarray(0, HEAD_BYTES);
    const nonce = all.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
    const hidden = all.subarray(HEAD_BYTES + NONCE_BYTES, -TAG_BYTES);
    const key = this.#keyOf(head.subarray(1));
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(head).setAuthTag(all.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(hidden), decipher.final()]);
    } catch {
      return undefined;
    }
  }

  #keyOf(salt: Buffer): Buffer {
    const name = salt.toString("base64url");
    const known = this.#others.get(name);
    if (known !== undefined) return known;
    const key = this.#keyBy(salt);
    const [oldest] = this.#others.keys();
    if (oldest !== undefined && this.#others.size >= MAX_KEYS) this.#others.delete(oldest);
    this.#others.set(name, key);
    return key;
  }

  #keyBy(salt: Buffer): Buffer {
    return Buffer.from(hkdfSync("sha256", this.#token, salt, INFO, 32));
  }
}
