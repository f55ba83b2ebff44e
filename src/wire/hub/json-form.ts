import { fromBase64, toBase64 } from "../base64.ts";

// How values of an application travel in JSON, binary ones included: an object with one key, which is one of these, is
// no object of the application's.
//   {"$binary": "AQID"}   these bytes, in base64
//   {"$part": "picture"}  the bytes of that part of a multipart/form-data body
//   {"$plain": {...}}     the object inside as it stands, so that an application's own {"$binary": ...} can be sent too
const BINARY = "$binary";
const PART = "$part";
const PLAIN = "$plain";

const FORMS: ReadonlySet<string> = new Set([BINARY, PART, PLAIN]);

/** Deeper values are refused: MessagePack stops at 100, and readers call themselves. */
export const MAX_DEPTH = 64;

const MAX_FAULTS = 10;

/** For `plainValue`: bytes and the application's objects in the forms above. */
export const JSON_FORMS: Forms = {
  bytes: (bytes) => ({ [BINARY]: toBase64(bytes.slice().buffer) }),
  object: (object) => (formOf(object) === undefined ? object : { [PLAIN]: object }),
};

/** For `plainValue`: bytes stay bytes. */
export const BYTE_FORMS: Forms = { bytes: (bytes) => bytes, object: (object) => object };

export interface Forms {
  readonly bytes: (bytes: Uint8Array) => unknown;
  readonly object: (object: Readonly<Record<string, unknown>>) => unknown;
}

/**
 * A value as Socket.IO's own parser would send it: what JSON makes of it, but with its binary values, in these forms. Throws
 * a RangeError for what is nested too deep, and whatever a `toJSON` throws.
 */
export function plainValue(value: unknown, forms: Forms, key = "", depth = 0): unknown {
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value === "bigint")
    throw new TypeError("Expected no BigInt, which JSON has no form of.");
  if (typeof value !== "object" || value === null) return value;
  const bytes = bytesOf(value);
  if (bytes) return forms.bytes(bytes);
  if (depth > MAX_DEPTH) {
    throw new RangeError(`Expected values nested at most ${MAX_DEPTH} deep, got more.`);
  }
  const inner: unknown = hasToJson(value) ? value.toJSON(key) : value;
  if (inner !== value) return plainValue(inner, forms, key, depth + 1);
  if (Array.isArray(value)) {
    return value.map((part: unknown, index) => plainValue(part, forms, `${index}`, depth + 1));
  }
  if (Object.hasOwn(value, PROTO)) throw new TypeError(`In "${key}": ${PROTO_FAULT}`);
  const entries = Object.entries(value)
    .map(([name, part]) => [name, plainValue(part, forms, name, depth + 1)] as const)
    .filter(([, part]) => part !== undefined);
  return forms.object(Object.fromEntries(entries));
}

/** Reads values back out of JSON. What is wrong is told as sentences, each with its place. */
export class FormReader {
  readonly faults: string[] = [];
  readonly #parts: ReadonlyMap<string, Uint8Array>;
  readonly #unused: Set<string>;
  #namedBytes = 0;

  constructor(parts: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#parts = parts;
    this.#unused = new Set(parts.keys());
  }

  /** Parts that no value has named so far. */
  get unused(): ReadonlySet<string> {
    return this.#unused;
  }

  /** What the parts take that have been named, each as often as it has been. */
  get namedBytes(): number {
    return this.#namedBytes;
  }

  read(value: unknown, place: string, depth = 0): unknown {
    if (typeof value !== "object" || value === null) return value;
    const object: Readonly<Record<string, unknown>> = { ...value };
    const form = Array.isArray(value) ? undefined : formOf(object);
    if (form === BINARY) return this.#binary(object[BINARY], `${place}.${BINARY}`);
    if (form === PART) return this.#part(object[PART], `${place}.${PART}`);
    if (depth > MAX_DEPTH) {
      this.#fault(place, `expected values nested at most ${MAX_DEPTH} deep, got more.`);
      return undefined;
    }
    if (form === PLAIN) return this.#plain(object[PLAIN], `${place}.${PLAIN}`, depth);
    return Array.isArray(value)
      ? value.map((part: unknown, i) => this.read(part, `${place}[${i}]`, depth + 1))
      : this.#object(object, place, depth);
  }

  #binary(value: unknown, place: string): Uint8Array | undefined {
    const bytes = typeof value === "string" ? fromBase64(value) : undefined;
    if (bytes === undefined) this.#fault(place, `expected padded base64${OWN}`);
    return bytes && new Uint8Array(bytes);
  }

  #part(value: unknown, place: string): Uint8Array | undefined {
    const name = typeof value === "string" ? value : "";
    const bytes = this.#parts.get(name);
    if (bytes === undefined) this.#fault(place, `expected a file of the form${OWN}`);
    this.#namedBytes += bytes?.byteLength ?? 0;
    this.#unused.delete(name);
    return bytes;
  }

  #plain(value: unknown, place: string, depth: number): unknown {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return this.#object({ ...value }, place, depth);
    }
    this.#fault(place, `expected an object${OWN}`);
    return undefined;
  }

  #object(object: Readonly<Record<string, unknown>>, place: string, depth: number): unknown {
    if (Object.hasOwn(object, PROTO)) {
      this.#fault(place, PROTO_FAULT);
      return undefined;
    }
    const entries = Object.entries(object).map(([name, part]) => {
      return [name, this.read(part, `${place}.${shortName(name)}`, depth + 1)];
    });
    return Object.fromEntries(entries);
  }

  #fault(place: string, expected: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push(`${place}: ${expected}`);
  }
}

// A reader of MessagePack refuses all that it stands in, since a careless one would set a prototype by it.
const PROTO = "__proto__";

const PROTO_FAULT = `expected no key "${PROTO}".`;

const OWN = '; an object of one\'s own with that key alone is written {"$plain":{...}}.';

type Form = typeof BINARY | typeof PART | typeof PLAIN;

function formOf(object: Readonly<Record<string, unknown>>): Form | undefined {
  const [key, ...others] = Object.keys(object);
  return key !== undefined && others.length === 0 && isForm(key) ? key : undefined;
}

function isForm(key: string): key is Form {
  return FORMS.has(key);
}

function bytesOf(value: object): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function hasToJson(value: object): value is { toJSON: (key: string) => unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}

const SHOWN_CHARACTERS = 40;

function shortName(name: string): string {
  return name.length > SHOWN_CHARACTERS ? `${name.slice(0, SHOWN_CHARACTERS)}...` : name;
}
