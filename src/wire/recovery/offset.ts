import type { EventName } from "../hub/vector.ts";
import { parseStream } from "../hub/vector.ts";

/**
 * Stands behind the arguments of an event without a name whose last one looks like an offset, so that the last such text
 * of a packet is always ours.
 */
export const NO_NAME = "~:";

/** An event's name as the last argument of its packet, where Socket.IO has the offset: `~UID:N` or `~UID/d:N`. */
export function formatOffset({ stream, n }: EventName): string {
  return `~${stream}:${n.toString(BASE)}`;
}

/** `undefined` for everything that `formatOffset` doesn't give; `NO_NAME` too. */
export function parseOffset(text: string): EventName | undefined {
  if (text.length > MAX_OFFSET_CHARACTERS) return undefined;
  const [, streamText = "", digits = ""] = OFFSET.exec(text) ?? [];
  const stream = parseStream(streamText);
  const n = Number.parseInt(digits, BASE);
  return stream !== undefined && Number.isSafeInteger(n) ? { stream, n } : undefined;
}

/** Whether an application's text could be taken for an offset of ours, an empty one or a replay's included. */
export function looksLikeOffset(text: string): boolean {
  return text.startsWith("~") && (text.startsWith("~r{") || LIKE_OFFSET.test(text));
}

const BASE = 36;

const MAX_DIGITS = 11; // of 2^53 - 1

/** `~`, a uid, `/d:` and a number: how far from the end of a packet one need look. */
export const MAX_OFFSET_CHARACTERS = 1 + 16 + 3 + MAX_DIGITS;

const OFFSET = /^~([\w/-]+):([1-9a-z][\da-z]*)$/;

// What doesn't parse is left to applications, but for the empty one, which readers go by too.
const LIKE_OFFSET = /^~(?:[\w-]{16}(?:\/d)?)?:[\da-z]*$/;
