import * as v from "valibot";
import type { Client, HeaderList } from "../core/entry/forward.ts";
import type { Origin } from "../core/pool/origin.ts";
import type { Answer } from "../core/entry/answer.ts";
import type { DialOutcome } from "../core/upstream/verdict.ts";
import type { Packet } from "../wire/packet.ts";
import type { SessionKey } from "../wire/sid.ts";

// The contracts by which the rooms of the edge call each other; worker.ts puts the rooms together.

/** entry -> pool: where a new session may go. */
export interface Pool {
  /** Origins for one new session, best first. */
  rank(client: Client): readonly Origin[];
}

const HANDSHAKE = v.object({
  transport: v.picklist(["polling", "websocket"]),
  origins: v.array(v.object({ name: v.string(), url: v.string() })),
  /** Whether CORS is answered by the edge, so that the origin's own is left out. */
  isCorsOurs: v.boolean(),
});

/** entry -> session: what a handshake brings besides its own URL and header fields. */
export type Handshake = v.InferOutput<typeof HANDSHAKE>;

export function parseHandshake(json: string): Handshake {
  return v.parse(HANDSHAKE, JSON.parse(json));
}

/** entry -> session: what an object of the namespace can be asked besides `fetch`, which takes all the rest. */
export interface Sessions extends Rpc.DurableObjectBranded {
  /**
   * Waits for packets of the session `key`, as long as a poll is held. A text alone is the payload of an ordinary answer,
   * with no header fields but those of every poll.
   */
  poll(key: SessionKey): Promise<Answer | string>;
}

/** Carries a `Handshake` as JSON on the request from entry to the session object; never taken from a client. */
export const HANDSHAKE_HEADER = "mooring-handshake";

/** On a session object's answer to a handshake that it did not take: why another object should. */
export const UNTAKEN_HEADER = "mooring-untaken";

/** `full`: it owns all the sessions it may; `busy`: all its dials are under way; `unreachable`: no origin answers. */
export type Untaken = "full" | "busy" | "unreachable";

/** session -> upstream: what an origin's WebSocket is dialled with. */
export interface DialRequest {
  readonly path: string;
  readonly query: string;
  readonly headers: HeaderList;
}

/** One session's link to its origin. */
export interface Link {
  /** Throws when the link is gone. */
  send(packet: Packet): void;
  /** Ends the link; nothing is heard of it any more. */
  leave(text: string): void;
  /** Hands over what has come since the open packet, and all that comes from now on. */
  listen(listener: LinkListener): void;
}

export interface LinkListener {
  packet(packet: Packet): void;
  /** Called once; `code` as in RFC 6455, 7.4, with 1006 for an end without a close frame. */
  ended(code: number): void;
}

export interface Upstream {
  /** Dials an origin and waits for its open packet. */
  dial(origin: Origin, request: DialRequest): Promise<DialOutcome<Link>>;
  /** Asks for a session by polling, and closes the one that it may get; `undefined` without an answer. */
  ask(origin: Origin, request: DialRequest): Promise<Answer | undefined>;
}
