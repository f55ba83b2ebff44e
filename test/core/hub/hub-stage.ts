import type { HubSettings, Settled } from "../../../src/core/hub/hub.ts";
import { HubShard } from "../../../src/core/hub/hub-shard.ts";
import type { FromHub, PoolOriginName, ToHub } from "../../../src/wire/hub/message.ts";
import type { Uid } from "../../../src/wire/hub/vector.ts";
import { uid } from "./hub-builders.ts";

export const [A, B, C, OWN] = [uid("a"), uid("b"), uid("c"), uid("own")];
const SETTINGS: HubSettings = { shards: 2, graceMs: 60_000, recentBytes: 1e6, linkBytes: 1e5 };
export const BODY = new Uint8Array([1, 2, 3]);
const MESSAGE_BYTES = 100;

/** What the shard sends, closes, or tells the pool. */
export type Order =
  | readonly [Uid, FromHub]
  | readonly [Uid, code: number, reason: string]
  | readonly ["closing", PoolOriginName];

/** A shard, and what it has ordered, in short. */
export class Stage {
  readonly hub: HubShard;
  #orders: Order[] = [];

  constructor(settings: Partial<HubSettings> = {}, settled?: readonly Settled[]) {
    const port = {
      send: (to: Uid, message: FromHub) => {
        this.#orders.push([to, message]);
        return "body" in message ? MESSAGE_BYTES + message.body.byteLength : MESSAGE_BYTES;
      },
      close: (to: Uid, code: number, reason: string) => this.#orders.push([to, code, reason]),
      closing: (origin: PoolOriginName) => this.#orders.push(["closing", origin]),
    };
    this.hub = new HubShard({ ...SETTINGS, ...settings }, port, OWN, 0, settled);
  }

  /** What has been ordered since the last time. */
  orders(): Order[] {
    const orders = this.#orders;
    this.#orders = [];
    return orders;
  }

  hello(from: Uid, fields: Partial<Extract<ToHub, { type: "hello" }>> = {}, now = 0): Order[] {
    this.hub.opened(from, now);
    return this.receive(
      from,
      { type: "hello", isFresh: true, kept: 0, taken: new Map(), ...fields },
      now,
    );
  }

  receive(from: Uid, message: ToHub, now = 0): Order[] {
    this.hub.received(from, message, now);
    return this.orders();
  }
}

export function linked(...uids: Uid[]): Stage {
  const stage = new Stage();
  for (const each of uids) stage.hello(each);
  return stage;
}
