import type { ObjectId } from "../../wire/sid.ts";
import type { OpenRoom } from "./snapshot.ts";

/** Session objects that have room, by place, fullest first. */
export type OpenRooms = Readonly<Record<string, readonly OpenRoom[]>>;

/** What one object said of its room. */
export interface RoomReport extends OpenRoom {
  readonly place: string;
}

/** Rooms that callers were told of lately, and may fill without asking again. */
export interface Promises {
  /** Counted up with each caller. */
  readonly turn: number;
  readonly made: readonly RoomPromise[];
  /**
   * Objects that callers were told of before they have any session: where many isolates need room at once, each would
   * otherwise begin one of its own.
   */
  readonly planned: readonly PlannedObject[];
}

export interface PlannedObject extends RoomReport {
  /** When it is forgotten, unless it has reported sessions by then. */
  readonly expiresAt: number;
}

/** What a caller asks for. */
export interface RoomAsk {
  readonly place: string;
  /** Sessions that it expects to open before it asks again. */
  readonly wanted: number;
  /** Objects that were never used, to be planned where there is no other room. */
  readonly fresh: readonly OpenRoom[];
}

export interface RoomPromise {
  readonly object: ObjectId;
  readonly room: number;
  readonly expiresAt: number;
}

/** An offer has been used, or never will be, and what was used has been reported. */
export const PROMISE_MS = 2000;

/** Where sessions are short, each object has but a little room again: a busy caller needs many. */
export const MAX_OFFERED_OBJECTS = 32;

/** Told of without a promise, for handshakes that find the promised ones full, or all their dials under way. */
export const SPARE_OBJECTS = 2;

/** One alone, told of to many callers at once, would refuse most of them: it dials but three at a time. */
export const MIN_OFFERED_OBJECTS = 2;

/** Offered to a caller that expects no handshakes, for the one that comes. */
export const MIN_OFFERED_ROOM = 4;

/** The fullest of a place are enough to fill: the rest is to drain. */
const MAX_OPEN_OBJECTS = 512;

const MAX_PROMISES = 20_000;

/** A promise, a report, and some time on the way. */
const PLANNED_MS = PROMISE_MS + 2000;

const MAX_PLANNED = 256;

/** Callers begin with different ones of the fullest few, so that they don't all dial from one object at once. */
const ROTATED_OBJECTS = 3;

export const NO_PROMISES: Promises = { turn: 0, made: [], planned: [] };

/** Puts what an object says in the place of what it said before. */
export function roomReported(
  open: OpenRooms,
  before: RoomReport | undefined,
  after: RoomReport | undefined,
): OpenRooms {
  const rest = before && before.room > 0 ? withoutObject(open, before) : open;
  if (!after || after.room <= 0) return rest;
  const { object, room, place } = after;
  const near = openAt(rest, place);
  const index = near.findIndex((other) => other.room > room);
  const at = index === -1 ? near.length : index;
  const list = [...near.slice(0, at), { object, room }, ...near.slice(at)];
  return { ...rest, [place]: list.slice(0, MAX_OPEN_OBJECTS) };
}

/** Takes out objects whose lease has expired. */
export function withoutObjects(open: OpenRooms, gone: ReadonlySet<string>): OpenRooms {
  const left = Object.entries(open)
    .map(([place, list]) => [place, list.filter(({ object }) => !gone.has(object))] as const)
    .filter(([, list]) => list.length > 0);
  return Object.fromEntries(left);
}

/** What is left of the promises when an object has told how many sessions were opened in it: those were promised. */
export function kept(promises: Promises, object: ObjectId, opened: number): Promises {
  if (opened === 0) return promises;
  let left = opened;
  const made: RoomPromise[] = [];
  for (const one of promises.made) {
    const used = one.object === object ? Math.min(left, one.room) : 0;
    left -= used;
    if (used < one.room) made.push(used === 0 ? one : { ...one, room: one.room - used });
  }
  return { ...promises, made, planned: promises.planned.filter((one) => one.object !== object) };
}

