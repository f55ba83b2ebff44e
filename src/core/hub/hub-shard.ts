import type { Body, ToHub } from "../../wire/hub/message.ts";
import type { Uid, Vector } from "../../wire/hub/vector.ts";
import { merged } from "../../wire/hub/vector.ts";
import type { Hub, HubPort, HubSettings, Settled } from "./hub.ts";
import { HubLink, STUCK_MS } from "./link.ts";
import { Links } from "./links.ts";
import type { Publisher } from "./publishers.ts";
import { Publishers } from "./publishers.ts";
import { Recent } from "./recent.ts";

/** How long what changes the reach of all-taken is gathered before publishers are told. */
const GATHER_MS = 100;

/** From one look at what waits, and is too old, to the next. */
const CHECK_MS = 1000;

const HELLO_MS = 10_000;

/** A whole body is kept by its frame: a small part of a large one is better copied. */
const MAX_WASTED_BYTES = 1024;

/** A shard that begins with nothing, or with what it had when it was put to sleep; `uid` is its own, and a new one. */
export class HubShard implements Hub {
  readonly #settings: HubSettings;
  readonly #port: HubPort;
  readonly #uid: Uid;
  readonly #recent: Recent;
  readonly #publishers: Publishers;
  /** Links without a hello, by when they were accepted. */
  readonly #silent = new Map<Uid, number>();
  readonly #links: Links;
  /** Whose events everybody may have taken by now. */
  readonly #dirty = new Set<Uid>();
  /** Until then a link that we have not heard of may come back, so that nobody is told that everybody has taken. */
  readonly #quietUntil: number;
  #gatherAt: number | undefined;
  #checkAt: number | undefined;
  #heardAt: number;
  #isSettled = false;

  constructor(
    settings: HubSettings,
    port: HubPort,
    uid: Uid,
    now: number,
    settled: readonly Settled[] = [],
  ) {
    this.#settings = settings;
    this.#port = port;
    this.#uid = uid;
    // Whoever goes away may have lacked an event for a while, and needs it for a grace from then on.
    this.#recent = new Recent(settings.graceMs + STUCK_MS, settings.recentBytes);
    this.#publishers = new Publishers(settings.graceMs);
    this.#links = new Links(settings.graceMs);
    this.#quietUntil = settled.length > 0 ? now : now + settings.graceMs;
    this.#heardAt = now;
    for (const known of settled) this.#restore(known, now);
  }

