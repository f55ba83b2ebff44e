import type { Origin } from "./origin.ts";

/**
 * Origins for one new session, best first: the session object goes on to the next one when a dial fails.
 * Counting `turn` up by one for each session spreads them evenly.
 */
export function roundRobin(origins: readonly Origin[], turn: number): readonly Origin[] {
  if (origins.length === 0) return [];
  const first = turn % origins.length;
  return [...origins.slice(first), ...origins.slice(0, first)];
}
