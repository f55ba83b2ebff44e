import { toBase64Url } from "../../wire/base64.ts";

/** Bytes of a tag: enough that nobody guesses one, few enough for a cookie. */
const TAG_BYTES = 16;

/**
 * The affinity cookie's values: a keyed hash of pool and origin (HMAC-SHA-256, RFC 2104). A value says nothing of the
 * origin's URL, and who has not been given one can't make it.
 */
export class AffinityTags {
  readonly #pool: string;
  readonly #secret: string;
  #key: Promise<CryptoKey> | undefined;
  readonly #tags = new Map<string, string>();

  constructor(pool: string, secret: string) {
    this.#pool = pool;
    this.#secret = secret;
  }

  /** The tags of these origins, by name. */
  async of(origins: readonly string[]): Promise<ReadonlyMap<string, string>> {
    for (const origin of origins) {
      if (!this.#tags.has(origin)) this.#tags.set(origin, await this.#tag(origin));
    }
    return this.#tags;
  }

  async #tag(origin: string): Promise<string> {
    const text = new TextEncoder().encode(JSON.stringify(["affinity", this.#pool, origin]));
    this.#key ??= importedKey(this.#secret);
    const signature = await crypto.subtle.sign("HMAC", await this.#key, text);
    return toBase64Url(new Uint8Array(signature, 0, TAG_BYTES));
  }
}

function importedKey(secret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}
