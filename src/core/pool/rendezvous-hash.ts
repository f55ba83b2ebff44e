/**
 * A text as a number between 0 and 1, neither included, on 52 bits: the same everywhere and always, since isolates
 * must agree without asking each other. Two lanes of 32 bits, each fed as MurmurHash3 is and ended by its finaliser
 * (fmix32). FNV-1a won't do: it leaves the last characters of a key in the low bits, and the logarithm in
 * rendezvous.ts reads the high ones. No secret is in it: who chooses a key may choose the origin.
 */
export function unitHash(text: string): number {
  let a = 0x2f0b_4c47;
  let b = 0x7a6d_76e9;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    a = absorb(a, Math.imul(unit, 0xcc9e_2d51), 15, 13);
    b = absorb(b, Math.imul(unit, 0x85eb_ca6b), 17, 19);
  }
  a = finish(a ^ text.length);
  b = finish(b ^ a);
  // 32 bits and 20 more; the half keeps it off 0, which has no logarithm.
  return ((finish(a ^ b) >>> 0) * 2 ** 20 + (b >>> 12) + 0.5) / 2 ** 52;
}

function absorb(lane: number, unit: number, first: number, second: number): number {
  const mixed = lane ^ Math.imul(rotate(unit, first), 0x1b87_3593);
  return Math.imul(rotate(mixed, second), 5) + 0xe654_6b64;
}

function finish(lane: number): number {
  let mixed = lane ^ (lane >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

function rotate(lane: number, by: number): number {
  return (lane << by) | (lane >>> (32 - by));
}
