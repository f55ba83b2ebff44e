/**
 * How many connections one object may have waiting for response headers. The platform allows six (Workers limits,
 * "simultaneous open connections") and lets a seventh wait in silence; locally nothing enforces it, so we do.
 */
export const MAX_DIALS = 6;

/** One slow origin may not take every dial. */
export const MAX_DIALS_TO_ORIGIN = 3;

/** The dials under way, by origin name. */
export type Dials = ReadonlyMap<string, number>;

export function canDial(dials: Dials, origin: string): boolean {
  return total(dials) < MAX_DIALS && (dials.get(origin) ?? 0) < MAX_DIALS_TO_ORIGIN;
}

export function dialStarted(dials: Dials, origin: string): Dials {
  return new Map(dials).set(origin, (dials.get(origin) ?? 0) + 1);
}

export function dialEnded(dials: Dials, origin: string): Dials {
  const count = (dials.get(origin) ?? 0) - 1;
  const rest = new Map(dials).set(origin, count);
  if (count <= 0) rest.delete(origin);
  return rest;
}

function total(dials: Dials): number {
  let sum = 0;
  for (const count of dials.values()) sum += count;
  return sum;
}
