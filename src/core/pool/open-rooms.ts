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
}

export interface RoomPromise {
  readonly object: ObjectId;
  readonly room: number;
  readonly expiresAt: number;
}

/** An offer has been used, or never will be, and what was used has been reported. */
export const PROMISE_MS = 2000;

export const MAX_OFFERED_OBJECTS = 8;

/** Offered to a caller that expects no handshakes, for the one that comes. */
export const MIN_OFFERED_ROOM = 4;

/** The fullest of a place are enough to fill: the rest is to drain. */
const MAX_OPEN_OBJECTS = 512;

const MAX_PROMISES = 20_000;

/** Callers begin with different ones of the fullest few, so that they don't all dial from one object at once. */
const ROTATED_OBJECTS = 3;

export const NO_PROMISES: Promises = { turn: 0, made: [] };

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

/** The fullest objects at a place that have room beyond what is promised. */
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
  const rooms: OpenRoom[] = [];
  for (const { object, room } of openAt(open, place)) {
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
  { place, wanted }: { readonly place: string; readonly wanted: number },
  now: number,
): { readonly rooms: readonly OpenRoom[]; readonly promises: Promises } {
  const made = promises.made.filter(({ expiresAt }) => expiresAt > now);
  const turn = (promises.turn + 1) % ROTATED_OBJECTS;
  if (made.length >= MAX_PROMISES) return { rooms: [], promises: { turn, made } };
  const rooms: OpenRoom[] = [];
  let missing = Math.max(wanted, MIN_OFFERED_ROOM);
  for (const { object, room } of rotated(unpromised(open, promises, place, now), turn)) {
    if (missing <= 0) break;
    rooms.push({ object, room: Math.min(room, missing) });
    missing -= room;
  }
  const expiresAt = now + PROMISE_MS;
  const news = rooms.map((room) => ({ ...room, expiresAt }));
  return { rooms, promises: { turn, made: [...made, ...news] } };
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
