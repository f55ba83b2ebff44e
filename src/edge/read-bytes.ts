const FIRST_BYTES = 4096;

/**
 * Reads a body to its end; `undefined` as soon as it is more than `maxBytes`. Throws where it breaks off. `took` hears of
 * the bytes that have come.
 */
export async function readBytes(
  { body }: { readonly body: ReadableStream<Uint8Array> | null },
  maxBytes: number,
  took: (bytes: number) => void = () => {},
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (body === null) return new Uint8Array(0);
  // Into a buffer of our own: each chunk that the platform makes stands in 4 KiB, though it be of one byte.
  const reader = body.getReader({ mode: "byob" });
  let bytes = new Uint8Array(FIRST_BYTES);
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read(bytes.subarray(length));
    if (value === undefined) throw new Error("Expected the body to its end, got less.");
    bytes = new Uint8Array(value.buffer);
    if (done) return bytes.subarray(0, length);
    length += value.byteLength;
    took(value.byteLength);
    if (length > maxBytes) {
      void reader.cancel();
      return undefined;
    }
    if (length === bytes.byteLength) bytes = grown(bytes);
  }
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(2 * bytes.byteLength);
  next.set(bytes);
  return next;
}
