import { roundRobin } from "./balance-round-robin.ts";
import type { Balance } from "./pool.ts";
import { byKey } from "./rendezvous.ts";
import type { OriginStatus } from "./snapshot.ts";

/** An origin that may have the session, and its weight now (slow start counted), above 0. */
export interface Candidate {
  readonly origin: OriginStatus;
  readonly weight: number;
}

/** What a policy may tell one session from the next by. */
export interface Draw {
  /** A whole number that the caller counts up by one for each session, from a random one. */
  readonly turn: number;
  /** From 0 to below 1, fresh for each session. */
  readonly randoms: readonly [number, number];
}

/** All candidates, best first. */
export type Order = (candidates: readonly Candidate[], draw: Draw) => readonly Candidate[];

/** How a session without a key gets its origin. */
export const orders: Readonly<Record<Balance, Order>> = {
  "least-connections": leastConnections,
  "round-robin": roundRobin,
  random: twoChoices,
  // Its sessions have keys, and so don't come here; one without is nobody's to send back.
  hash: roundRobin,
};

/** Those with equal loads take turns, by their weights. */
function leastConnections(candidates: readonly Candidate[], draw: Draw): readonly Candidate[] {
  return roundRobin(candidates, draw).toSorted((one, other) => loadOf(one) - loadOf(other));
}

/**
 * Two drawn by weight, the less loaded one first: nearly as even as the least loaded of all, and isolates whose
 * counts are equally old don't all send to the same one (Mitzenmacher, "The power of two choices", 2001).
 */
function twoChoices(candidates: readonly Candidate[], draw: Draw): readonly Candidate[] {
  const [one, others] = drawn(candidates, draw.randoms[0]);
  const [other] = drawn(others, draw.randoms[1]);
  if (one === undefined) return [];
  const winner = other !== undefined && loadOf(other) < loadOf(one) ? other : one;
  const rest = candidates.filter((candidate) => candidate !== winner);
  return [winner, ...byKey(rest, draw.randoms.join())];
}

function drawn(
  candidates: readonly Candidate[],
  random: number,
): readonly [Candidate | undefined, readonly Candidate[]] {
  let left = random * candidates.reduce((sum, { weight }) => sum + weight, 0);
  // Rounding may leave a little at the end of the last one.
  const found = candidates.find(({ weight }) => (left -= weight) < 0) ?? candidates.at(-1);
  return [found, candidates.filter((candidate) => candidate !== found)];
}

// As it would be with this session: among idle origins, the heavier ones are first.
function loadOf({ origin, weight }: Candidate): number {
  return (origin.sessions + 1) / weight;
}
