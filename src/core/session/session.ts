import type { Packet } from "../../wire/packet.ts";
import type { Refusal } from "../../wire/refusal.ts";
import type { Cause } from "./cause.ts";
import type { Queue } from "./queue.ts";
import type { Spaces } from "./spaces.ts";

/** A client's GET that waits for packets, its POST, and its WebSocket: numbers by which the shell finds them. */
export type PollId = number;
export type PostId = number;
export type SocketId = number;

/** What a session holds itself and its client to. Spans in ms, sizes in bytes. */
export interface Limits {
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly maxPayload: number;
  /** Sent to a WebSocket that has not shown by a pong that it reads. */
  readonly creditBytes: number;
  /** Waiting for the client; one byte more closes the session. */
  readonly queueBytes: number;
  /** Waiting for an origin while there is none; one byte more closes the session. */
  readonly holdBytes: number;
  /** How long its first origin may be silent, a ping being due in it. */
  readonly silenceMs: number;
  /** How long a session whose origin is lost waits for another. */
  readonly lossGraceMs: number;
  readonly onUnrecovered: OnUnrecovered;
  readonly onPendingAcks: OnPendingAcks;
}

/** When the state of a session is gone with its origin: end it, or let the client hear that it is connected anew. */
export type OnUnrecovered = "close" | "connect";

/** What becomes of events that wait for an answer of an origin that is lost. */
export type OnPendingAcks = "close" | "replay" | "keep";

/**
 * One Engine.IO session: two machines side by side, the transport towards the client and the mooring towards the
 * origin, with the queue between them. Plain data: what a session knows can be written down.
 */
export interface Session {
  readonly limits: Limits;
  readonly transport: Transport;
  readonly mooring: Mooring;
  readonly heartbeat: Heartbeat;
  readonly down: Queue;
  readonly spaces: Spaces;
  readonly moorings: Moorings;
}

/** Where the session has been moored so far. Instants in ms since 1970. */
export interface Moorings {
  readonly count: number;
  readonly lastAt: number;
  /** The losses of its last minute: what kills an origin must not tour the pool. */
  readonly losses: readonly number[];
}

export type Transport = Polling | Streaming | { readonly phase: "closed"; readonly cause: Cause };

export interface Polling {
  readonly phase: "polling";
  readonly poll: Poll | undefined;
  readonly post: PostId | undefined;
  readonly probe: Probe | undefined;
}

export interface Poll {
  readonly id: PollId;
  /** When what has come by then is answered: frames of the origin that come together go in one payload. */
  readonly answerAt: number | undefined;
}

/** A WebSocket that a polling client has opened to upgrade to. */
export interface Probe {
  readonly socket: SocketId;
  /** After `2probe`: from then on a poll is not held, so that the client can stop polling. */
  readonly isProbed: boolean;
  readonly dueAt: number;
}

export interface Streaming {
  readonly phase: "streaming";
  readonly socket: SocketId;
  readonly credit: Credit;
}

/**
 * How far the client has read. The platform shows no send buffer, but a client answers every ping at once: its
 * pong says that all bytes sent before that ping have arrived.
 */
export interface Credit {
  readonly sentBytes: number;
  readonly readBytes: number;
  /** `sentBytes` at each ping that has no pong yet, oldest first. */
  readonly pings: readonly number[];
  readonly lastPingBytes: number;
}

export type Mooring =
  | Moored
  /** Left by us for another origin: what it still sends goes down, until its side has ended too. */
  | { readonly phase: "leaving"; readonly dueAt: number; readonly origin: string }
  | Lost
  | Ended;

/** The origin has ended; what it had sent still goes down, until `dueAt`. */
export interface Ended {
  readonly phase: "ended";
  readonly cause: Cause;
  /** What the session ends by, where that is something else. */
  readonly end?: Cause;
  readonly dueAt: number;
}

export interface Moored {
  readonly phase: "moored";
  readonly origin: string;
  readonly silentAt: number;
  readonly silenceMs: number;
  /** While namespaces are replayed to it: what the session had been through. */
  readonly search: Search | undefined;
  /** Its server has said that it is about to close. */
  readonly isClosing: boolean;
  /** While a planned move waits for a moment in which nothing is under way: until when. */
  readonly quietUntil: number | undefined;
  /** What an origin with mooring/origin has been told of that move. */
  readonly parting?: Parting;
}

