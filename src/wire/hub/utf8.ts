const encoder = new TextEncoder();
// A byte order mark is a character like any other.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A text's bytes; lone surrogates become the replacement character. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** `undefined` for what is not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
