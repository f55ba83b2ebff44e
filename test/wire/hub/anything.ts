import * as fc from "fast-check";
import type { FromHub, ToHub } from "../../../src/wire/hub/message.ts";
import type { Stream, StreamVector, Uid, Vector } from "../../../src/wire/hub/vector.ts";
import { directStream, parseUid } from "../../../src/wire/hub/vector.ts";
import { anyOf } from "../bytes.ts";

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A uid by its text, which has to be one. */
export function uid(text: string): Uid {
  const read = parseUid(text);
  if (read === undefined) throw new Error(`Expected a uid, got ${text}.`);
  return read;
}

export const anyUid: fc.Arbitrary<Uid> = fc
  .array(anyOf(BASE64URL), { minLength: 16, maxLength: 16 })
  .map((characters) => uid(characters.join("")));

export const anyStream: fc.Arbitrary<Stream> = fc.oneof(anyUid, anyUid.map(directStream));

/** A number with few bits as often as one with many. */
export const anyNumber: fc.Arbitrary<number> = fc
  .tuple(fc.maxSafeNat(), fc.integer({ min: 0, max: 52 }))
  .map(([number, bits]) => Math.floor(number / 2 ** bits));

export const anyOrdinal = anyNumber.map((number) => Math.max(1, number));

export const anyVector: fc.Arbitrary<Vector> = mapOf(anyUid);

export const anyStreamVector: fc.Arbitrary<StreamVector> = mapOf(anyStream);

function mapOf<Key>(key: fc.Arbitrary<Key>): fc.Arbitrary<ReadonlyMap<Key, number>> {
  return fc.array(fc.tuple(key, anyNumber), { maxLength: 6 }).map((entries) => new Map(entries));
}

export const anyBody = fc.uint8Array({ maxLength: 300 });

const anyOrigin = fc.record({
  pool: fc.string({ unit: "binary", maxLength: 60 }),
  name: fc.string(),
});

export const anyToHub: fc.Arbitrary<ToHub> = fc.oneof(
  fc.record({
    type: fc.constant("hello"),
    isFresh: fc.boolean(),
    kept: anyNumber,
    taken: anyVector,
  }),
  fc.record({ type: fc.constant("publish"), n: anyOrdinal, body: anyBody }),
  fc.record({ type: fc.constant("request"), id: anyNumber, body: anyBody }),
  fc.record({
    type: fc.constant("respond"),
    to: anyUid,
    id: anyNumber,
    isLast: fc.boolean(),
    body: anyBody,
  }),
  fc.record({ type: fc.constant("taken"), vector: anyVector, bytes: anyNumber }),
  fc.record({
    type: fc.constant("closing"),
    origin: fc.option(anyOrigin, { nil: undefined }),
  }),
);

export const anyFromHub: fc.Arbitrary<FromHub> = fc.oneof(
  fc.record({
    type: fc.constant("welcome"),
    bases: anyVector,
    last: anyNumber,
    peers: fc.uniqueArray(anyUid, { maxLength: 5 }),
    shards: fc.integer({ min: 1, max: 16 }),
  }),
  fc.record({ type: fc.constant("event"), uid: anyUid, n: anyOrdinal, body: anyBody }),
  fc.record({ type: fc.constant("request"), uid: anyUid, id: anyNumber, body: anyBody }),
  fc.record({
    type: fc.constant("response"),
    uid: anyUid,
    id: anyNumber,
    isLast: fc.boolean(),
    body: anyBody,
  }),
  fc.record({ type: fc.constant("all-taken"), n: anyNumber }),
  fc.record({ type: fc.constant("joined"), uid: anyUid, base: anyNumber }),
  fc.record({ type: fc.constant("left"), uid: anyUid }),
);

/** How bytes are spoilt: some changed, the end cut off, some put in. */
export interface Damage {
  readonly changes: readonly (readonly [number, number])[];
  readonly keep: number;
  readonly insert: Uint8Array;
  readonly at: number;
}

export const anyDamage: fc.Arbitrary<Damage> = fc.record({
  changes: fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }),
  keep: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
  insert: fc.uint8Array({ maxLength: 4 }),
  at: fc.nat(400),
});

export function damaged(bytes: Uint8Array, { changes, keep, insert, at }: Damage): Uint8Array {
  const kept = [...bytes.subarray(0, Math.ceil(bytes.length * keep))];
  for (const [place, byte] of changes) if (place < kept.length) kept[place] = byte;
  kept.splice(at % (kept.length + 1), 0, ...insert);
  return Uint8Array.from(kept);
}

/** Bytes one behind the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
