import type { Body, FromHub, PoolOriginName, ToHub } from "../../wire/hub/message.ts";
import type { Uid, Vector } from "../../wire/hub/vector.ts";

/** Spans in ms, sizes in bytes. */
export interface HubSettings {
  /** How many shards there are. */
  readonly shards: number;
  /** How long the recent past is kept for links that are away, and for origins that join. */
  readonly graceMs: number;
  /** How much of it. */
  readonly recentBytes: number;
  /**
   * What may be on its way to one link, sent and not yet taken: what comes after it waits, events in the recent past, all
   * else (of which there may be as much again) beside it. Who falls behind either is ended as too slow.
   */
  readonly linkBytes: number;
}

/** What a hub orders. */
export interface HubPort {
  /** Puts a message on that origin's link, behind those before it, and gives its size there. */
  send(uid: Uid, message: FromHub): number;
  /** Ends that origin's link, of which nothing is to be heard any more; `code` as in RFC 6455, 7.4. */
  close(uid: Uid, code: number, reason: string): void;
  /** A server is about to close: what the pool should know. */
  closing(origin: PoolOriginName): void;
}

/**
 * What outlasts the sleep of a hub that has nothing on its way: how far each linked origin is, and how many bytes its
 * link has been sent.
 */
export interface Settled {
  readonly uid: Uid;
  readonly last: number;
  readonly taken: Vector;
  readonly sentBytes: number;
}

/**
 * One shard of the hub: passes on what it gets, in each publisher's order, and keeps the recent past for those that are
 * away. It decides nothing else and stores nothing. Changed in place, since a copy an event would cost more than all the
 * rest; `now` (ms since 1970) is given, never read.
 */
export interface Hub {
  /** A link has been accepted; an older one of that uid is replaced. Nothing is sent before its hello. */
  opened(uid: Uid, now: number): void;
  received(uid: Uid, message: ToHub, now: number): void;
  /** Gives the reason of a frame that could not be read. */
  garbled(uid: Uid, reason: string, now: number): void;
  closed(uid: Uid, now: number): void;
  /** An event of nobody's: the side door's, which the hub publishes under a uid of its own. */
  publish(body: Body, now: number): void;
  timePassed(now: number): void;
  /** When it wants `timePassed`; `undefined` when nothing waits. */
  nextDeadline(): number | undefined;
  /**
   * `undefined` while something is on its way or kept for somebody who is away: such a hub must not be put to sleep. One
   * that is put to sleep forgets its recent past.
   */
  settled(): readonly Settled[] | undefined;
}
