import type { Stream, StreamVector } from "./vector.ts";
import { parseStream } from "./vector.ts";

/** A vector as JSON has it: an object of streams. */
export function vectorField(vector: StreamVector): object {
  return Object.fromEntries(vector);
}

/** `undefined` for what is no vector. */
export function vectorOf(field: unknown): StreamVector | undefined {
  if (typeof field !== "object" || field === null || Array.isArray(field)) return undefined;
  const vector = new Map<Stream, number>();
  for (const [text, n] of Object.entries(field)) {
    const stream = parseStream(text);
    if (stream === undefined || !isCount(n)) return undefined;
    vector.set(stream, n);
  }
  return vector;
}

/** A whole number from 0 on; JSON has a negative 0 too, which is none. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && 1 / value > 0;
}
