import * as v from "valibot";
import type { PoolOrigin } from "../../core/pool/origin.ts";
import { readBytes } from "../read-bytes.ts";
import { sentence } from "../settings/fault.ts";
import { originTable } from "../settings/origins.ts";
import { isTable, table } from "../settings/table.ts";
import { whole } from "../settings/values.ts";

/** What a request says, or why it says nothing; `message` is a sentence for the operator. */
export type Read<Value> =
  | { readonly type: "read"; readonly value: Value }
  | { readonly type: "bad"; readonly status: 400 | 413; readonly message: string };

const MAX_BYTES = 16 * 1024;

const MAX_SHOWN = 200;

/** An origin to add, as a table of POOLS has it. */
export async function readOrigin(request: Request): Promise<Read<PoolOrigin>> {
  const body = await readTable(request, originTable);
  if (body.type === "bad") return body;
  const [origin] = body.value;
  return origin === undefined ? bad("url: expected a URL, got nothing.") : read(origin);
}

export async function readWeight(request: Request): Promise<Read<number>> {
  const body = await readTable(request, WEIGHT);
  return body.type === "bad" ? body : read(body.value.weight);
}

/** For what its URL says in full: a body would be a wish that isn't heard. */
export async function readNothing(request: Request): Promise<Read<undefined>> {
  const text = await readText(request);
  if (text.type === "bad") return text;
  const isEmpty = /^\s*(\{\s*\})?\s*$/.test(text.value);
  return isEmpty ? read(undefined) : bad(`body: expected none, got ${shown(text.value)}.`);
}

const WEIGHT = table({ weight: whole(0, 1000) });

async function readTable<Schema extends v.GenericSchema>(
  request: Request,
  schema: Schema,
): Promise<Read<v.InferOutput<Schema>>> {
  const text = await readText(request);
  if (text.type === "bad") return text;
  const value = parseJson(text.value);
  if (!isTable(value)) return bad(`body: expected a JSON object, got ${shown(text.value)}.`);
  const result = v.safeParse(schema, value, { abortPipeEarly: true });
  if (result.success) return read(result.output);
  const faults = result.issues.map((issue) => sentence(issue, value, nameOf));
  return bad([...new Set(faults)].join(" "));
}

async function readText(request: Request): Promise<Read<string>> {
  try {
    const bytes = await readBytes(request, MAX_BYTES);
    if (bytes === undefined) return bad(`body: expected at most ${MAX_BYTES} bytes.`, 413);
    return read(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return bad("body: expected UTF-8 to its end, got something else.");
  }
}

// A fault of the whole has no key; among settings it would be called theirs.
function nameOf(key: string): string {
  return key === "settings" ? "body" : key;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function read<Value>(value: Value): Read<Value> {
  return { type: "read", value };
}

function bad(message: string, status: 400 | 413 = 400): Extract<Read<never>, { type: "bad" }> {
  return { type: "bad", status, message };
}

// Up to the last @, which is where a URL has its password.
function shown(text: string): string {
  if (text.trim() === "") return "nothing";
  const safe = JSON.stringify(text.replace(/^.*@/s, "***@"));
  return safe.length > MAX_SHOWN ? `${safe.slice(0, MAX_SHOWN)}...` : safe;
}
