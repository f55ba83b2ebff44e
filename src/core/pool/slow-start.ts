import type { OriginStatus } from "./snapshot.ts";

/** The share of its weight that an origin begins with: some, or it would never be found. */
const FIRST_SHARE = 0.1;

/** An origin's weight now: it grows evenly from a tenth to the whole over `slowStartMs` since the origin came up. */
export function effectiveWeight(origin: OriginStatus, slowStartMs: number, now: number): number {
  if (slowStartMs <= 0) return origin.weight;
  // Another machine's clock set `upSince`, and it may be ahead.
  const passed = Math.min(1, Math.max(0, (now - origin.upSince) / slowStartMs));
  return origin.weight * (FIRST_SHARE + (1 - FIRST_SHARE) * passed);
}
