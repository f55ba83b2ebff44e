/**
 * How many connections one object may have waiting for response headers. The platform allows six (Workers limits,
 * "simultaneous open connections") and lets a seventh wait in silence; locally nothing enforces it, so we do.
 */
export const MAX_DIALS = 6;

/** One slow origin may not take every dial. */
export const MAX_DIALS_TO_ORIGIN = 3;

/** The dials under way, by origin name. */
export type Dials = Readonly<Record<string, number>>;

export function canDial(dials: Dials, origin: string): boolean {
  return total(dials) < MAX_DIALS && (dials[origin] ?? 0) < MAX_DIALS_TO_ORIGIN;
}

export function dialStarted(dials: Dials, origin: string): Dials {
  return { ...dials, [origin]: (dials[origin] ?? 0) + 1 };
}

export function dialEnded(dials: Dials, origin: string): Dials {
  const { [origin]: count = 0, ...others } = dials;
  return count > 1 ? { ...others, [origin]: count - 1 } : others;
}

function total(dials: Dials): number {
  return Object.values(dials).reduce((sum, count) => sum + count, 0);
}
