import type {
  Content,
  Data,
  Handover,
  NamedEvent,
  Place,
  SessionRecord,
  SessionState,
} from "../../wire/hub/content.ts";
import type { Body, FromHub, PoolOriginName, ToHub } from "../../wire/hub/message.ts";
import type { EventName, StreamVector, Uid } from "../../wire/hub/vector.ts";

/** Spans in ms, sizes in bytes. */
export interface OriginSettings {
  readonly uid: Uid;
  /** `maxDisconnectionDuration` of the server: how long the past and lost sockets are kept; 0 without recovery. */
  readonly keepMs: number;
  /** How much of the past is kept at most. Whoever would need more is not recovered. */
  readonly pastBytes: number;
  /** What may wait for the hub, or for those who are away, before the oldest is dropped. */
  readonly outboxBytes: number;
  /** Of a record's encoded session; above it the session is unrecoverable. */
  readonly maxRecordBytes: number;
}

/** A socket, by its namespace and its Socket.IO id. */
export interface SocketName {
  readonly nsp: string;
  readonly sid: string;
}

/** What an origin orders; all of it is done before the call returns. */
export interface OriginPort {
  /** Puts a message on the link to that shard; only called while that is open. */
  send(shard: number, message: ToHub): void;
  /** Keep links to these shards, and to no others. */
  listen(shards: readonly number[]): void;
  /**
   * Another's event, once, in its publisher's order. `except`: sids of sockets that have it already. Never a notice or a
   * forward.
   */
  deliver(content: Content, name: EventName, except: readonly string[]): void;
  /** An event for one socket that is here. */
  deliverTo(socket: SocketName, event: NamedEvent): void;
  /** Another's request, to be answered by `respond` with the same shard and id. */
  request(shard: number, from: Uid, id: number, body: Body): void;
  response(from: Uid, id: number, isLast: boolean, body: Body): void;
  /** Who is linked to the shard this origin publishes to, and so is asked and counted. */
  peers(uids: ReadonlySet<Uid>): void;
  /** The application's `socket.data` as it is now; `undefined` where it can't be encoded. */
  dataOf(socket: SocketName): Data | undefined;
  /** A record for the edge, in order with what the socket is sent; `undefined`: the session is unrecoverable from now on. */
  record(socket: SocketName, record: SessionRecord | undefined): void;
  /** The socket lives elsewhere now, or is restored here by another connection: end it, at once. */
  end(socket: SocketName): void;
  /** Events have been missed for good: all upstream links are to be dropped as lost, so that sessions go elsewhere. */
  startOver(): void;
  /** This many of its own events have been dropped before everybody had them. */
  dropped(events: number, bytes: number): void;
}

/** Why a session is not restored. `young`: this origin's past does not reach back to what the client has seen. */
export type Refusal = "young" | "moved" | "disconnected" | "expired";

/** A session that is to be restored here: from a record, or from what another origin has handed over. */
export interface Restoring {
  readonly nsp: string;
  readonly session: SessionState;
  readonly place: Place;
  /** How far its client is. */
  readonly seen: StreamVector;
  /** How far the session was when its rooms were written down; commands after it apply. */
  readonly vector: StreamVector;
  /** The offset that went down last, "" for none. */
  readonly last: string;
  /** What the origin that handed over had sent after that offset; empty for a record. */
  readonly tail: readonly NamedEvent[];
}

/** What a restored socket begins with, in order: changes of its rooms, then events. */
export interface Restored {
  readonly join: readonly string[];
  readonly leave: readonly string[];
  readonly missed: readonly NamedEvent[];
  /** A `disconnectSockets` has reached it after all. */
  readonly isDisconnected: boolean;
}

/**
 * One Socket.IO server among those that share a hub: numbers what it publishes, takes what others do, and remembers
 * what a session needs to go on here or elsewhere. Changed in place, since a copy an event would cost more than all
 * the rest; `now` (ms since 1970) is given, never read.
 */
export interface Origin {
  readonly uid: Uid;

  /** The link to a shard is open: says hello. */
  opened(shard: number, now: number): void;
  received(shard: number, message: FromHub, now: number): void;
  closed(shard: number, now: number): void;
  /** Asks all peers; gives the uids that will respond, or whose leaving `peers` tells. */
  request(id: number, body: Body): readonly Uid[];
  respond(shard: number, to: Uid, id: number, isLast: boolean, body: Body): void;
  /** The server is about to close. */
  closing(origin: PoolOriginName | undefined): void;

  /** Numbers an event for all, remembers it, and sends it on; the caller delivers it to its own sockets. */
  publish(content: Content, now: number): EventName;
  /** Numbers an event to one socket that is here, and remembers it. */
  emitted(socket: SocketName, data: Data, now: number): EventName;

  /** A new socket, its rooms its own id. */
  socketOpened(socket: SocketName, pid: string, place: Place, now: number): void;
  joined(socket: SocketName, room: string, now: number): void;
  left(socket: SocketName, room: string, now: number): void;
  /** Its `data` may have changed. */
  touched(socket: SocketName): void;
  /** It may come back: it is remembered. */
  socketLost(socket: SocketName, state: SessionState, now: number): void;
  /** It will not come back. */
  socketGone(socket: SocketName): void;

  /** What this origin knows of a socket whose client has come back, its offset being the last that it got. */
  knows(nsp: string, pid: string, offset: string, now: number): Known | undefined;
  /** Whether it may be restored; ends an older socket of that sid here. */
  restoring(session: Restoring, now: number): Refusal | undefined;
  /**
   * The socket is there, in its rooms of `restoring`, and about to be announced to its client: what it begins with. From
   * here on it gets what others get. Its notice is published, and its record is written.
   */
  restored(socket: SocketName, now: number): Restored | undefined;

  /** At the end of a turn in which something was joined, left or touched: writes the records that have changed. */
  turnEnded(now: number): void;
  /** At least every second: forgets what is old, refreshes old records, tells what has been taken. */
  timePassed(now: number): void;
}

export interface Known {
  readonly place: Place;
  /** Not without the offset among what it was sent: it would be a guess. */
  readonly handover: Handover | undefined;
}