/** `answered`: it has dealt with all that it had been sent. `stale`: it has been sent something since. */
export interface Parting {
  readonly n: number;
  readonly state: "asked" | "answered" | "stale";
}

export interface Lost {
  readonly phase: "lost";
  readonly cause: Cause;
  /** When it is dialled again; `undefined` while it is, or while the old origin is asked whether it lives. */
  readonly dialAt: number | undefined;
  /** The origin that was lost, which is not dialled in the first round. */
  readonly lost: string | undefined;
  readonly search: Search;
}

/** The search for an origin that can go on with a session. */
export interface Search {
  readonly since: number;
  /** Origins whose past was too short for it, of those that this round has dialled. */
  readonly young: readonly string[];
  /** How often all have been dialled in vain. */
  readonly rounds: number;
  /** In how many of these rounds there were such. */
  readonly youngRounds: number;
}

/** The server's ping, the client's pong (Engine.IO protocol v4, "Heartbeat"). */
export interface Heartbeat {
  readonly nextPingAt: number;
  readonly pongDueAt: number | undefined;
  /** As in Engine.IO's server, another packet puts off the end once while a pong is awaited. */
  readonly isExtended: boolean;
  /** Pongs that answered no ping, since the last one that did. */
  readonly strayPongs: number;
}

export type Event =
  | { readonly type: "poll-opened"; readonly poll: PollId }
  | { readonly type: "post-opened"; readonly post: PostId }
  | { readonly type: "post-received"; readonly post: PostId; readonly packets: readonly Packet[] }
  | { readonly type: "post-failed"; readonly post: PostId; readonly cause: Cause }
  | { readonly type: "socket-opened"; readonly socket: SocketId }
  | { readonly type: "packet-received"; readonly socket: SocketId; readonly packet: Packet }
  | { readonly type: "socket-closed"; readonly socket: SocketId }
  | { readonly type: "packet-sent-by-origin"; readonly packet: Packet }
  | { readonly type: "origin-ended"; readonly cause: Cause }
  /** The origin that had closed the session has been asked whether it lives. */
  | { readonly type: "origin-asked"; readonly isAlive: boolean }
  /** The session is to go to another origin, when nothing is under way. */
  | { readonly type: "move-wanted" }
  /** The time for such moves is over. */
  | { readonly type: "move-overdue"; readonly cause: Cause }
  /** `dial` names the connection to the origin. */
  | {
      readonly type: "dialled";
      readonly origin: string;
      readonly dial: string;
      readonly maxPayload: number;
      readonly silenceMs: number;
    }
  /**
   * No origin has taken the session: none answers, none is left to be tried, or one has said no, as an application does.
   */
  | { readonly type: "dial-failed"; readonly why: "unreachable" | "none" | "refused" }
  | { readonly type: "time-passed" }
  | { readonly type: "condemned"; readonly cause: Cause };

export type Effect =
  | { readonly type: "answer-poll"; readonly poll: PollId; readonly packets: readonly Packet[] }
  | { readonly type: "refuse-poll"; readonly poll: PollId; readonly refusal: Refusal }
  | { readonly type: "accept-post"; readonly post: PostId }
  | { readonly type: "refuse-post"; readonly post: PostId; readonly refusal: Refusal }
  | { readonly type: "send"; readonly socket: SocketId; readonly packet: Packet }
  | { readonly type: "close-socket"; readonly socket: SocketId; readonly cause: Cause | undefined }
  | { readonly type: "forward"; readonly packet: Packet }
  | { readonly type: "leave-origin"; readonly cause: Cause }
  /** Close the link and go on listening until its end. */
  | { readonly type: "close-origin" }
  /** Ask the origin that has just ended the link whether it lives: `origin-asked`. */
  | { readonly type: "ask-origin" }
  /** Dial another origin: `dialled` or `dial-failed`. */
  | { readonly type: "dial"; readonly except: readonly string[] }
  /** A planned move found no quiet moment. */
  | { readonly type: "put-off" }
  | { readonly type: "end"; readonly cause: Cause };

export interface Step {
  readonly next: Session;
  readonly effects: readonly Effect[];
}
