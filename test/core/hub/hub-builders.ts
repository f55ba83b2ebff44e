import { parseUid } from "../../../src/wire/hub/vector.ts";
import type { Uid } from "../../../src/wire/hub/vector.ts";

/** The uid that begins with this text. */
export function uid(text: string): Uid {
  const parsed = parseUid(text.padEnd(16, "-"));
  if (parsed === undefined) throw new Error(`Expected the beginning of a uid, got ${text}.`);
  return parsed;
}
