import type { Packet } from "../../wire/packet.ts";
import type { Refusal } from "../../wire/refusal.ts";
import type { Cause } from "./cause.ts";
import type { Queue } from "./queue.ts";

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
}

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
  | { readonly phase: "moored"; readonly silentAt: number }
  /** The origin has ended; what it had sent still goes down, until `dueAt`. */
  | { readonly phase: "ended"; readonly cause: Cause; readonly dueAt: number };

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
  | { readonly type: "end"; readonly cause: Cause };

export interface Step {
  readonly next: Session;
  readonly effects: readonly Effect[];
}
