import type { Order, OrderFault } from "./admin.ts";
import { afterOrder, faultOf } from "./admin.ts";
import type { Counts } from "./counts.ts";
import { counted, isKnown, NO_COUNTS, sessionsAt, silentAt, swept } from "./counts.ts";
import { relieved } from "./ejection-limit.ts";
import { TRIAL_MS } from "./ejection.ts";
import type { CheckId } from "./health.ts";
import { kept, NO_PROMISES, offered, unpromised } from "./open-rooms.ts";
import type { Promises, RoomAsk } from "./open-rooms.ts";
import type { MoveOrder, Moves } from "./moves.ts";
import { movesDue, NO_MOVES, refusalHeard, reportHeard } from "./moves.ts";
import type { Origin } from "./origin.ts";
import { administered, NOTHING_PERSISTED, pruned } from "./persisted.ts";
import type { Persisted } from "./persisted.ts";
import type { Pool } from "./pool.ts";
import type { ObjectId } from "../../wire/sid.ts";
import type { Met, Report } from "./report.ts";
import * as reservations from "./reservations.ts";
import type { ReservationId, Reservations } from "./reservations.ts";
import type { OpenRoom, OriginStatus, Snapshot } from "./snapshot.ts";
import { freshOrigin, healthOf, isAnnounced, reordered } from "./state-origin.ts";
import type { OriginState } from "./state-origin.ts";
import {
  checkResult,
  checksDueAt,
  checksStarted,
  closingHeard,
  sessionsHeard,
  trialsBegun,
} from "./state-origins.ts";
import { placeAsked, RECALL_MS, withPlaces } from "./state-places.ts";

/** What a pool object knows. Plain data: it can be written down. Instants in ms. */
export interface PoolState {
  /** As configured. */
  readonly pool: Pool;
  readonly persisted: Persisted;
  readonly origins: readonly OriginState[];
  readonly lastCheck: CheckId;
  readonly counts: Counts;
  readonly promises: Promises;
  readonly reservations: Reservations;
  /** Until when it waits for what the objects of its life before have to say; `undefined` when it has heard them. */
  readonly recallUntil: number | undefined;
  readonly moves: Moves;
}

export type Event =
  | { readonly type: "reported"; readonly report: Report }
  /** Told by entry of WebSockets that it passes. */
  | { readonly type: "dials-met"; readonly met: Met }
  /** The origin is about to close, as it says itself. */
  | { readonly type: "origin-closing"; readonly origin: string }
  /** The result of a check that an effect asked for; a timeout is a failure. */
  | {
      readonly type: "checked";
      readonly origin: string;
      readonly check: CheckId;
      readonly isOk: boolean;
    }
  | { readonly type: "ordered"; readonly order: Order }
  /** Entry asks for a snapshot, and for room. */
  | ({ readonly type: "snapshot-asked" } & RoomAsk)
  /** Entry asks for a place at one of these origins, best first. */
  | {
      readonly type: "place-asked";
      readonly id: ReservationId;
      readonly candidates: readonly string[];
    }
  /** The place is not needed: nothing came of the handshake, or its client has gone. */
  | { readonly type: "place-released"; readonly id: ReservationId }
  /** An object that was asked to move sessions of this origin has none that can. */
  | { readonly type: "move-refused"; readonly object: ObjectId; readonly origin: string }
  /** These objects of the life before have been asked: they have reported, or have no sessions any more. */
  | { readonly type: "recalled"; readonly objects: readonly ObjectId[] }
  | { readonly type: "time-passed" };

export type Effect =
  | { readonly type: "check"; readonly origin: Origin; readonly check: CheckId }
  | { readonly type: "persist"; readonly persisted: Persisted }
  | { readonly type: "accept-order" }
  | { readonly type: "refuse-order"; readonly fault: OrderFault }
  | { readonly type: "answer-snapshot"; readonly snapshot: Snapshot }
  | { readonly type: "grant"; readonly id: ReservationId; readonly origin: string }
  | { readonly type: "refuse"; readonly id: ReservationId }
  /** An object has its first sessions: to be written down, so that a later life of the pool can ask it. */
  | { readonly type: "remember-object"; readonly object: ObjectId }
  | { readonly type: "forget-objects"; readonly objects: readonly ObjectId[] }
  | MoveOrder;

