import type { Body, FromHub, PoolOriginName, ToHub } from "../../wire/hub/message.ts";
import { shardOf } from "../../wire/hub/shard.ts";
import type { Uid, Vector } from "../../wire/hub/vector.ts";
import type { OriginPort } from "./origin.ts";
import type { Outbox, Publication } from "./outbox.ts";
import { ShardLink } from "./shard-link.ts";

/**
 * The links to the hub's shards: to one of them this origin publishes, to all it listens. It goes on with another shard
 * when everybody has taken what it published to the first. Where that is no more, nobody listens there either: then what
 * is kept is sent again to the new one, and whoever has it already drops it, so that its order holds.
 */
export class Shards {
  readonly #uid: Uid;
  readonly #outbox: Outbox;
  readonly #port: OriginPort;
  readonly #links = new Map<number, ShardLink>();
  /** Shards that have welcomed this process at least once. */
  readonly #known = new Set<number>();
  /** What the newest welcome said. */
  #count = 1;
  #listening = 1;
  #home: number | undefined;

  constructor(uid: Uid, outbox: Outbox, port: OriginPort) {
    this.#uid = uid;
    this.#outbox = outbox;
    this.#port = port;
  }

  link(shard: number): ShardLink | undefined {
    return this.#links.get(shard);
  }

  get count(): number {
    return this.#count;
  }

  /** Whether this process has never been welcomed there. */
  isNew(shard: number): boolean {
    return !this.#known.has(shard);
  }

  isHome(shard: number): boolean {
    return shard === this.#home;
  }

  opened(shard: number, taken: Vector): void {
    this.#links.set(shard, new ShardLink());
    // Only the shard that gets its events is told where they begin: of another, that would be a hole.
    const kept = this.#home === undefined || this.#home === shard ? this.#outbox.begin : 0;
    this.#port.send(shard, { type: "hello", isFresh: this.isNew(shard), kept, taken });
  }

  closed(shard: number): void {
    if (this.#links.delete(shard) && shard === this.#home) this.#port.peers(new Set());
  }

  /** Whether it publishes to another shard from now on. */
  welcomed(shard: number, message: FromHub & { type: "welcome" }): boolean {
    const link = this.#links.get(shard);
    if (link === undefined) return false;
    this.#known.add(shard);
    this.#count = message.shards;
    this.#home ??= shardOf(this.#uid, this.#count);
    link.isWelcome = true;
    for (const uid of message.peers) link.peers.add(uid);
    if (shard === this.#home) {
      this.#port.peers(new Set(link.peers));
      this.#sendAfter(shard, message.last);
    }
    const isMoved = this.#settle();
    this.#listen();
    return isMoved;
  }

  joined(shard: number, uid: Uid): void {
    const peers = this.#links.get(shard)?.peers.add(uid);
    if (peers !== undefined && shard === this.#home) this.#port.peers(new Set(peers));
  }

  left(shard: number, uid: Uid): void {
    const link = this.#links.get(shard);
    if (link?.peers.delete(uid) === true && shard === this.#home) {
      this.#port.peers(new Set(link.peers));
    }
  }

  /** Whether it publishes to another shard from now on. */
  allTaken(n: number): boolean {
    this.#outbox.allTaken(n);
    return this.#settle();
  }

  publish({ n, body }: Publication): void {
    const home = this.#openHome();
    if (home !== undefined) this.#port.send(home, { type: "publish", n, body });
  }

  request(id: number, body: Body): readonly Uid[] {
    const home = this.#openHome();
    if (home === undefined) return [];
    const asked = [...(this.#links.get(home)?.peers ?? [])];
    if (asked.length > 0) this.#port.send(home, { type: "request", id, body });
    return asked;
  }

  respond(shard: number, response: ToHub & { type: "respond" }): void {
    if (this.#links.get(shard)?.isWelcome === true) this.#port.send(shard, response);
  }

  closing(origin: PoolOriginName | undefined): void {
    const home = this.#openHome();
    if (home !== undefined) this.#port.send(home, { type: "closing", origin });
  }

  /** Tells a shard what has been taken, if that is due. */
  tellIfDue(shard: number, now: number): void {
    const link = this.#links.get(shard);
    if (link?.isDue(now) === true) this.#tell(shard, link);
  }

  tellAll(): void {
    for (const [shard, link] of this.#links) if (link.isWelcome) this.#tell(shard, link);
  }

  #tell(shard: number, link: ShardLink): void {
    const taken = link.tell();
    if (taken !== undefined) this.#port.send(shard, taken);
  }

  #openHome(): number | undefined {
    const home = this.#home;
    if (home === undefined) return undefined;
    return this.#links.get(home)?.isWelcome === true ? home : undefined;
  }

  #sendAfter(shard: number, last: number): void {
    for (const { n, body } of this.#outbox.after(last)) {
      this.#port.send(shard, { type: "publish", n, body });
    }
  }

  /** Goes to the shard that is its own now, if it may. */
  #settle(): boolean {
    const wanted = shardOf(this.#uid, this.#count);
    if (this.#home === undefined || this.#home === wanted) return false;
    if (!this.#outbox.isEmpty && this.#home < this.#count) return false;
    this.#moveTo(wanted);
    return true;
  }

  #moveTo(shard: number): void {
    this.#home = shard;
    const link = this.#links.get(shard);
    this.#port.peers(new Set(link?.isWelcome === true ? link.peers : []));
    if (link?.isWelcome === true) this.#sendAfter(shard, this.#outbox.begin);
  }

  #listen(): void {
    if (this.#count === this.#listening) return;
    this.#listening = this.#count;
    for (const shard of this.#links.keys()) if (shard >= this.#count) this.#links.delete(shard);
    this.#port.listen(Array.from({ length: this.#count }, (_, shard) => shard));
  }
}
