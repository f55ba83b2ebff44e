import type { HeaderList } from "../../core/entry/forward.ts";
import { toBase64Url } from "../../wire/base64.ts";
import type { Dial } from "../../wire/recovery/dial.ts";
import { DIAL_HEADER, DIAL_KEY_INFO, formatDial } from "../../wire/recovery/dial.ts";

/** What a dial carries beside the client's own header fields: what it is, vouched for by the token. */
export async function dialHeaders(dial: Dial | undefined, token: string): Promise<HeaderList> {
  if (dial === undefined) return [];
  const signed = formatDial(dial);
  const mac = await crypto.subtle.sign("HMAC", await keyOf(token), UTF8.encode(signed));
  return [[DIAL_HEADER, `${signed}.${toBase64Url(new Uint8Array(mac))}`]];
}

const UTF8 = new TextEncoder();

// Of the isolate: its objects have one token, and it takes longer to make a key than to use it.
const keys = new Map<string, Promise<CryptoKey>>();

function keyOf(token: string): Promise<CryptoKey> {
  const known = keys.get(token);
  if (known) return known;
  const key = derive(token);
  keys.set(token, key);
  // What went wrong once shall not go wrong for as long as the isolate lives.
  key.catch(() => keys.delete(token));
  return key;
}

async function derive(token: string): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey("raw", UTF8.encode(token), "HKDF", false, [
    "deriveKey",
  ]);
  const info = UTF8.encode(DIAL_KEY_INFO);
  const by = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const purpose = { name: "HMAC", hash: "SHA-256", length: 256 };
  return crypto.subtle.deriveKey(by, secret, purpose, false, ["sign"]);
}
