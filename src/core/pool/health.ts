import type { HealthCheck } from "./pool.ts";

/** Names one check of one origin, so that a late answer is told from the awaited one. */
export type CheckId = number;

/** What the active checks say of one origin: up until they say otherwise. Instants in ms. */
export interface Check {
  readonly isUp: boolean;
  /** The latest result. */
  readonly isFailing: boolean;
  /** Results in a row, up to the latest, that speak against `isUp`. */
  readonly streak: number;
  readonly pending: CheckId | undefined;
  readonly startedAt: number;
  /** When the next is started, and one whose result has not come is given up. */
  readonly dueAt: number;
}

// The shell ends a check after `timeoutMs`. This is for a result that got lost on its way.
const LOST_RESULT_MS = 1000;

export function firstCheck(dueAt: number): Check {
  return {
    isUp: true,
    isFailing: false,
    streak: 0,
    pending: undefined,
    startedAt: dueAt,
    dueAt,
  };
}

export function checkStarted(check: Check, id: CheckId, health: HealthCheck, now: number): Check {
  const waitMs = Math.max(health.intervalMs, health.timeoutMs + LOST_RESULT_MS);
  return { ...check, pending: id, startedAt: now, dueAt: now + waitMs };
}

export function checkEnded(check: Check, isOk: boolean, health: HealthCheck, now: number): Check {
  const streak = isOk === check.isUp ? 0 : check.streak + 1;
  const isTurned = streak >= (check.isUp ? health.fall : health.rise);
  return {
    isUp: isTurned ? !check.isUp : check.isUp,
    isFailing: !isOk,
    streak: isTurned ? 0 : streak,
    pending: undefined,
    startedAt: check.startedAt,
    dueAt: Math.max(check.startedAt + health.intervalMs, now),
  };
}
