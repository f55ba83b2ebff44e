import * as v from "valibot";
import type { Client, HeaderList } from "../core/entry/forward.ts";
import type { EmitAnswer, Publication } from "../core/hub/emit-keys.ts";
import type { Order, OrderFault } from "../core/pool/admin.ts";
import type { Origin } from "../core/pool/origin.ts";
import type { Pool } from "../core/pool/pool.ts";
import type { Met, Report } from "../core/pool/report.ts";
import type { OpenRoom, Snapshot } from "../core/pool/snapshot.ts";
import type { Answer } from "../core/entry/answer.ts";
import type { DialOutcome } from "../core/upstream/verdict.ts";
import type { Packet } from "../wire/packet.ts";
import type { Dial } from "../wire/recovery/dial.ts";
import type { SessionKey } from "../wire/sid.ts";

// The contracts by which the rooms of the edge call each other; worker.ts puts the rooms together.

/** entry -> pool: one pool as an isolate sees it. */
export interface PoolView {
  readonly pool: Pool;
  /** Where a new session may go; waits while all origins are full, as long as the pool says. */
  choose(asker: Asker): Promise<Choice>;
  /** Gives a reservation back of which no session has come. */
  release(reservation: string): Promise<void>;
  /** What came of a WebSocket that entry passed to an origin by itself. */
  passed(origin: string, outcome: "opened" | "failed", network: string): void;
  /** Origins for a request that is no session, best first. */
  origins(asker: Asker): Promise<readonly Origin[]>;
  /** Where a session can go that has lost its origin; `place` as in `Asker`. */
  havens(place: string): Promise<Havens>;
}

/** Origins, best first. An object brings each of them one session in `apartMs` at most. */
export interface Havens {
  readonly origins: readonly Origin[];
  readonly apartMs: number;
}

/** Who wants an origin. */
export interface Asker {
  readonly request: Request;
  readonly client: Client;
  /** Where the request came in (the colo). */
  readonly place: string;
}

export type Choice =
  /** Origins, best first; the affinity cookie that each of them would set; objects near by that have room. */
  | {
      readonly type: "origins";
      readonly origins: readonly Origin[];
      readonly cookies: Readonly<Record<string, string>>;
      /** The place that was taken for this session, where an origin has a maximum. */
      readonly reservation: string | undefined;
      readonly open: readonly OpenRoom[];
      /** To be called when the handshake has come to its end. */
      readonly ended: () => void;
    }
  | { readonly type: "full" }
  | { readonly type: "none" };

/** An object may answer at once; its caller always waits. */
type MaybePromise<T> = T | Promise<T>;

/** entry, session, hub -> pool: what a pool object can be asked. `pool` names it, and is its object's name as well. */
export interface Pools extends Rpc.DurableObjectBranded {
  /** What the pool knows; `wanted` is how many sessions the asker expects to open before it asks again. */
  snapshot(pool: string, place: string, wanted: number): MaybePromise<Snapshot>;
  /** Takes a session object's numbers; gives the time in ms that it should gather changes for. */
  report(pool: string, report: Report): MaybePromise<number>;
  /** Takes what entry has met at origins, where no session object has. */
  meet(pool: string, met: Met): MaybePromise<void>;
  /** An origin says that it is about to close. */
  closing(pool: string, origin: string): MaybePromise<void>;
  /** Waits for a place at one of these origins, best first, and takes it; `undefined` when there was none in time. */
  reserve(pool: string, id: string, origins: readonly string[]): Promise<string | undefined>;
  /** Gives a place back that no session has come of. */
  release(pool: string, id: string): MaybePromise<void>;
  order(pool: string, order: Order): MaybePromise<OrderFault | undefined>;
  /** What the pool knows, for an operator: asks for nothing, and so lends no trial and promises no room. */
  look(pool: string): MaybePromise<Snapshot>;
}

/** entry, hub -> hub: what a shard of the hub can be asked besides `fetch`, which takes the upgrade to a link. */
export interface Hubs extends Rpc.DurableObjectBranded {
  /** Publishes for those who have no link, once for each key. */
  emit(list: readonly Publication[]): MaybePromise<EmitAnswer>;
}

/** Names the origin on the request from entry to a shard's object; never taken from an origin, which has to prove it. */
export const UID_HEADER = "mooring-uid";

/** The name of a shard's object. */
export function shardName(shard: number): string {
  return `hub-${shard}`;
}

/** Has a shard publish; rejects when it can't be asked. */
export type PublishAt = (shard: number, list: readonly Publication[]) => MaybePromise<EmitAnswer>;

export function publishingAt(hubs: DurableObjectNamespace<Hubs> | undefined): PublishAt {
  return (shard, list) => {
    if (hubs === undefined) throw new Error("This Worker has no binding HUB.");
    return hubs.get(hubs.idFromName(shardName(shard))).emit(list);
  };
}

const HANDSHAKE = v.object({
  transport: v.picklist(["polling", "websocket"]),
  pool: v.string(),
  place: v.string(),
  /** What the client's address is counted by. */
  network: v.string(),
  origins: v.array(v.object({ name: v.string(), url: v.string() })),
  /** Set-Cookie fields by origin name. */
  cookies: v.record(v.string(), v.string()),
  reservation: v.optional(v.string()),
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
  /** Asks so many sessions of that origin to go elsewhere; gives how many it has asked. */
  move(origin: string, count: number): MaybePromise<number>;
  /** Ends the sessions of that origin; gives how many there were. */
  end(origin: string): MaybePromise<number>;
  /** Has told the pool what sessions it has, where it has any: a pool object that has begun anew knows nothing. */
  report(): Promise<void>;
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
  /** What the origin is told of the session; a question needs none. */
  readonly dial?: Dial;
}

/** One session's link to its origin. */
export interface Link {
  /** Throws when the link is gone. */
  send(packet: Packet): void;
  /** Ends the link; nothing is heard of it any more. */
  leave(text: string): void;
  /** Closes our side; what the origin still sends is heard, and its end. */
  close(): void;
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
  /** Whether an Engine.IO server answers there, for a session that it does not have. */
  isAlive(origin: Origin, request: DialRequest): Promise<boolean>;
  /** Asks for a session by polling, and closes the one that it may get; `undefined` without an answer. */
  ask(origin: Origin, request: DialRequest): Promise<Answer | undefined>;
}
