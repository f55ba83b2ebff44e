import type { Candidate, Draw } from "./balance.ts";
import { byKey } from "./rendezvous.ts";

/** Above this, positions would be too coarse; what is cut off are whole rounds of any usual set of weights. */
const TURNS = 2 ** 30;

/** Far from the same for neighbours, however many there are. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** One of a candidate's turns: the instant at which it comes, on a clock on which a weight of 1 has one in each 1. */
interface Slot {
  readonly index: number;
  readonly at: number;
}

/**
 * Smooth weighted round robin that remembers nothing: each candidate has its slots on a common clock, `weight` of
 * them a unit, evenly apart, and turn n goes to the n-th slot of all. Equal weights rotate, unequal ones interleave;
 * isolates that begin at different turns don't march in step. What stands behind the first is drawn by weight, so that
 * no neighbour inherits a dead origin's whole share.
 */
export function roundRobin(
  candidates: readonly Candidate[],
  { turn }: Pick<Draw, "turn">,
): readonly Candidate[] {
  const first = candidates[slotOf(candidates, turn % TURNS)?.index ?? 0];
  if (first === undefined) return [];
  const rest = candidates.filter((candidate) => candidate !== first);
  return [first, ...byKey(rest, String(turn))];
}

/** The `turn`-th slot of all: counts those before a point that is surely earlier, and sorts the few behind it. */
function slotOf(candidates: readonly Candidate[], turn: number): Slot | undefined {
  const count = candidates.length;
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  // Each candidate's count of slots before T is within one of T * weight, so all together are within `count`.
  const from = (turn - count) / total;
  const until = (turn + count + 1) / total;
  let passed = 0;
  const near: Slot[] = [];
  for (const [index, { weight }] of candidates.entries()) {
    const phase = (index * GOLDEN) % 1;
    let n = slotsBefore(from, weight, phase);
    passed += n;
    for (; (n + phase) / weight < until; n++) near.push({ index, at: (n + phase) / weight });
  }
  near.sort((one, other) => one.at - other.at || one.index - other.index);
  return near[turn - passed];
}

// Corrected by the very comparison that orders slots: rounding may have put the estimate off by one.
function slotsBefore(instant: number, weight: number, phase: number): number {
  let n = Math.max(0, Math.ceil(instant * weight - phase));
  while (n > 0 && (n - 1 + phase) / weight >= instant) n--;
  while ((n + phase) / weight < instant) n++;
  return n;
}
