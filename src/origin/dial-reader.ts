import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Dial } from "../wire/recovery/dial.ts";
import { DIAL_KEY_INFO, parseDial } from "../wire/recovery/dial.ts";

/** Reads the header that our edge dials with. */
export class DialReader {
  readonly #key: Buffer;

  constructor(token: string) {
    this.#key = Buffer.from(hkdfSync("sha256", token, "", DIAL_KEY_INFO, 32));
  }

  /** `undefined` for a header that was not made with this token. */
  read(header: string): Dial | undefined {
    const parsed = parseDial(header);
    if (parsed === undefined) return undefined;
    const mac = Buffer.from(parsed.mac, "base64url");
    const own = createHmac("sha256", this.#key).update(parsed.signed).digest();
    return mac.length === own.length && timingSafeEqual(mac, own) ? parsed.dial : undefined;
  }
}
