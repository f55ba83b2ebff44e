import { toBase64Url } from "./base64.ts";

declare const brand: unique symbol;

/** What tells the sessions of one object apart, and what makes a sid a secret: 16 base64url characters. */
export type SessionKey = string & { readonly [brand]: "SessionKey" };

/** A Durable Object id as `idFromString` takes it: 64 hexadecimal digits. */
export type ObjectId = string & { readonly [brand]: "ObjectId" };

/** A session id: the object's 32 bytes and the key, 59 base64url characters. */
export type Sid = string & { readonly [brand]: "Sid" };

/** Random bytes that a key is made of. */
export const KEY_BYTES = 12;

const OBJECT_ID_BYTES = 32;
const OWNER_CHARACTERS = Math.ceil((OBJECT_ID_BYTES * 8) / 6); // 43
const KEY_CHARACTERS = (KEY_BYTES * 8) / 6; // 16
const SID = new RegExp(`^[\\w-]{${OWNER_CHARACTERS + KEY_CHARACTERS}}$`);

/** A key of `KEY_BYTES` random bytes. */
export function sessionKey(random: Uint8Array): SessionKey {
  if (random.length !== KEY_BYTES) {
    throw new Error(`A session key is made of ${KEY_BYTES} random bytes, got ${random.length}.`);
  }
  return toBase64Url(random) as SessionKey;
}

/** The id of a Durable Object from its `toString()`. */
export function objectId(hex: string): ObjectId {
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw new Error("A Durable Object id is 64 hexadecimal digits; got something else.");
  }
  return hex as ObjectId;
}

/** The sid of the session `key` in the object `owner`. */
export function formatSid(owner: ObjectId, key: SessionKey): Sid {
  return (toBase64Url(bytesOf(owner)) + key) as Sid;
}

/** A text that has a sid's form; `undefined` for anything else. Whether it names an object is `ownerOf`'s to say. */
export function parseSid(text: string): Sid | undefined {
  return SID.test(text) ? (text as Sid) : undefined;
}

/** The object that owns a sid's session; `undefined` where `formatSid` can't have made it. */
export function ownerOf(sid: Sid): ObjectId | undefined {
  // 43 characters are 258 bits for 256: the last two have to be zero, or one object would have four names.
  if (!"AEIMQUYcgkosw048".includes(sid.charAt(OWNER_CHARACTERS - 1))) return undefined;
  const base64 = ownerText(sid).replaceAll("-", "+").replaceAll("_", "/");
  return hexOf(atob(base64));
}

/** The part of a sid that names its object: the same text for all of its sessions. */
export function ownerText(sid: Sid): string {
  return sid.slice(0, OWNER_CHARACTERS);
}

/** Which of its object's sessions a sid names. */
export function keyOf(sid: Sid): SessionKey {
  return sid.slice(OWNER_CHARACTERS) as SessionKey;
}

function bytesOf(hex: ObjectId): Uint8Array {
  const bytes = new Uint8Array(OBJECT_ID_BYTES);
  for (let i = 0; i < OBJECT_ID_BYTES; i++) {
    bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}

const DIGITS = "0123456789abcdef";

// By character codes, since every poll comes through here and adding up 64 texts took longer than all the rest of it.
function hexOf(binary: string): ObjectId {
  const codes: number[] = [];
  for (let i = 0; i < binary.length; i++) {
    const byte = binary.charCodeAt(i);
    codes.push(DIGITS.charCodeAt(byte >> 4), DIGITS.charCodeAt(byte & 15));
  }
  return String.fromCharCode(...codes) as ObjectId;
}
