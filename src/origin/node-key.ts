import { createHash, randomBytes } from "node:crypto";
import type { Uid } from "../wire/hub/vector.ts";
import { parseUid } from "../wire/hub/vector.ts";

/** A process's proof that its uid is its own: 24 random bytes in base64url. */
export function newNodeKey(): string {
  return randomBytes(24).toString("base64url");
}

/** The first 12 bytes of the key's SHA-256 in base64url, as the hub makes it (docs/hub-protocol.md). */
export function uidOf(key: string): Uid {
  const text = createHash("sha256").update(key).digest().subarray(0, 12).toString("base64url");
  const uid = parseUid(text);
  if (uid === undefined) throw new Error(`Expected a uid of 16 characters, got ${text.length}.`);
  return uid;
}
