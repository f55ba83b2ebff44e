import { decode, encode } from "@msgpack/msgpack";
import type { Data } from "./content.ts";

/**
 * Values of an application as they travel: what JSON makes of them, but binary values stay what they are. Throws where
 * JSON does: for a circle, a BigInt, and whatever a `toJSON` throws.
 */
export function encodeData(value: unknown): Data {
  // JSON has no text for undefined.
  if (!hasBinary(value, undefined)) return JSON.stringify(value) ?? "";
  // What it gives is the used part of a larger buffer, which would be kept as long as the data are.
  return encode(plain(value, "", undefined), OPTIONS).slice();
}

/**
 * The values again. Binary ones are parts of `data`, and so Buffers where that is one. Throws for data that no
 * `encodeData` has made.
 */
export function decodeData(data: Data): unknown {
  if (typeof data !== "string") return decode(data);
  return data === "" ? undefined : JSON.parse(data);
}

// As deep as the stack allows, since that is Socket.IO's own bound: a client's message that its server sends on must
// not throw here when it doesn't there.
const OPTIONS = { ignoreUndefined: true, maxDepth: Number.MAX_SAFE_INTEGER };

/** A value's place among those it is in. */
interface Path {
  readonly value: object;
  readonly above: Path | undefined;
  readonly depth: number;
}

/** What socket.io-parser's function of that name says, but for a Blob, which its servers can't send. */
function hasBinary(value: unknown, above: Path | undefined): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isBinary(value)) return true;
  const inner: unknown = !Array.isArray(value) && hasToJson(value) ? value.toJSON() : value;
  // What a toJSON gives is asked for no other.
  if (typeof inner !== "object" || inner === null) return false;
  return isBinary(inner) || someHasBinary(inner, below(above, value));
}

function someHasBinary(value: object, path: Path): boolean {
  if (Array.isArray(value)) {
    for (const part of value) if (hasBinary(part, path)) return true;
    return false;
  }
  for (const key of Object.keys(value)) if (hasBinary(Reflect.get(value, key), path)) return true;
  return false;
}

/** What JSON makes of a value, as values; binary ones as they are. */
function plain(value: unknown, key: string, above: Path | undefined): unknown {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint":
      // Throws, unless the application has given BigInts a toJSON.
      return JSON.parse(JSON.stringify(value));
    case "object":
      return value === null || isBinary(value) ? bytesOf(value) : plainObject(value, key, above);
    case "function":
    case "symbol":
      return undefined;
    case "string":
    case "boolean":
    case "undefined":
      return value;
  }
}

// In as few calls a level as may be: the stack is what bounds the depth.
function plainObject(value: object, key: string, above: Path | undefined): unknown {
  const inner: unknown = hasToJson(value) ? value.toJSON(key) : value;
  if (typeof inner !== "object" || inner === null || isBinary(inner)) {
    return plain(inner, key, above);
  }
  const path = below(above, value);
  if (Array.isArray(inner)) {
    const list: unknown[] = [];
    for (let i = 0; i < inner.length; i += 1) list.push(plain(inner[i], `${i}`, path));
    return list;
  }
  const parts: Record<string, unknown> = {};
  for (const name of Object.keys(inner)) {
    // Readers of MessagePack refuse it, since a careless one would set a prototype by it.
    if (name !== "__proto__") parts[name] = plain(Reflect.get(inner, name), name, path);
  }
  return parts;
}

// Often enough to find a circle long before the stack ends, and seldom enough to cost nothing elsewhere.
const LOOK_BACK_EVERY = 64;

function below(above: Path | undefined, value: object): Path {
  const depth = above === undefined ? 1 : above.depth + 1;
  if (depth % LOOK_BACK_EVERY === 0) {
    for (let path = above; path !== undefined; path = path.above) {
      if (path.value === value) throw new TypeError("Expected values without a circle, got one.");
    }
  }
  return { value, above, depth };
}

function isBinary(value: object): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

function bytesOf(value: ArrayBuffer | ArrayBufferView | null): Uint8Array | null {
  if (value === null || value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function hasToJson(value: object): value is { toJSON: (key?: string) => unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}