export interface Step {
  readonly next: PoolState;
  readonly effects: readonly Effect[];
}

/**
 * A pool that has heard of nobody yet; what `state.persisted` has lost against `persisted` had no meaning under this
 * configuration. `isRecalling`: there are objects from a life before, which are being asked.
 */
export function begin(
  pool: Pool,
  persisted: Persisted | undefined,
  now: number,
  isRecalling = false,
): PoolState {
  const orders = pruned(pool.origins, persisted ?? NOTHING_PERSISTED);
  const origins = administered(pool.origins, orders);
  // Spread over the interval, since an object may wait for few answers at a time.
  const apartMs = (pool.health?.intervalMs ?? 0) / origins.length;
  return {
    pool,
    persisted: orders,
    // They have been up since before we looked: a restart of the pool object slows nobody.
    origins: origins.map((origin, i) => freshOrigin(origin, now + Math.floor(i * apartMs), 0)),
    lastCheck: 0,
    counts: NO_COUNTS,
    promises: NO_PROMISES,
    reservations: reservations.NO_RESERVATIONS,
    recallUntil: isRecalling ? now + RECALL_MS : undefined,
    moves: NO_MOVES,
  };
}

/** Decides what an event means. `now` is in ms and given, never read, so that a test can hold the clock. */
export function step(state: PoolState, event: Event, now: number): Step {
  const effects: Effect[] = [];
  const applied = apply(timePassed(state, effects, now), effects, event, now);
  // After the event, since it may have been an order for maint, or the result that a check has waited for.
  const checking = withChecks(applied, effects, now);
  const settled = { ...checking, origins: relieved(checking.origins, now) };
  return { next: withMoves(withPlaces(settled, effects, now), effects, now), effects };
}

/** The instant at which the pool wants `time-passed`, in ms; `undefined` when only others can change it. */
export function nextDeadline(state: PoolState): number | undefined {
  let dueAt = reservations.reservationsDueAt(state.reservations) ?? Infinity;
  dueAt = Math.min(dueAt, state.counts.sweepAt ?? Infinity, state.recallUntil ?? Infinity);
  if (state.pool.health) dueAt = Math.min(dueAt, checksDueAt(state.origins));
  dueAt = Math.min(dueAt, state.moves.tickAt ?? Infinity);
  for (const { passive } of state.origins) {
    if (passive.phase === "ejected") dueAt = Math.min(dueAt, passive.until);
  }
  return dueAt === Infinity ? undefined : dueAt;
}

/** What the pool knows, to be looked at; `snapshot-asked` also promises the rooms that it names. */
export function snapshotOf(state: PoolState, place: string, now: number): Snapshot {
  return snapshotWith(state, unpromised(state.counts.open, state.promises, place, now), now);
}

function apply(state: PoolState, effects: Effect[], event: Event, now: number): PoolState {
  switch (event.type) {
    case "reported":
      return reported(state, effects, event.report, now);
    case "dials-met":
      return { ...state, origins: sessionsHeard(state.origins, event.met, now) };
    case "origin-closing":
      return { ...state, origins: closingHeard(state.origins, event.origin, now) };
    case "checked": {
      const { health } = state.pool;
      if (!health) return state;
      return { ...state, origins: checkResult(state.origins, event, health, now) };
    }
    case "ordered":
      return ordered(state, effects, event.order, now);
    case "snapshot-asked":
      return snapshotAsked(state, effects, event, now);
    case "place-asked":
      return placeAsked(state, effects, event, now);
    case "place-released":
      return { ...state, reservations: reservations.released(state.reservations, [event.id]) };
    case "move-refused": {
      const moves = refusalHeard(state.moves, event.object, event.origin, now);
      return { ...state, moves };
    }
    case "recalled":
      return recalled(state, effects, event.objects);
    case "time-passed":
      return state;
  }
}

function timePassed(state: PoolState, effects: Effect[], now: number): PoolState {
  const silent = silentAt(state.counts, now);
  if (silent.length > 0) effects.push({ type: "forget-objects", objects: silent });
  const { recallUntil = -Infinity } = state;
  return {
    ...state,
    recallUntil: recallUntil > now ? recallUntil : undefined,
    origins: trialsBegun(state.origins, now),
    counts: swept(state.counts, now),
    reservations: reservations.expired(state.reservations, now),
  };
}

