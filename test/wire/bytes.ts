import * as fc from "fast-check";

/** The bytes of a binary packet. */
export function bytes(...values: readonly number[]): ArrayBuffer {
  return Uint8Array.from(values).buffer;
}

/** A text's bytes as it travels. */
export function utf8(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).slice().buffer;
}

/** Any bytes, none too. */
export function anyBytes(maxLength = 300): fc.Arbitrary<ArrayBuffer> {
  return fc.uint8Array({ maxLength }).map((array) => array.slice().buffer);
}

/** Any UTF-16 units: surrogates with and without their other half too. */
export const anyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.nat(0x7f),
      fc.nat(0x7ff),
      fc.nat(0xffff),
      fc.integer({ min: 0xd800, max: 0xdbff }),
      fc.integer({ min: 0xdc00, max: 0xdfff }),
    ),
  )
  .map((units) => String.fromCharCode(...units));

/** One of a text's characters. */
export function anyOf(characters: string): fc.Arbitrary<string> {
  return fc.constantFrom(...Array.from(characters));
}
