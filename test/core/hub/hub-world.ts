import type { HubSettings, Settled } from "../../../src/core/hub/hub.ts";
import { HubShard } from "../../../src/core/hub/hub-shard.ts";
import type { FromHub } from "../../../src/wire/hub/message.ts";
import type { Uid } from "../../../src/wire/hub/vector.ts";
import { uid } from "./hub-builders.ts";
import type { Peer } from "./hub-peer.ts";
import { bodyOf, isBody, publication } from "./hub-peer.ts";

const SIZE = 10;

/** A shard and origins around it, which hold each message that they get against what they may expect. */
export class HubWorld {
  now = 1_000_000;
  readonly settings: HubSettings;
  readonly peers: Peer[] = [];
  readonly closes: string[] = [];
  /** What nobody may be sent, and somebody was. */
  readonly faults: string[] = [];
  resets = 0;
  sleeps = 0;
  #hub: HubShard;
  #lives = 0;
  #started = 0;
  #ticks = 0;

  constructor(settings: Partial<HubSettings> = {}) {
    this.settings = { shards: 1, graceMs: 5000, recentBytes: 1e9, linkBytes: 1e6, ...settings };
    this.#hub = this.#newHub();
  }

  start(): Peer {
    this.#started += 1;
    const peer: Peer = {
      uid: uid(`peer${this.#started}`),
      welcomedAfter: 0,
      lostAt: this.now,
      published: [],
      kept: 0,
      taken: new Map(),
      news: new Map(),
      isFresh: true,
      isLinked: false,
      toHub: [],
      fromHub: [],
      bytes: 0,
      toldBytes: 0,
      asked: 0,
      answers: new Map(),
      holes: 0,
    };
    this.peers.push(peer);
    return peer;
  }

  /** The process has gone, and all that it had not sent. */
  kill(peer: Peer): void {
    this.unlink(peer);
    this.peers.splice(this.peers.indexOf(peer), 1);
  }

  link(peer: Peer): void {
    if (peer.isLinked) return;
    peer.isLinked = true;
    peer.bytes = 0;
    peer.toldBytes = 0;
    this.#hub.opened(peer.uid, this.now);
    const { isFresh, kept } = peer;
    peer.toHub = [{ type: "hello", isFresh, kept, taken: new Map(peer.taken) }];
    peer.fromHub = [];
    peer.news.clear();
  }

  /** Brings those back that would be away for more than a grace if this much time passed. */
  hurry(ms: number): void {
    for (const peer of this.peers) {
      if (peer.isLinked && peer.bytes > 0) continue;
      if (this.now + ms - peer.lostAt < this.settings.graceMs) continue;
      this.link(peer);
      this.move(peer, Infinity, Infinity);
      this.move(peer, Infinity, Infinity);
    }
  }

  unlink(peer: Peer): void {
    if (!peer.isLinked) return;
    this.#lose(peer);
    this.#hub.closed(peer.uid, this.now);
  }

  publish(peer: Peer): void {
    peer.published.push(this.#tick());
    if (this.#isGreeted(peer)) peer.toHub.push(publication(peer, peer.published.length));
  }

  /** It has no room for what it keeps. */
  drop(peer: Peer): void {
    peer.kept = peer.published.length;
    peer.toHub = peer.toHub.filter(({ type }) => type !== "publish");
  }

  ask(peer: Peer): void {
    if (!this.#isGreeted(peer)) return;
    peer.asked += 1;
    peer.answers.set(peer.asked, []);
    peer.toHub.push({ type: "request", id: peer.asked, body: bodyOf(peer.uid, peer.asked) });
  }

  /** Hands over up to so many messages each way. */
  move(peer: Peer, up: number, down: number): void {
    for (const message of peer.toHub.splice(0, up)) this.#hub.received(peer.uid, message, this.now);
    for (const { message, bytes } of peer.fromHub.splice(0, down)) {
      peer.bytes += bytes;
      this.#take(peer, message);
    }
    if (down > 0 && this.#isGreeted(peer)) this.#tell(peer);
  }

  /** Everything that is on its way arrives, for all that are linked. */
  settle(): void {
    for (let round = 0; round < 3; round++) {
      for (const peer of this.peers) if (peer.isLinked) this.move(peer, Infinity, Infinity);
    }
  }

  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const at = this.#hub.nextDeadline();
      if (at === undefined || at > end) break;
      this.now = Math.max(this.now, at);
      this.#hub.timePassed(this.now);
    }
    this.now = end;
  }

  reset(): void {
    this.resets += 1;
    for (const peer of this.peers) this.#lose(peer);
    this.#hub = this.#newHub();
  }

  /** Forgets all that a hub does not keep in its sleep, if it lets itself be put to sleep. */
  sleep(): void {
    const settled = this.#hub.settled();
    if (settled === undefined) return;
    this.sleeps += 1;
    this.#hub = this.#newHub(structuredClone(settled));
  }

  publishByNobody(): void {
    this.#hub.publish(bodyOf(uid(`life${this.#lives}`), 0), this.now);
  }

  settled(): readonly Settled[] | undefined {
    return this.#hub.settled();
  }

  /** Everybody is linked, and all that can be said is said. */
  rest(): void {
    for (let round = 0; round < 50 && (round < 3 || !this.#isQuiet()); round++) {
      for (const peer of this.peers) {
        this.link(peer);
        this.move(peer, Infinity, Infinity);
      }
      this.pass(1000);
    }
  }

  #tick(): number {
    this.#ticks += 1;
    return this.#ticks;
  }

  #isQuiet(): boolean {
    const isAllHeard = this.peers.every(
      ({ toHub, fromHub }) => toHub.length + fromHub.length === 0,
    );
    return isAllHeard && this.settled() !== undefined;
  }

  #newHub(settled?: readonly Settled[]): HubShard {
    this.#lives += 1;
    const port = {
      send: (to: Uid, message: FromHub) => this.#send(to, message),
      close: (to: Uid, code: number, reason: string) => {
        this.closes.push(`${code} ${reason}`);
        const peer = this.#find(to);
        if (peer) this.#lose(peer);
      },
      closing: () => {},
    };
    return new HubShard(this.settings, port, uid(`life${this.#lives}`), this.now, settled);
  }

