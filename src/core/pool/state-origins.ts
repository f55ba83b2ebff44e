import { firstBack, mayBeEjected } from "./ejection-limit.ts";
import { announced, ejected, faultSeen, isCondemned, readmitted, trialBegun } from "./ejection.ts";
import type { CheckId } from "./health.ts";
import { checkEnded, checkStarted } from "./health.ts";
import type { Origin } from "./origin.ts";
import type { HealthCheck } from "./pool.ts";
import type { Met } from "./report.ts";
import type { OriginState } from "./state-origin.ts";
import { healthOf, isAnnounced, isServing, isWanted } from "./state-origin.ts";

export interface StartedCheck {
  readonly origin: Origin;
  readonly check: CheckId;
}

/**
 * Checks under way at a time. The platform lets no more connections wait for an answer, and a check that waited for
 * others would be counted against its origin: so that many origins that hang don't take the others down, those wait here.
 */
export const MAX_CHECKS = 6;

/** Starts the checks that are due, and takes one whose result never came for failed. */
export function checksStarted(
  origins: readonly OriginState[],
  health: HealthCheck,
  lastCheck: CheckId,
  now: number,
): { readonly origins: readonly OriginState[]; readonly started: readonly StartedCheck[] } {
  const started: StartedCheck[] = [];
  let next = origins;
  let free = freeChecks(origins);
  const due = origins.filter(({ admin, check }) => admin !== "maint" && check.dueAt <= now);
  for (const { name, url, check } of due.toSorted((a, b) => a.check.dueAt - b.check.dueAt)) {
    if (check.pending !== undefined) next = afterCheck(next, name, false, health, now);
    else if (free === 0) continue;
    else free -= 1;
    const id = lastCheck + started.length + 1;
    started.push({ origin: { name, url }, check: id });
    next = changed(next, name, (origin) => ({
      ...origin,
      check: checkStarted(origin.check, id, health, now),
    }));
  }
  return { origins: next, started };
}

/** When a check is to be started or given up next; while as many are under way as may be, others wait for their ends. */
export function checksDueAt(origins: readonly OriginState[]): number {
  const isFree = freeChecks(origins) > 0;
  const dues = origins
    .filter(({ admin, check }) => admin !== "maint" && (isFree || check.pending !== undefined))
    .map(({ check }) => check.dueAt);
  return Math.min(...dues);
}

function freeChecks(origins: readonly OriginState[]): number {
  const underWay = origins.filter(({ check }) => check.pending !== undefined).length;
  return Math.max(0, MAX_CHECKS - underWay);
}

/** Takes the result that is awaited; others are of an earlier check, or of an origin that has gone. */
export function checkResult(
  origins: readonly OriginState[],
  result: { readonly origin: string; readonly check: CheckId; readonly isOk: boolean },
  health: HealthCheck,
  now: number,
): readonly OriginState[] {
  const origin = origins.find(({ name }) => name === result.origin);
  if (origin?.check.pending !== result.check) return origins;
  return afterCheck(origins, result.origin, result.isOk, health, now);
}

/** Begins the trial of those whose back-off is over. */
export function trialsBegun(origins: readonly OriginState[], now: number): readonly OriginState[] {
  const isDue = ({ passive }: OriginState) => passive.phase === "ejected" && passive.until <= now;
  if (!origins.some(isDue)) return origins;
  return origins.map((origin) =>
    isDue(origin) ? { ...origin, passive: trialBegun(origin.passive) } : origin,
  );
}

/** What sessions have met. Faults first: who has both in one report is not back yet. */
export function sessionsHeard(
  origins: readonly OriginState[],
  met: Met,
  now: number,
): readonly OriginState[] {
  let next = origins;
  for (const fault of met.faults) {
    next = changed(next, fault.origin, (origin) => withFault(origin, fault.network, now));
    next = judged(next, fault.origin, now);
  }
  for (const name of met.opened) next = changed(next, name, (origin) => opened(origin, now));
  return next;
}

/**
 * An origin says that it is about to close. It is believed, but sessions need somewhere to go: in a rolling restart who
 * has said so before it is back by now, and where there is nobody else it stays until it is gone.
 */
export function closingHeard(
  origins: readonly OriginState[],
  name: string,
  now: number,
): readonly OriginState[] {
  if (!origins.some((origin) => origin.name === name && isWanted(origin))) return origins;
  const others = origins.filter((origin) => origin.name !== name && isWanted(origin));
  const isNeeded = !others.some(isServing);
  const back = firstBack(others.filter((origin) => isAnnounced(origin) && origin.check.isUp));
  if (isNeeded && back === undefined) return origins;
  return origins.map((origin) => {
    if (origin === back && isNeeded) {
      return { ...origin, passive: readmitted(origin.passive, now), upSince: now };
    }
    return origin.name === name ? { ...origin, passive: announced(now) } : origin;
  });
}

function withFault(origin: OriginState, network: string, now: number): OriginState {
  // One that operators have taken out loses its sessions by their will.
  if (origin.admin !== "ready") return origin;
  const { passive } = origin;
  if (passive.phase === "trial") return { ...origin, passive: ejected(passive, now) };
  return { ...origin, passive: faultSeen(passive, network, now) };
}

function opened(origin: OriginState, now: number): OriginState {
  if (origin.passive.phase !== "trial") return origin;
  return { ...origin, passive: readmitted(origin.passive, now), upSince: now };
}

function judged(
  origins: readonly OriginState[],
  name: string,
  now: number,
): readonly OriginState[] {
  const origin = origins.find((other) => other.name === name);
  if (!origin || !isCondemned(origin.passive, origin.check.isFailing, now)) return origins;
  if (!mayBeEjected(origins, name)) return origins;
  return changed(origins, name, ({ passive }) => ({ ...origin, passive: ejected(passive, now) }));
}

function afterCheck(
  origins: readonly OriginState[],
  name: string,
  isOk: boolean,
  health: HealthCheck,
  now: number,
): readonly OriginState[] {
  const next = changed(origins, name, (origin) => {
    const check = checkEnded(origin.check, isOk, health, now);
    return check.isUp && !origin.check.isUp
      ? cameUp({ ...origin, check }, now)
      : { ...origin, check };
  });
  return judged(next, name, now);
}

// Checks speak for it again, so that its back-off need not be waited for; sessions have the last word.
function cameUp(origin: OriginState, now: number): OriginState {
  const { passive } = origin;
  const isOut = passive.phase === "ejected";
  const next = { ...origin, passive: isOut ? trialBegun(passive) : passive };
  return healthOf(next) === "up" ? { ...next, upSince: now } : next;
}

function changed(
  origins: readonly OriginState[],
  name: string,
  change: (origin: OriginState) => OriginState,
): readonly OriginState[] {
  return origins.map((origin) => (origin.name === name ? change(origin) : origin));
}
