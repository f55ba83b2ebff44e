import type { Held } from "./held.ts";
import { heldOnly, NOTHING_HELD } from "./held.ts";
import type { Row } from "./row.ts";
import { EMPTY_ROW } from "./row.ts";
import type { Part, Unit } from "./unit.ts";

/**
 * What a session knows of the Socket.IO namespaces that its client is in: what it takes to moor it elsewhere. Plain data.
 */
export interface Spaces {
  /** The client has sent a CONNECT as the default parser writes it. */
  readonly isKnown: boolean;
  /** Not Socket.IO by the default parser, or more than is kept: relayed as it is, and closed when its origin is lost. */
  readonly isOpaque: boolean;
  /** By name, which begins with a slash. */
  readonly byName: Readonly<Record<string, Space>>;
  /** Namespaces that the client has left by itself: it comes to them anew, whatever it sends along. */
  readonly left: readonly string[];
  /** Until when a namespace's next CONNECT is not to follow the DISCONNECT that went before it, in ms. */
  readonly rests: Readonly<Record<string, number>>;
  readonly held: Held;
  readonly partUp: Part | undefined;
  readonly partDown: Part | undefined;
  /** Events of the client's that wait for an answer of the origin that it is moored to, oldest first. */
  readonly asked: readonly Asked[];
  readonly acks: AckIds;
}

export type Space = Pending | Connected;

/** The client's CONNECT is on its way to an origin, or its answer is not. */
export interface Pending {
  readonly phase: "pending";
  /** The payload of the CONNECT, as it goes to the origin. */
  readonly payload: string;
  /** What came down for it before that answer. */
  readonly waiting: Waiting;
}

export interface Connected {
  readonly phase: "connected";
  /** The payload of the client's CONNECT, as it came. */
  readonly payload: string;
  /** What the origin has answered; without connection state recovery it gives no pid. */
  readonly pid: string | undefined;
  /** What an origin with `mooring/origin` keeps at the edge; none when there is no such thing, or no more. */
  readonly record: string | undefined;
  /** The last number of each stream that has gone down since that record. */
  readonly seen: Readonly<Record<string, number>>;
  /** The offset that went down last, "" for none. */
  readonly last: string;
  /** While an origin has a replayed CONNECT and has not answered it: what came down for the namespace before that. */
  readonly replay: Waiting | undefined;
}

/** Messages in order, and their bytes. */
export interface Waiting {
  readonly units: Row<Unit>;
  readonly bytes: number;
}

export const NOTHING_WAITING: Waiting = { units: EMPTY_ROW, bytes: 0 };

export interface Asked {
  readonly nsp: string;
  readonly ack: number;
  readonly at: number;
  /** Of `unit`. */
  readonly bytes: number;
  /** What was asked, where it is to be asked again: once, since it may be what its origin was lost by. */
  readonly unit: Unit | undefined;
}

/**
 * Servers number the events that want an answer by process, so the ids of two origins collide: each mooring's ids go
 * down in a range of their own, above those of the moorings before it.
 */
export interface AckIds {
  /** What is added to this mooring's ids. */
  readonly base: number;
  /** Above every id that has gone down. */
  readonly next: number;
  /** Those that the client has not answered, as they went down, oldest first. */
  readonly open: readonly OpenAck[];
}

/** Servers number by namespace, so an id may be open in several. */
export interface OpenAck {
  readonly nsp: string;
  readonly ack: number;
  readonly at: number;
}

export const NO_SPACES: Spaces = {
  isKnown: false,
  isOpaque: false,
  byName: {},
  left: [],
  rests: {},
  held: NOTHING_HELD,
  partUp: undefined,
  partDown: undefined,
  asked: [],
  acks: { base: 0, next: 0, open: [] },
};

/** How many namespaces, and of their CONNECT payloads how many characters, a session is kept movable with. */
export const MAX_SPACES = 256;
const MAX_PAYLOAD_CHARACTERS = 65_536;

export function isWithinBounds(spaces: Spaces, payload: string): boolean {
  let characters = payload.length;
  for (const space of Object.values(spaces.byName)) characters += space.payload.length;
  return Object.keys(spaces.byName).length < MAX_SPACES && characters <= MAX_PAYLOAD_CHARACTERS;
}

export function withSpace(spaces: Spaces, nsp: string, space: Space): Spaces {
  return { ...spaces, byName: { ...spaces.byName, [nsp]: space } };
}

/** Without a namespace, and what was to be answered in it. */
export function withoutSpace(spaces: Spaces, nsp: string): Spaces {
  const { [nsp]: _gone, ...byName } = spaces.byName;
  const asked = spaces.asked.filter((one) => one.nsp !== nsp);
  const open = spaces.acks.open.filter((one) => one.nsp !== nsp);
  return { ...spaces, byName, asked, acks: { ...spaces.acks, open } };
}

/** Without a namespace, and of what is held for it all but what `isKept`. */
export function withoutHeld(spaces: Spaces, nsp: string, isKept: (unit: Unit) => boolean): Spaces {
  return { ...withoutSpace(spaces, nsp), held: heldOnly(spaces.held, nsp, isKept) };
}

export function isReplaying(space: Space | undefined): boolean {
  return space?.phase === "connected" && space.replay !== undefined;
}

/** An ack that nobody has answered for so long is not waited for: its answer may never have been meant to come. */
const ACK_AGE_MS = 10_000;
const MAX_ACKS = 256;

/** With one more. */
export function remembered<One>(list: readonly One[], one: One): readonly One[] {
  return [...list, one].slice(-MAX_ACKS);
}

/** What may still be answered. */
export function unanswered<One extends { readonly at: number }>(
  list: readonly One[],
  now: number,
): readonly One[] {
  return list.filter(({ at }) => at > now - ACK_AGE_MS);
}

/** Bytes that a session keeps of what has been sent through it, beside what waits for its client alone. */
export function spacesBytes(spaces: Spaces): number {
  const { held, partUp, partDown, byName } = spaces;
  let bytes = held.bytes + (partUp?.bytes ?? 0) + (partDown?.bytes ?? 0) + askedBytes(spaces);
  for (const nsp in byName) {
    const space = byName[nsp];
    if (space) bytes += (space.phase === "pending" ? space.waiting : space.replay)?.bytes ?? 0;
  }
  return bytes;
}

export function askedBytes({ asked }: Spaces): number {
  let sum = 0;
  for (const { bytes } of asked) sum += bytes;
  return sum;
}
