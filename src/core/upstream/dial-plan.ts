import type { Dials } from "./dial-slots.ts";
import { canDial, dialEnded, dialStarted } from "./dial-slots.ts";

/** How long an origin that has not taken a session stands behind the others. */
const FAILED_MS = 5000;

/** What nobody used of a rate is saved up for so long: timers are late by some ms. */
const SAVED_MS = 20;

/** What an object knows of its dials. Plain data, instants in ms. */
export interface DialPlan {
  readonly dials: Dials;
  /** Origins that have not taken a session lately, and until when that counts. */
  readonly failedUntil: ReadonlyMap<string, number>;
  /** When the next session that has lost its origin may come to this one. */
  readonly nextAt: ReadonlyMap<string, number>;
}

export const NO_DIALS: DialPlan = { dials: new Map(), failedUntil: new Map(), nextAt: new Map() };

/** A session that waits for one of these origins, best first. */
export interface DialWish {
  readonly origins: readonly string[];
  /** From one such session to the next at the same origin; 0 for those that are held to no rate. */
  readonly apartMs: number;
}

/** Which of them to dial now, or from when on; `at` is Infinity where a dial has to end first. */
export type DialChoice = { readonly origin: string } | { readonly at: number };

/**
 * The best origin that has a place. One that has failed is taken only where all have: if it hangs, it keeps each session for as
 * long as a dial may last, while others have a place in a moment.
 */
export function chooseDial(
  plan: DialPlan,
  { origins, apartMs }: DialWish,
  now: number,
): DialChoice {
  const sound = origins.filter((origin) => (plan.failedUntil.get(origin) ?? 0) <= now);
  let at = Infinity;
  for (const origin of sound.length > 0 ? sound : origins) {
    if (!canDial(plan.dials, origin)) continue;
    const nextAt = apartMs === 0 ? 0 : (plan.nextAt.get(origin) ?? 0);
    if (nextAt <= now) return { origin };
    at = Math.min(at, nextAt);
  }
  return { at };
}

export function startDial(plan: DialPlan, origin: string, apartMs: number, now: number): DialPlan {
  const dials = dialStarted(plan.dials, origin);
  if (apartMs === 0) return { ...plan, dials };
  const from = Math.max(plan.nextAt.get(origin) ?? 0, now - SAVED_MS);
  const nextAt = new Map(since(plan.nextAt, now - SAVED_MS)).set(origin, from + apartMs);
  return { ...plan, dials, nextAt };
}

export function endDial(plan: DialPlan, origin: string, hasFailed: boolean, now: number): DialPlan {
  const failedUntil = new Map(since(plan.failedUntil, now));
  if (hasFailed) failedUntil.set(origin, now + FAILED_MS);
  else failedUntil.delete(origin);
  return { ...plan, dials: dialEnded(plan.dials, origin), failedUntil };
}

/** Without what is past: an object does not remember every origin that it ever dialled. */
function since(instants: ReadonlyMap<string, number>, now: number): [string, number][] {
  return [...instants].filter(([, at]) => at > now);
}
