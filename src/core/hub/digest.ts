/**
 * 64 bits and the length of some bytes, as text (FNV-1a by 32 bits, twice). Tells one's own mistakes, not attacks: whoever
 * has the token may publish what he likes.
 */
export function digest(bytes: Uint8Array): string {
  let [one, other] = [0x811c9dc5, 0x01000193];
  for (const byte of bytes) {
    one = Math.imul(one ^ byte, 0x01000193);
    other = Math.imul(other ^ byte, 0x85ebca6b);
    other ^= other >>> 13;
  }
  return [bytes.length, one >>> 0, other >>> 0].map((part) => part.toString(36)).join(".");
}
