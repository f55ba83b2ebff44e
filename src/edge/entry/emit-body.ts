import { MAX_EMIT_BYTES } from "../../wire/hub/emission.ts";
import { shown } from "../../core/hub/fields.ts";
import { readBytes } from "../read-bytes.ts";

/** What a request says, and the files that came with it; or why it says nothing. */
export type EmitBody =
  | {
      readonly type: "read";
      readonly value: unknown;
      readonly parts: ReadonlyMap<string, Uint8Array>;
    }
  | { readonly type: "bad"; readonly status: 400 | 413; readonly message: string };

/** The part of a form that is the JSON. */
const EMIT = "emit";

/** Reads JSON, or a form with such a part and files that it names. */
export async function readEmitBody(request: Request): Promise<EmitBody> {
  const type = request.headers.get("content-type") ?? "";
  const bytes = await readBytes(request, MAX_EMIT_BYTES).catch(() => "broken" as const);
  if (bytes === "broken") return bad("body: expected bytes to its end, got less.");
  if (bytes === undefined) return bad(`body: expected at most ${MAX_EMIT_BYTES} bytes.`, 413);
  return /^multipart\/form-data\b/i.test(type) ? readForm(bytes, type) : readJson(bytes, new Map());
}

async function readForm(body: Uint8Array, type: string): Promise<EmitBody> {
  const form = await formOf(body, type);
  if (form === undefined) return bad("body: expected multipart/form-data, got something else.");
  const emits: Uint8Array[] = [];
  const parts = new Map<string, Uint8Array>();
  for (const [name, value] of form) {
    const isText = typeof value === "string";
    const bytes = isText ? new TextEncoder().encode(value) : await bytesOf(value);
    if (name === EMIT) emits.push(bytes);
    else if (parts.has(name)) return bad(`body: expected one part ${shown(name)}, got several.`);
    // A part without one is text, and bytes that aren't UTF-8 would be lost.
    else if (isText) return bad(`body: expected a filename of part ${shown(name)}.`);
    else parts.set(name, bytes);
  }
  const [json] = emits;
  if (json === undefined || emits.length > 1) {
    return bad(`body: expected one part "${EMIT}" with the JSON, got ${emits.length}.`);
  }
  return readJson(json, parts);
}

async function bytesOf(file: Blob): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer());
}

async function formOf(bytes: Uint8Array, type: string): Promise<FormData | undefined> {
  try {
    return await new Response(bytes, { headers: { "content-type": type } }).formData();
  } catch {
    return undefined;
  }
}

function readJson(bytes: Uint8Array, parts: ReadonlyMap<string, Uint8Array>): EmitBody {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    return { type: "read", value: JSON.parse(text), parts };
  } catch (error) {
    const why = error instanceof SyntaxError ? "JSON" : "UTF-8";
    return bad(`body: expected ${why}, got something else.`);
  }
}

function bad(message: string, status: 400 | 413 = 400): EmitBody {
  return { type: "bad", status, message };
}
