import type { Uid, EventName, StreamVector } from "./vector.ts";

/** Sockets: those in any of `rooms` (all, where there is none), but in none of `except`. */
export interface Address {
  readonly rooms: readonly string[];
  readonly except: readonly string[];
}

/** Flags of an emit that reach other origins. */
export interface EmitFlags {
  readonly volatile?: boolean;
  readonly compress?: boolean;
}

/**
 * Values of an application: JSON text where they have no binary data, else MessagePack. JSON is what Socket.IO's own
 * parser makes of them, and several times as fast.
 */
export type Data = string | Uint8Array;

/** What an event of the hub says: the body of `publish`. */
export type Content =
  /** `data`: the arguments of an event, its name first; with `isKept`, its name goes behind them as the offset. */
  | {
      readonly type: "event";
      readonly nsp: string;
      readonly to: Address;
      readonly flags: EmitFlags;
      readonly isKept: boolean;
      readonly data: Data;
    }
  | {
      readonly type: "join";
      readonly nsp: string;
      readonly to: Address;
      readonly rooms: readonly string[];
    }
  | {
      readonly type: "leave";
      readonly nsp: string;
      readonly to: Address;
      readonly rooms: readonly string[];
    }
  | {
      readonly type: "disconnect";
      readonly nsp: string;
      readonly to: Address;
      readonly close: boolean;
    }
  /** `serverSideEmit` without an ack. */
  | { readonly type: "server-event"; readonly nsp: string; readonly data: Data }
  /** The socket `sid` lives at the publisher now, at this place, and its client has seen this much. */
  | {
      readonly type: "notice";
      readonly nsp: string;
      readonly sid: string;
      readonly place: Place;
      readonly seen: StreamVector;
    }
  /** What the publisher had emitted to the socket `sid` alone, of which it has now heard that it lives elsewhere. */
  | {
      readonly type: "forward";
      readonly nsp: string;
      readonly sid: string;
      readonly name: EventName;
      readonly data: Data;
    };

/**
 * Which of two sockets with one sid is the later: the session's birth at the edge (ms since 1970), then how often it has
 * been moored.
 */
export interface Place {
  readonly birth: number;
  readonly moorings: number;
}

/** The body of `request`. */
export type Request =
  | { readonly type: "fetch-sockets"; readonly nsp: string; readonly to: Address }
  | { readonly type: "server-event"; readonly nsp: string; readonly data: Data }
  /** A broadcast with acks. */
  | {
      readonly type: "event";
      readonly nsp: string;
      readonly to: Address;
      readonly flags: EmitFlags;
      readonly timeoutMs: number;
      readonly data: Data;
    }
  /** Who knows the socket whose client has come back with this? `offset`: "" when it has seen no event. */
  | { readonly type: "ask"; readonly nsp: string; readonly pid: string; readonly offset: string };

/** The body of `respond`. `none`: no such namespace here, or nothing to say. */
export type Response =
  | { readonly type: "none" }
  /** Descriptions of sockets, as `fetchSockets` gives them. */
  | { readonly type: "sockets"; readonly data: Data }
  /** The argument of an ack. */
  | { readonly type: "ack"; readonly data: Data }
  /** How many clients a broadcast with acks has reached here; their acks follow, the last of them is the last response. */
  | { readonly type: "client-count"; readonly count: number }
  | { readonly type: "known"; readonly place: Place; readonly handover: Handover | undefined };

/** A copy of what an origin has of a socket; without the offset among what it was sent, there is only its place. */
export interface Handover {
  readonly session: SessionState;
  readonly vector: StreamVector;
  /** What it was sent after the offset, in order. */
  readonly tail: readonly NamedEvent[];
}

export interface NamedEvent {
  readonly name: EventName;
  readonly data: Data;
}

/** What Socket.IO's servers restore a socket from. `data`: the application's. */
export interface SessionState {
  readonly sid: string;
  readonly pid: string;
  readonly rooms: readonly string[];
  readonly data: Data;
}

/** What the next origin needs to go on with a session, before it is sealed. `at`: ms since 1970. */
export interface SessionRecord {
  readonly nsp: string;
  readonly session: SessionState;
  readonly place: Place;
  readonly vector: StreamVector;
  readonly at: number;
  readonly by: Uid;
}