  #send(to: Uid, message: FromHub): number {
    const peer = this.#find(to);
    const bytes = SIZE + ("body" in message ? message.body.byteLength : 0);
    if (peer?.isLinked !== true) throw new Error(`Nothing may be sent to ${to}, who isn't linked.`);
    peer.fromHub.push({ message, bytes });
    const ahead = peer.fromHub.reduce((sum, next) => sum + next.bytes, 0);
    this.#claim(ahead - bytes < this.settings.linkBytes, "more than a window", message);
    return bytes;
  }

  #find(to: Uid): Peer | undefined {
    return this.peers.find((peer) => peer.uid === to);
  }

  #lose(peer: Peer): void {
    if (peer.isLinked && peer.bytes > 0) peer.lostAt = this.now;
    peer.isLinked = false;
    peer.toHub = [];
    peer.fromHub = [];
  }

  #isGreeted(peer: Peer): boolean {
    return peer.isLinked && peer.toHub[0]?.type !== "hello" && peer.bytes > 0;
  }

  #tell(peer: Peer): void {
    if (peer.toldBytes === peer.bytes) return;
    peer.toldBytes = peer.bytes;
    peer.toHub.push({ type: "taken", vector: new Map(peer.news), bytes: peer.bytes });
    peer.news.clear();
  }

  #take(peer: Peer, message: FromHub): void {
    switch (message.type) {
      case "welcome":
        for (const [of, base] of message.bases) this.#begin(peer, of, base);
        if (peer.isFresh) peer.welcomedAfter = this.#tick();
        peer.isFresh = false;
        this.#claim(!message.peers.includes(peer.uid), "itself among its peers", message);
        for (let n = Math.max(message.last, peer.kept) + 1; n <= peer.published.length; n++) {
          peer.toHub.push(publication(peer, n));
        }
        break;
      case "event":
        this.#takeEvent(peer, message);
        break;
      case "request": {
        const { uid: to, id } = message;
        this.#claim(to !== peer.uid, "its own request", message);
        peer.toHub.push({ type: "respond", to, id, isLast: true, body: bodyOf(to, id) });
        break;
      }
      case "response":
        this.#claim(isBody(message.body, peer.uid, message.id), "another's response", message);
        peer.answers.get(message.id)?.push(message.uid);
        break;
      case "all-taken":
        peer.kept = Math.max(peer.kept, message.n);
        break;
      case "joined":
        this.#begin(peer, message.uid, message.base);
        break;
      case "left":
        break;
    }
  }

  #takeEvent(peer: Peer, event: Extract<FromHub, { type: "event" }>): void {
    const { uid: of, n, body } = event;
    const isIntact = of.startsWith("life") || isBody(body, of, n);
    this.#claim(of !== peer.uid && isIntact, "not another's event", event);
    this.#claim(n === (peer.taken.get(of) ?? 0) + 1, "a gap or a double", event);
    peer.taken.set(of, n);
    peer.news.set(of, n);
  }

  #claim(isSo: boolean, fault: string, message: FromHub): void {
    if (!isSo) this.faults.push(`${fault}: ${JSON.stringify(message)}`);
  }

  #begin(peer: Peer, of: Uid, base: number): void {
    if (of === peer.uid || (peer.taken.get(of) ?? 0) >= base) return;
    const missed = this.#find(of)?.published[base - 1] ?? 0;
    if (!peer.isFresh && missed > peer.welcomedAfter) peer.holes += 1;
    peer.taken.set(of, base);
    peer.news.set(of, base);
  }
}
