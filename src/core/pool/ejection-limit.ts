import { readmitted, trialBegun } from "./ejection.ts";
import type { OriginState } from "./state-origin.ts";
import { healthOf, isAnnounced, isServing, isWanted } from "./state-origin.ts";

/** Never more than half of a pool is out for the faults of sessions, and never the last that serves. */
export function mayBeEjected(origins: readonly OriginState[], name: string): boolean {
  const { out, all } = ejectedOf(origins);
  if ((out + 1) * 2 > all) return false;
  return origins.some((origin) => origin.name !== name && isServing(origin));
}

/**
 * Keeps the limit when the pool has become smaller, or the others have gone down: those who would be back first are
 * back now.
 */
export function relieved(origins: readonly OriginState[], now: number): readonly OriginState[] {
  let next = origins;
  for (let { out, all } = ejectedOf(next); out * 2 > all; { out, all } = ejectedOf(next)) {
    const first = firstBack(next.filter(isCounted));
    if (!first) break;
    next = next.map((origin) => (origin === first ? back(origin, now) : origin));
  }
  return next.some(isServing) || next.some(isOnTrial) ? next : withTrial(next);
}

function withTrial(origins: readonly OriginState[]): readonly OriginState[] {
  const first = firstBack(origins.filter((origin) => isWanted(origin) && origin.check.isUp));
  if (!first) return origins;
  return origins.map((origin) =>
    origin === first ? { ...origin, passive: trialBegun(origin.passive) } : origin,
  );
}

function ejectedOf(origins: readonly OriginState[]): { out: number; all: number } {
  const counted = origins.filter(isCounted);
  return {
    out: counted.filter(({ passive }) => passive.phase !== "in").length,
    all: counted.length,
  };
}

// Who is out by its own word is as good as gone: nothing that the limit is for would be gained by having it back.
function isCounted(origin: OriginState): boolean {
  return origin.admin !== "maint" && !isAnnounced(origin);
}

/** Of these, who is back first. */
export function firstBack(origins: readonly OriginState[]): OriginState | undefined {
  return origins
    .filter(({ passive }) => passive.phase !== "in")
    .toSorted((one, other) => backAt(one) - backAt(other))[0];
}

function backAt({ passive }: OriginState): number {
  return passive.phase === "ejected" ? passive.until : 0;
}

function back(origin: OriginState, now: number): OriginState {
  return { ...origin, passive: readmitted(origin.passive, now), upSince: now };
}

function isOnTrial(origin: OriginState): boolean {
  return isWanted(origin) && healthOf(origin) === "trial";
}
