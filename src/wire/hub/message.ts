import type { Uid, Vector } from "./vector.ts";

/** The protocol between origins and the hub, docs/hub-protocol.md. Another version is refused before anything is sent. */
export const HUB_PROTOCOL = 1;

/** What the hub passes on without looking into it; see content.ts. */
export type Body = Uint8Array;

/** From an origin to one shard of the hub. The hub knows who the sender is by the link. */
export type ToHub =
  /**
   * First on every link. `isFresh`: this process has heard no events yet. `kept`: its own events after this number are
   * kept, and sent again where the hub lacks them. `taken`: how far it is in the others' events.
   */
  | {
      readonly type: "hello";
      readonly isFresh: boolean;
      readonly kept: number;
      readonly taken: Vector;
    }
  /** An event for all others; numbers have no gaps. */
  | { readonly type: "publish"; readonly n: number; readonly body: Body }
  /** For all others that are linked now, each of which responds; not kept for those who are away. */
  | { readonly type: "request"; readonly id: number; readonly body: Body }
  /** For the asker alone. `isLast`: nothing more comes from this origin to this request. */
  | {
      readonly type: "respond";
      readonly to: Uid;
      readonly id: number;
      readonly isLast: boolean;
      readonly body: Body;
    }
  /** What has been taken of the others' events (those that changed), and of bytes on this link since its beginning. */
  | { readonly type: "taken"; readonly vector: Vector; readonly bytes: number }
  /** The server is about to close. `origin` as the edge calls it, where the edge has told. */
  | { readonly type: "closing"; readonly origin: PoolOriginName | undefined };

/** An origin in the words of the pool's settings. */
export interface PoolOriginName {
  readonly pool: string;
  readonly name: string;
}

/** From one shard of the hub to an origin. */
export type FromHub =
  /**
   * Answers the hello, before anything else. `bases`: for each publisher that the shard knows, the number after which
   * it has everything. `last`: the last that it has of the receiver's own. `peers`: who else is linked now. `shards`: how
   * many shards there are, so where to publish and what to listen to.
   */
  | {
      readonly type: "welcome";
      readonly bases: Vector;
      readonly last: number;
      readonly peers: readonly Uid[];
      readonly shards: number;
    }
  | { readonly type: "event"; readonly uid: Uid; readonly n: number; readonly body: Body }
  | { readonly type: "request"; readonly uid: Uid; readonly id: number; readonly body: Body }
  | {
      readonly type: "response";
      readonly uid: Uid;
      readonly id: number;
      readonly isLast: boolean;
      readonly body: Body;
    }
  /** Everybody has taken the receiver's own events up to `n`, so that it need not keep them. */
  | { readonly type: "all-taken"; readonly n: number }
  /** Another origin has linked. `base`: the number after which the shard has all of its events. */
  | { readonly type: "joined"; readonly uid: Uid; readonly base: number }
  /** Another origin's link has ended: what waits for it waits in vain. */
  | { readonly type: "left"; readonly uid: Uid };

/** A body may have that much, so that with its header it fits the platform's 32 MiB a message. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024 - 1024;

/** Each end gathers messages up to about this much in one frame; a larger message goes in a frame of its own. */
export const FRAME_BYTES = 256 * 1024;

/** Either end's question whether the other is there, as text; the hub answers it without waking up. */
export const LINK_PING = "ping";
export const LINK_PONG = "pong";
