import { decodeFromHub, encodeToHub } from "../wire/hub/frame.ts";
import type { FromHub, ToHub } from "../wire/hub/message.ts";
import type { Trouble } from "./link-trouble.ts";
import { unreadable } from "./link-trouble.ts";
import type { LinkAddress } from "./link.ts";
import { Link } from "./link.ts";

export interface LinksListener {
  opened(shard: number): void;
  received(shard: number, message: FromHub): void;
  closed(shard: number): void;
  troubled(trouble: Trouble): void;
}

interface ShardLink {
  readonly link: Link;
  isOpen: boolean;
  /** The hub has answered the hello. */
  isWelcome: boolean;
  /** Of all frames since it opened. */
  receivedBytes: number;
}

/** The links to the hub's shards. */
export class Links {
  readonly #addressOf: (shard: number) => LinkAddress;
  readonly #listener: LinksListener;
  readonly #links = new Map<number, ShardLink>();
  readonly #waiting = new Set<() => void>();

  constructor(addressOf: (shard: number) => LinkAddress, listener: LinksListener) {
    this.#addressOf = addressOf;
    this.#listener = listener;
  }

  /** Keeps links to these shards, and to no others. Of a link that is dropped here, nothing is told any more. */
  keep(shards: readonly number[]): void {
    for (const [shard, { link }] of this.#links) {
      if (shards.includes(shard)) continue;
      this.#links.delete(shard);
      link.close();
    }
    for (const shard of shards) if (!this.#links.has(shard)) this.#open(shard);
  }

  /** Drops all, and gives the shards whose links were open. */
  close(): readonly number[] {
    const open = [...this.#links].filter(([, { isOpen }]) => isOpen).map(([shard]) => shard);
    this.keep([]);
    this.#wake();
    return open;
  }

  /** The bytes of a `taken` are counted here. */
  send(shard: number, message: ToHub): void {
    const to = this.#links.get(shard);
    if (to === undefined) return;
    const counted = message.type === "taken" ? { ...message, bytes: to.receivedBytes } : message;
    to.link.send(encodeToHub(counted));
  }

  /** Resolves when the hub has welcomed all links, or the time is over. */
  async welcomed(timeoutMs: number): Promise<void> {
    if (this.#areWelcome()) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs).unref();
      this.#waiting.add(done);
    });
  }

  #areWelcome(): boolean {
    return this.#links.size > 0 && [...this.#links.values()].every(({ isWelcome }) => isWelcome);
  }

  #wake(): void {
    for (const done of this.#waiting) done();
  }

  #open(shard: number): void {
    const link = new Link(this.#addressOf(shard), {
      opened: () => {
        Object.assign(shardLink, { isOpen: true, isWelcome: false, receivedBytes: 0 });
        this.#listener.opened(shard);
      },
      received: (frame) => this.#received(shard, shardLink, frame),
      closed: () => {
        Object.assign(shardLink, { isOpen: false, isWelcome: false });
        this.#listener.closed(shard);
      },
      troubled: (trouble) => this.#listener.troubled(trouble),
    });
    const shardLink: ShardLink = { link, isOpen: false, isWelcome: false, receivedBytes: 0 };
    this.#links.set(shard, shardLink);
  }

  #received(shard: number, from: ShardLink, frame: Buffer): void {
    from.receivedBytes += frame.byteLength;
    const messages = decodeFromHub(frame);
    if ("fault" in messages) {
      from.link.fail(unreadable(this.#addressOf(shard).url, messages.fault));
      return;
    }
    for (const message of messages) {
      if (this.#links.get(shard) !== from || !from.isOpen) return;
      this.#listener.received(shard, message);
      if (message.type !== "welcome") continue;
      from.isWelcome = true;
      if (this.#areWelcome()) this.#wake();
    }
  }
}
