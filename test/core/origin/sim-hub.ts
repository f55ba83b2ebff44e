import type { Hub, HubPort } from "../../../src/core/hub/hub.ts";
import { HubShard } from "../../../src/core/hub/hub-shard.ts";
import {
  decodeFromHub,
  decodeToHub,
  encodeFromHub,
  encodeToHub,
} from "../../../src/wire/hub/frame.ts";
import type { FromHub, ToHub } from "../../../src/wire/hub/message.ts";
import type { Uid } from "../../../src/wire/hub/vector.ts";
import { SimLink } from "./sim-link.ts";
import { uidNamed } from "./sim-names.ts";

export interface HubWatch {
  now(): number;
  /** The hub has an event. */
  published(uid: Uid, n: number): void;
  /** It has ended a link. */
  closed(link: SimLink): void;
}

/** Shards that there may be at most; one that is no longer used is there still. */
const MAX_SHARDS = 3;

/** The real hub's shards, and the links to them. */
export class SimHub {
  readonly links = new Map<string, SimLink>();
  readonly graceMs: number;
  #hubs: Hub[] = [];
  readonly #watch: HubWatch;
  #shards: number;
  #resets = 0;

  constructor(watch: HubWatch, shards: number, graceMs: number) {
    this.#watch = watch;
    this.#shards = shards;
    this.graceMs = graceMs;
    this.#hubs = this.#newHubs();
  }

  link(uid: Uid, shard: number): SimLink | undefined {
    return this.links.get(`${shard}/${uid}`);
  }

  open(uid: Uid, shard: number): void {
    // Ends an older link that it has not noticed the end of, by this name.
    this.#hubs[shard]?.opened(uid, this.#watch.now());
    this.links.set(`${shard}/${uid}`, new SimLink(uid, shard));
  }

  /** A process has ended. */
  forget(uid: Uid): void {
    for (let shard = 0; shard < MAX_SHARDS; shard += 1) this.close(uid, shard, true);
  }

  /** `isTold`: else the hub learns of it by the link that replaces this one. */
  close(uid: Uid, shard: number, isTold: boolean): void {
    this.links.delete(`${shard}/${uid}`);
    if (isTold) this.#hubs[shard]?.closed(uid, this.#watch.now());
  }

  send(uid: Uid, shard: number, message: ToHub): void {
    const link = this.link(uid, shard);
    if (link === undefined) throw new Error(`${uid} sent ${message.type} without a link`);
    const told = message.type === "taken" ? { ...message, bytes: link.receivedBytes } : message;
    link.up.push(encodeToHub(told));
  }

  /** The next frame that goes up by a link comes to the hub. */
  hear(link: SimLink): void {
    const frame = link.up.shift();
    if (frame === undefined) return;
    for (const message of messagesOf(decodeToHub(frame))) {
      if (message.type === "publish") this.#watch.published(link.uid, message.n);
      this.#hubs[link.shard]?.received(link.uid, message, this.#watch.now());
    }
  }

  /** The next frame that comes down by a link. */
  take(link: SimLink): readonly FromHub[] {
    const frame = link.down.shift();
    if (frame === undefined) return [];
    link.receivedBytes += frame.byteLength;
    return messagesOf(decodeFromHub(frame));
  }

  /** Forgets everything, and may be in so many shards from now on; all links end. */
  reset(shards: number = this.#shards): void {
    this.#resets += 1;
    this.#shards = shards;
    this.links.clear();
    this.#hubs = this.#newHubs();
  }

  timePassed(): void {
    for (const hub of this.#hubs) hub.timePassed(this.#watch.now());
  }

  #newHubs(): Hub[] {
    const settings = {
      shards: this.#shards,
      graceMs: this.graceMs,
      recentBytes: 1_000_000,
      linkBytes: 1_000_000,
    };
    return Array.from({ length: MAX_SHARDS }, (_, shard) => {
      const uid = uidNamed(`hub${shard}_${this.#resets}`);
      return new HubShard(settings, this.#portOf(shard), uid, this.#watch.now());
    });
  }

  #portOf(shard: number): HubPort {
    return {
      send: (uid, message) => {
        const frame = encodeFromHub(message);
        this.link(uid, shard)?.down.push(frame);
        return frame.byteLength;
      },
      close: (uid) => {
        const link = this.link(uid, shard);
        if (link === undefined) return;
        this.links.delete(`${shard}/${uid}`);
        this.#watch.closed(link);
      },
      closing: () => undefined,
    };
  }
}

function messagesOf<Message>(
  decoded: readonly Message[] | { readonly fault: string },
): readonly Message[] {
  if ("fault" in decoded) throw new Error(`Expected a frame, got one with ${decoded.fault}.`);
  return decoded;
}