/** The fullest objects at a place that have room beyond what is promised; those without sessions come last. */
export function unpromised(
  open: OpenRooms,
  promises: Promises,
  place: string,
  now: number,
): readonly OpenRoom[] {
  const promised = new Map<string, number>();
  for (const { object, room, expiresAt } of promises.made) {
    if (expiresAt > now) promised.set(object, (promised.get(object) ?? 0) + room);
  }
  const planned = promises.planned.filter((one) => one.place === place && one.expiresAt > now);
  const rooms: OpenRoom[] = [];
  for (const { object, room } of [...openAt(open, place), ...planned]) {
    const left = room - (promised.get(object) ?? 0);
    if (left > 0) rooms.push({ object, room: left });
    if (rooms.length === MAX_OFFERED_OBJECTS) break;
  }
  return rooms;
}

/** Promises a caller about as much room as it wants, and no room that is another's. */
export function offered(
  open: OpenRooms,
  promises: Promises,
  { place, wanted, fresh }: RoomAsk,
  now: number,
): { readonly rooms: readonly OpenRoom[]; readonly promises: Promises } {
  const made = promises.made.filter(({ expiresAt }) => expiresAt > now);
  const planned = promises.planned.filter(({ expiresAt }) => expiresAt > now);
  const turn = (promises.turn + 1) % ROTATED_OBJECTS;
  if (made.length >= MAX_PROMISES) return { rooms: [], promises: { turn, made, planned } };
  const known = rotated(unpromised(open, promises, place, now), turn);
  const shared = sharedOut([...known, ...fresh], Math.max(wanted, MIN_OFFERED_ROOM));
  const { promised } = shared;
  const spare = Math.min(known.length, promised + SPARE_OBJECTS);
  const rooms = shared.rooms.slice(0, Math.max(promised, spare, MIN_OFFERED_OBJECTS));
  const news = rooms.slice(known.length).flatMap(({ object }) => {
    const room = fresh.find((one) => one.object === object)?.room ?? 0;
    return { object, room, place, expiresAt: now + PLANNED_MS };
  });
  return {
    rooms,
    promises: {
      turn,
      made: [...made, ...promisesOf(rooms, now + PROMISE_MS)],
      planned: [...planned, ...news].slice(0, MAX_PLANNED),
    },
  };
}

/** Of each object as much room as is still wanted, which is none from some object on. */
function sharedOut(
  objects: readonly OpenRoom[],
  wanted: number,
): { readonly rooms: readonly OpenRoom[]; readonly promised: number } {
  let missing = wanted;
  let promised = 0;
  const rooms = objects.slice(0, MAX_OFFERED_OBJECTS).map(({ object, room }) => {
    const share = Math.min(room, missing);
    missing -= share;
    if (share > 0) promised += 1;
    return { object, room: share };
  });
  return { rooms, promised };
}

function promisesOf(rooms: readonly OpenRoom[], expiresAt: number): readonly RoomPromise[] {
  return rooms.filter(({ room }) => room > 0).map((room) => ({ ...room, expiresAt }));
}

function rotated(rooms: readonly OpenRoom[], turn: number): readonly OpenRoom[] {
  const count = Math.min(ROTATED_OBJECTS, rooms.length);
  const first = count === 0 ? 0 : turn % count;
  return [...rooms.slice(first, count), ...rooms.slice(0, first), ...rooms.slice(count)];
}

function withoutObject(open: OpenRooms, { object, place }: RoomReport): OpenRooms {
  const list = openAt(open, place).filter((other) => other.object !== object);
  if (list.length > 0) return { ...open, [place]: list };
  return Object.fromEntries(Object.entries(open).filter(([other]) => other !== place));
}

function openAt(open: OpenRooms, place: string): readonly OpenRoom[] {
  return (Object.hasOwn(open, place) ? open[place] : undefined) ?? [];
}
