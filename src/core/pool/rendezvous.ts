import type { Candidate } from "./balance.ts";
import { unitHash } from "./rendezvous-hash.ts";

/**
 * Candidates for a key, best first, by weighted rendezvous hashing: each draws -ln(u) / weight, u made of the key and
 * its own name, and the smallest wins. As with exponential clocks, each wins its weight's share of keys; and since no
 * draw knows of the others, one that leaves moves its own keys alone, to others by their weights, and one whose
 * weight changes moves what it gains or loses and nothing else.
 */
export function byKey(candidates: readonly Candidate[], key: string): readonly Candidate[] {
  // A client may send a long key: it is read once, not once for each origin.
  const digest = String(unitHash(key));
  return candidates
    .map((candidate) => ({ candidate, draw: draw(candidate, digest) }))
    .toSorted((one, other) => one.draw - other.draw)
    .map(({ candidate }) => candidate);
}

function draw({ origin, weight }: Candidate, digest: string): number {
  return -Math.log(unitHash(`${digest} ${origin.name}`)) / weight;
}
