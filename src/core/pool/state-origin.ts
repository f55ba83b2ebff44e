import { NEVER_EJECTED } from "./ejection.ts";
import type { Passive } from "./ejection.ts";
import { firstCheck } from "./health.ts";
import type { Check } from "./health.ts";
import type { AdministeredOrigin } from "./persisted.ts";
import type { HealthState } from "./snapshot.ts";

/** An origin with all that its pool knows of it. */
export interface OriginState extends AdministeredOrigin {
  readonly check: Check;
  readonly passive: Passive;
  readonly upSince: number;
}

export function freshOrigin(
  origin: AdministeredOrigin,
  checkAt: number,
  upSince: number,
): OriginState {
  return { ...origin, check: firstCheck(checkAt), passive: NEVER_EJECTED, upSince };
}

/** The same origin under other orders: who puts one back in has it begin anew. */
export function reordered(
  before: OriginState,
  origin: AdministeredOrigin,
  now: number,
): OriginState {
  const { check, passive, upSince } = before;
  if (before.admin === origin.admin) return { ...origin, check, passive, upSince };
  // An origin in maint is not checked, so that what the checks have said of it is old.
  if (before.admin === "maint" || origin.admin === "maint") return freshOrigin(origin, now, now);
  const since = origin.admin === "ready" ? now : upSince;
  return { ...origin, check, passive: NEVER_EJECTED, upSince: since };
}

export function healthOf({ check, passive }: OriginState): HealthState {
  if (!check.isUp) return "down";
  return passive.phase === "in" ? "up" : passive.phase;
}

/** Whether it has said that it is about to close. */
export function isAnnounced({ passive }: OriginState): boolean {
  return passive.phase === "ejected" && passive.isAnnounced;
}

/** Whether it gets new sessions like any other. */
export function isServing(origin: OriginState): boolean {
  return isWanted(origin) && healthOf(origin) === "up";
}

/** Whether operators would have it get sessions. */
export function isWanted({ admin, weight }: OriginState): boolean {
  return admin === "ready" && weight > 0;
}