  opened(uid: Uid, now: number): void {
    if (this.#silent.has(uid) || this.#links.get(uid)) this.#end(uid, 4000, "replaced", now);
    this.#silent.set(uid, now);
    this.#heard(now);
  }

  received(uid: Uid, message: ToHub, now: number): void {
    const link = this.#links.get(uid);
    if (message.type === "hello") {
      if (this.#silent.delete(uid)) this.#welcome(uid, message, now);
      else if (link) this.#end(uid, 1002, "a second hello", now);
    } else if (link) this.#act(link, message, now);
    else if (this.#silent.has(uid)) this.#end(uid, 1002, `${message.type} before a hello`, now);
    this.#endSlow(now);
    this.#heard(now);
  }

  garbled(uid: Uid, reason: string, now: number): void {
    this.#end(uid, 1007, reason, now);
    this.#heard(now);
  }

  closed(uid: Uid, now: number): void {
    this.#forgetLink(uid, now);
    this.#endSlow(now);
    this.#heard(now);
  }

  publish(body: Body, now: number): void {
    const own = this.#publishers.get(this.#uid) ?? this.#publishers.add(this.#uid, 0, now);
    this.#pass(this.#uid, own, own.last + 1, body, now);
    this.#endSlow(now);
    this.#heard(now);
  }

  timePassed(now: number): void {
    if (this.#gatherAt !== undefined && now >= this.#gatherAt) this.#tellAllTaken();
    if (this.#checkAt !== undefined && now >= this.#checkAt) this.#check(now);
  }

  nextDeadline(): number | undefined {
    if (this.#gatherAt === undefined) return this.#checkAt;
    return Math.min(this.#gatherAt, this.#checkAt ?? Infinity);
  }

  settled(): readonly Settled[] | undefined {
    if (!this.#isSettled) return undefined;
    const lasts = this.#publishers.lasts();
    return Array.from(this.#links.live(), ({ uid, sentBytes }) => {
      const { last = 0 } = this.#publishers.get(uid) ?? {};
      return { uid, last, taken: lasts, sentBytes };
    });
  }

  #restore({ uid, last, taken, sentBytes }: Settled, now: number): void {
    this.#publishers.add(uid, last, now);
    for (const [other, n] of taken) {
      if (this.#publishers.get(other) === undefined) this.#publishers.add(other, n, now);
    }
    this.#links.add(this.#newLink(uid, taken, sentBytes));
    this.#isSettled = true;
  }

  #newLink(uid: Uid, taken: Vector, sentBytes = 0): HubLink {
    const { linkBytes: windowBytes } = this.#settings;
    return new HubLink(
      uid,
      taken,
      { recent: this.#recent, port: this.#port, windowBytes },
      sentBytes,
    );
  }

  #welcome(uid: Uid, hello: Extract<ToHub, { type: "hello" }>, now: number): void {
    this.#trim(now);
    const { base, last } = this.#publishers.linked(uid, hello.kept, now);
    this.#publishers.hear(hello.taken, now);
    // Whoever has served sessions keeps what it has of those who may still come: their events are not lost yet.
    const bases = hello.isFresh ? this.#publishers.beginnings() : this.#publishers.bases();
    // What it lacks up to the bases it will do without.
    const link = this.#newLink(uid, merged(hello.taken, bases));
    const peers = [...this.#links.uids()];
    this.#links.tellOthers(uid, { type: "joined", uid, base });
    this.#links.add(link);
    link.greet({ type: "welcome", bases, last, peers, shards: this.#settings.shards });
    if (base === hello.kept) this.#links.begin(uid, base);
    this.#allDirty(now);
  }

  #act(link: HubLink, message: Exclude<ToHub, { type: "hello" }>, now: number): void {
    const { uid } = link;
    switch (message.type) {
      case "publish":
        this.#published(uid, message.n, message.body, now);
        break;
      case "request":
        this.#links.tellOthers(uid, { type: "request", uid, id: message.id, body: message.body });
        break;
      case "respond": {
        const { to, ...response } = message;
        this.#links.get(to)?.tell({ ...response, type: "response", uid });
        break;
      }
      case "taken":
        for (const [other, n] of message.vector) {
          if (link.reaches(other, n)) this.#isDirty(other, now);
        }
        link.took(message.bytes);
        link.feed();
        break;
      case "closing":
        if (message.origin) this.#port.closing(message.origin);
        break;
    }
  }

  #published(uid: Uid, n: number, body: Body, now: number): void {
    const publisher = this.#publishers.get(uid);
    if (publisher === undefined || n <= publisher.last) return;
    if (n > publisher.last + 1) {
      // It has dropped some: a hole for everybody who lacks them, which is everybody.
      publisher.base = n - 1;
      this.#links.tellOthers(uid, { type: "joined", uid, base: n - 1 });
      this.#links.begin(uid, n - 1);
    }
    this.#pass(uid, publisher, n, body, now);
  }

  #pass(uid: Uid, publisher: Publisher, n: number, body: Body, now: number): void {
    publisher.last = n;
    publisher.heardAt = now;
    this.#recent.push({ type: "event", uid, n, body: withoutWaste(body) }, now);
    this.#links.feed();
    this.#trim(now);
    this.#isDirty(uid, now);
  }

  #trim(now: number): void {
    for (const { uid, n } of this.#recent.trim(now)) {
      const publisher = this.#publishers.get(uid);
      if (publisher && publisher.base < n) publisher.base = n;
    }
  }

  #end(uid: Uid, code: number, reason: string, now: number): void {
    this.#port.close(uid, code, reason);
    this.#forgetLink(uid, now);
  }

  #forgetLink(uid: Uid, now: number): void {
    this.#silent.delete(uid);
    if (!this.#links.end(uid, now)) return;
    const publisher = this.#publishers.get(uid);
    if (publisher) publisher.heardAt = now;
  }

  // To end one is to tell others, any of which may then be too slow in its turn.
  #endSlow(now: number): void {
    for (let slow = this.#links.findSlow(); slow; slow = this.#links.findSlow()) {
      this.#end(slow.uid, 1013, "too slow", now);
    }
  }

  #heard(now: number): void {
    this.#isSettled = false;
    this.#heardAt = now;
    this.#checkAt ??= now + CHECK_MS;
  }

  #isDirty(uid: Uid, now: number): void {
    this.#dirty.add(uid);
    this.#gatherAt ??= Math.max(now + GATHER_MS, this.#quietUntil);
  }

  #allDirty(now: number): void {
    for (const uid of this.#links.uids()) this.#isDirty(uid, now);
  }

  #tellAllTaken(): void {
    this.#gatherAt = undefined;
    for (const uid of this.#dirty) {
      const link = this.#links.get(uid);
      const publisher = this.#publishers.get(uid);
      if (link === undefined || publisher === undefined) continue;
      const n = this.#links.takenByAll(uid, publisher.last);
      if (n <= publisher.told) continue;
      publisher.told = n;
      link.tell({ type: "all-taken", n });
    }
    this.#dirty.clear();
  }

  #check(now: number): void {
    this.#trim(now);
    for (const [uid, since] of this.#silent) {
      if (now - since > HELLO_MS) this.#end(uid, 1002, "no hello", now);
    }
    for (const link of this.#links.live()) {
      if (link.isStuck(this.#publishers, now)) this.#end(link.uid, 1013, "too slow", now);
    }
    this.#endSlow(now);
    if (this.#links.giveUp(now)) this.#allDirty(now);
    const isHere = (uid: Uid) => uid === this.#uid || this.#links.knows(uid);
    for (const uid of this.#publishers.forget(isHere, now)) this.#links.forget(uid);
    this.#isSettled = this.#isAtRest(now);
    this.#checkAt = this.#isSettled ? undefined : now + CHECK_MS;
  }

  #isAtRest(now: number): boolean {
    if (now < this.#quietUntil || now - this.#heardAt < CHECK_MS) return false;
    if (this.#dirty.size > 0 || this.#silent.size > 0 || !this.#links.areAllHere) return false;
    return ![...this.#links.live()].some((link) => link.lacks(this.#publishers));
  }
}

function withoutWaste(body: Body): Body {
  const wasted = body.buffer.byteLength - body.byteLength;
  return wasted > MAX_WASTED_BYTES && wasted > body.byteLength ? body.slice() : body;
}