function withChecks(state: PoolState, effects: Effect[], now: number): PoolState {
  const { health } = state.pool;
  if (!health) return state;
  const { origins, started } = checksStarted(state.origins, health, state.lastCheck, now);
  for (const check of started) effects.push({ type: "check", ...check });
  return { ...state, origins, lastCheck: state.lastCheck + started.length };
}

function withMoves(state: PoolState, effects: Effect[], now: number): PoolState {
  const { pool, counts } = state;
  const leaving = state.origins.filter((origin) => origin.admin === "drain" || isAnnounced(origin));
  const sight = {
    policy: pool.moves,
    slowStartMs: pool.slowStartMs,
    origins: state.origins.map((origin) => statusOf(origin, counts)),
    leaving: new Set(leaving.map(({ name }) => name)),
    counts,
  };
  const due = movesDue(state.moves, sight, now);
  effects.push(...due.orders);
  return { ...state, moves: due.moves };
}

function recalled(state: PoolState, effects: Effect[], objects: readonly ObjectId[]): PoolState {
  const gone = objects.filter((object) => !isKnown(state.counts, object));
  if (gone.length > 0) effects.push({ type: "forget-objects", objects: gone });
  return { ...state, recallUntil: undefined };
}

function reported(state: PoolState, effects: Effect[], report: Report, now: number): PoolState {
  const { object } = report;
  const counts = counted(state.counts, report, now);
  const isKnownNow = isKnown(counts, object);
  if (isKnownNow !== isKnown(state.counts, object)) {
    if (isKnownNow) effects.push({ type: "remember-object", object });
    else effects.push({ type: "forget-objects", objects: [object] });
  }
  return {
    ...state,
    counts,
    moves: reportHeard(state.moves, object),
    promises: kept(state.promises, object, report.opened.length),
    origins: sessionsHeard(state.origins, report, now),
    reservations: reservations.released(state.reservations, report.reservations ?? []),
  };
}

function ordered(state: PoolState, effects: Effect[], order: Order, now: number): PoolState {
  const fault = faultOf(state.origins, order);
  if (fault) {
    effects.push({ type: "refuse-order", fault });
    return state;
  }
  const configured = state.pool.origins;
  const persisted = afterOrder(configured, state.persisted, order);
  effects.push({ type: "persist", persisted }, { type: "accept-order" });
  const origins = administered(configured, persisted).map((origin) => {
    const before = state.origins.find(({ name }) => name === origin.name);
    return before ? reordered(before, origin, now) : freshOrigin(origin, now, now);
  });
  return { ...state, persisted, origins };
}

function snapshotAsked(
  state: PoolState,
  effects: Effect[],
  asked: RoomAsk,
  now: number,
): PoolState {
  const { rooms, promises } = offered(state.counts.open, state.promises, asked, now);
  const snapshot = snapshotWith(state, rooms, now);
  const origins = snapshot.origins.map((status, i) => {
    const isLent = isOnLoan(state.origins[i], now);
    return isLent ? { ...status, health: "ejected" as const } : status;
  });
  effects.push({ type: "answer-snapshot", snapshot: { ...snapshot, origins } });
  return { ...state, promises, origins: state.origins.map((origin) => lent(origin, now)) };
}

// One caller at a time is told of a trial, so that one session at a time is made.
function lent(origin: OriginState, now: number): OriginState {
  const { passive } = origin;
  if (healthOf(origin) !== "trial" || passive.phase !== "trial" || passive.lentUntil > now) {
    return origin;
  }
  return { ...origin, passive: { ...passive, lentUntil: now + TRIAL_MS } };
}

function isOnLoan(origin: OriginState | undefined, now: number): boolean {
  if (!origin || healthOf(origin) !== "trial") return false;
  return origin.passive.phase === "trial" && origin.passive.lentUntil > now;
}

function snapshotWith(state: PoolState, open: readonly OpenRoom[], now: number): Snapshot {
  const origins = state.origins.map((origin) => statusOf(origin, state.counts));
  return { takenAt: now, origins, objects: state.counts.objects, open };
}

function statusOf(origin: OriginState, counts: Counts): OriginStatus {
  const { name, url, weight, isBackup, maxConnections, admin, upSince } = origin;
  const health = healthOf(origin);
  const sessions = sessionsAt(counts, name);
  return { name, url, weight, isBackup, maxConnections, admin, health, sessions, upSince };
}
