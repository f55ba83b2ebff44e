/** Names one handshake's wait for a place; whoever asks makes it up. */
export type ReservationId = string;

/** Places given and waited for, in pools where an origin has a maximum. Instants in ms. */
export interface Reservations {
  /** Each is a session until the report that has it, or until it expires. A maximum may be set meanwhile. */
  readonly granted: readonly Granted[];
  /** First come, first served. */
  readonly waiting: readonly Waiting[];
}

export interface Granted {
  readonly id: ReservationId;
  readonly origin: string;
  readonly expiresAt: number;
}

export interface Waiting {
  readonly id: ReservationId;
  /** Origin names, best first. */
  readonly candidates: readonly string[];
  readonly refuseAt: number;
}

/** Sessions that each origin can still take; origins that get none are absent, those without a maximum have Infinity. */
export type Places = ReadonlyMap<string, number>;

/** What there is to give, and until when it is counted if nothing is heard of it. */
export interface Placing {
  readonly places: Places;
  readonly now: number;
  readonly expiresAt: number;
}

export interface Decisions {
  readonly next: Reservations;
  readonly grants: readonly { readonly id: ReservationId; readonly origin: string }[];
  readonly refusals: readonly ReservationId[];
}

/** A handshake is over by then, but where origins hang. The report of its session may take its own time on top. */
export const RESERVATION_MS = 10_000;

/** A queue longer than this would hardly come up in time, and each that asks or goes is looked up in all of it. */
export const MAX_WAITING = 1000;

export const NO_RESERVATIONS: Reservations = { granted: [], waiting: [] };

/** Gives a place at once where there is one; those who wait want other places, or would have got it. */
export function placeAsked(reservations: Reservations, ask: Waiting, placing: Placing): Decisions {
  const { places, now } = placing;
  const known = reservations.granted.find(({ id }) => id === ask.id);
  if (known) return { next: reservations, grants: [known], refusals: [] };
  if (reservations.waiting.some(({ id }) => id === ask.id)) return undecided(reservations);
  const origin = ask.candidates.find((name) => (places.get(name) ?? 0) > 0);
  if (origin !== undefined) {
    const granted = [...reservations.granted, { id: ask.id, origin, expiresAt: placing.expiresAt }];
    const grants = [{ id: ask.id, origin }];
    return { next: { ...reservations, granted }, grants, refusals: [] };
  }
  if (ask.refuseAt <= now || reservations.waiting.length >= MAX_WAITING) {
    return { next: reservations, grants: [], refusals: [ask.id] };
  }
  return undecided({ ...reservations, waiting: [...reservations.waiting, ask] });
}

/** For handshakes that have come to an end, and those whose sessions a report now counts. */
export function released(reservations: Reservations, ids: readonly ReservationId[]): Reservations {
  if (ids.length === 0) return reservations;
  const gone = new Set(ids);
  return {
    granted: reservations.granted.filter(({ id }) => !gone.has(id)),
    waiting: reservations.waiting.filter(({ id }) => !gone.has(id)),
  };
}

export function expired(reservations: Reservations, now: number): Reservations {
  if (reservations.granted.every(({ expiresAt }) => expiresAt > now)) return reservations;
  const granted = reservations.granted.filter(({ expiresAt }) => expiresAt > now);
  return { ...reservations, granted };
}

/** Gives what has become free to those who wait, in their order, and refuses those who have waited long enough. */
export function placesFreed(reservations: Reservations, placing: Placing): Decisions {
  const { places, now } = placing;
  if (reservations.waiting.length === 0) return undecided(reservations);
  const left = new Map([...places].filter(([, count]) => count > 0));
  const isFor = (ask: Waiting) => left.size > 0 && ask.candidates.some((name) => left.has(name));
  // So it is at nearly each event: nothing free that they want, and nobody late.
  if (!reservations.waiting.some((ask) => ask.refuseAt <= now || isFor(ask))) {
    return undecided(reservations);
  }
  const granted = [...reservations.granted];
  const waiting: Waiting[] = [];
  const grants: { id: ReservationId; origin: string }[] = [];
  const refusals: ReservationId[] = [];
  for (const ask of reservations.waiting) {
    const origin = left.size === 0 ? undefined : ask.candidates.find((name) => left.has(name));
    if (origin !== undefined) {
      granted.push({ id: ask.id, origin, expiresAt: placing.expiresAt });
      grants.push({ id: ask.id, origin });
      takePlace(left, origin);
    } else if (ask.refuseAt <= now) {
      refusals.push(ask.id);
    } else {
      waiting.push(ask);
    }
  }
  return { next: { granted, waiting }, grants, refusals };
}

/** When something expires or is refused next. */
export function reservationsDueAt({ granted, waiting }: Reservations): number | undefined {
  let dueAt = Infinity;
  for (const { expiresAt } of granted) dueAt = Math.min(dueAt, expiresAt);
  for (const { refuseAt } of waiting) dueAt = Math.min(dueAt, refuseAt);
  return dueAt === Infinity ? undefined : dueAt;
}

function takePlace(left: Map<string, number>, origin: string): void {
  const count = (left.get(origin) ?? 0) - 1;
  if (count > 0) left.set(origin, count);
  else left.delete(origin);
}

function undecided(next: Reservations): Decisions {
  return { next, grants: [], refusals: [] };
}
