import type { Cause } from "../../core/session/cause.ts";
import { Causes } from "../../core/session/cause.ts";
import type { Packet } from "../../wire/packet.ts";
import { decodeBody, splitPayload } from "../../wire/payload.ts";
import { readBytes } from "../read-bytes.ts";

/** The packets of a POST, or why there are none. */
export type Body = { readonly packets: readonly Packet[] } | { readonly cause: Cause };

/** A POST whose length is told and no larger than this is read at once, which costs least. */
const SMALL_BYTES = 16 * 1024;

/**
 * Reads a POST of at most `maxBytes`; the byte after them is not waited for. `kept` hears by how many bytes there are more
 * in memory meanwhile, and fewer at the end.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  kept: (changeBytes: number) => void,
): Promise<Body> {
  // Protocol 3 had binary bodies; in 4 they are text, whatever they carry (engine.io: "invalid content").
  if (request.headers.get("content-type") === "application/octet-stream") {
    return { cause: Causes.invalidContent };
  }
  const told = request.headers.get("content-length");
  if (Number(told) > maxBytes) return { cause: Causes.payloadTooLarge };
  let bytesKept = 0;
  const took = (bytes: number) => {
    bytesKept += bytes;
    kept(bytes);
  };
  try {
    const isSmall = told !== null && Number(told) <= SMALL_BYTES;
    const bytes = isSmall ? await request.arrayBuffer() : await readBytes(request, maxBytes, took);
    if (bytes === undefined) return { cause: Causes.payloadTooLarge };
    const text = decodeBody(bytes);
    const packets = text === undefined ? undefined : splitPayload(text);
    return packets ? { packets } : { cause: Causes.parseError };
  } catch {
    return { cause: Causes.postBroken };
  } finally {
    kept(-bytesKept);
  }
}
