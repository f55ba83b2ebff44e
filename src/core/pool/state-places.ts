import { reportIntervalMs, sessionsAt } from "./counts.ts";
import * as reservations from "./reservations.ts";
import type { Decisions, Places, Placing, ReservationId } from "./reservations.ts";
import { healthOf, isWanted } from "./state-origin.ts";
import type { Effect, PoolState } from "./state.ts";

/**
 * How long a pool that has begun anew lets those wait who want one of a limited number of places, while it asks the
 * session objects what they have. One that doesn't answer in time is counted when it reports.
 */
export const RECALL_MS = 800;

/** Somebody asks for a place at one of these origins, best first. */
export function placeAsked(
  state: PoolState,
  effects: Effect[],
  { id, candidates }: { readonly id: ReservationId; readonly candidates: readonly string[] },
  now: number,
): PoolState {
  const refuseAt = Math.max(now + state.pool.queueTimeoutMs, state.recallUntil ?? 0);
  const ask = { id, candidates, refuseAt };
  return decided(
    state,
    effects,
    reservations.placeAsked(state.reservations, ask, placingOf(state, now)),
  );
}

/** Gives those who wait what has become free. */
export function withPlaces(state: PoolState, effects: Effect[], now: number): PoolState {
  if (state.reservations.waiting.length === 0) return state;
  return decided(
    state,
    effects,
    reservations.placesFreed(state.reservations, placingOf(state, now)),
  );
}

function decided(state: PoolState, effects: Effect[], decisions: Decisions): PoolState {
  for (const { id, origin } of decisions.grants) effects.push({ type: "grant", id, origin });
  for (const id of decisions.refusals) effects.push({ type: "refuse", id });
  return { ...state, reservations: decisions.next };
}

function placingOf(state: PoolState, now: number): Placing {
  const expiresAt = now + reservations.RESERVATION_MS + reportIntervalMs(state.counts);
  return { places: placesOf(state), now, expiresAt };
}

function placesOf({ origins, counts, recallUntil, reservations: { granted } }: PoolState): Places {
  const taken = new Map<string, number>();
  for (const { origin } of granted) taken.set(origin, (taken.get(origin) ?? 0) + 1);
  const places = new Map<string, number>();
  for (const origin of origins) {
    const health = healthOf(origin);
    if (!isWanted(origin) || health === "down" || health === "ejected") continue;
    const { name, maxConnections = Infinity } = origin;
    if (recallUntil !== undefined && maxConnections < Infinity) continue;
    places.set(name, maxConnections - sessionsAt(counts, name) - (taken.get(name) ?? 0));
  }
  return places;
}
