import type { Cause } from "../../core/session/cause.ts";
import { Causes } from "../../core/session/cause.ts";
import type { Packet } from "../../wire/packet.ts";
import { decodeBody, splitPayload } from "../../wire/payload.ts";

/** The packets of a POST, or why there are none. */
export type Body = { readonly packets: readonly Packet[] } | { readonly cause: Cause };

/** Reads a POST of at most `maxBytes`; the byte after them is not waited for. */
export async function readBody(request: Request, maxBytes: number): Promise<Body> {
  // Protocol 3 had binary bodies; in 4 they are text, whatever they carry (engine.io: "invalid content").
  if (request.headers.get("content-type") === "application/octet-stream") {
    return { cause: Causes.invalidContent };
  }
  try {
    const bytes = await readBytes(request, maxBytes);
    if (bytes === undefined) return { cause: Causes.payloadTooLarge };
    const text = decodeBody(bytes);
    const packets = text === undefined ? undefined : splitPayload(text);
    return packets ? { packets } : { cause: Causes.parseError };
  } catch {
    return { cause: Causes.postBroken };
  }
}

async function readBytes(request: Request, maxBytes: number): Promise<ArrayBuffer | undefined> {
  const length = request.headers.get("content-length");
  if (length === null) return readChunks(request, maxBytes);
  return Number(length) > maxBytes ? undefined : request.arrayBuffer();
}

async function readChunks(request: Request, maxBytes: number): Promise<ArrayBuffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: ReadableStream<Uint8Array> | null = request.body;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return new Blob(chunks).arrayBuffer();
}
