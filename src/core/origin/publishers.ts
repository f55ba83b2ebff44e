import type { StreamVector, Uid } from "../../wire/hub/vector.ts";
import { isDirect, publisherOf } from "../../wire/hub/vector.ts";

/** How long at least things last where `maxDisconnectionDuration` says less, or there is no recovery. */
const MIN_KEEP_MS = 60_000;

/**
 * Processes come and go, and vectors would grow with each. One that is gone stays in the vectors given out for this many
 * spans of `keepMs` after its last event and its leaving: every record is refreshed within a quarter of one, so that by
 * then no session needs anything of it.
 */
const LISTED_SPANS = 4;

/**
 * A session without a publisher in its vector has seen none of its events. But origins see a publisher go at different
 * moments, and one may leave it out already: so only one that was there this lately is held against such a session. A
 * session whose record was written before that publisher began is far younger than this.
 */
const STRICT_SPANS = 2;

/**
 * What is known of the gone is kept for much longer than they are listed: the hub may still name them, and they must not
 * be taken for newcomers whose events were missed.
 */
const MAX_GONE_MS = 24 * 3600 * 1000;
const MAX_GONE = 10_000;

interface Publisher {
  /** How far this origin is in its events. */
  n: number;
  /** The past has all its events after this one. */
  base: number;
  /** Who has it not in his vector, since it was gone, has its events up to here. */
  presumed: number;
  /** When its last event came, or its last link ended. */
  seenAt: number;
}

/** Who publishes, this origin among them, and how far it is in each one's events. */
export class Publishers {
  readonly #keepMs: number;
  readonly #own: Publisher = { n: 0, base: 0, presumed: 0, seenAt: Infinity };
  /** The shards to which each is linked. */
  readonly #linked = new Map<Uid, Set<number>>();
  readonly #all = new Map<Uid, Publisher>();
  /** Those that are listed no more: the last of their events, and when they were seen. */
  readonly #gone = new Map<Uid, { readonly n: number; readonly seenAt: number }>();

  constructor(own: Uid, keepMs: number) {
    this.#keepMs = Math.max(keepMs, MIN_KEEP_MS);
    this.#all.set(own, this.#own);
  }

  knows(uid: Uid): boolean {
    return this.#all.has(uid) || this.#gone.has(uid);
  }

  /** The last of its events that was taken. */
  lastOf(uid: Uid): number {
    return (this.#all.get(uid) ?? this.#gone.get(uid))?.n ?? 0;
  }

  /** This origin's own event. */
  published(n: number): void {
    this.#own.n = n;
  }

  took(uid: Uid, n: number, now: number): void {
    const publisher = this.#known(uid, now);
    this.#presume(uid, publisher, now);
    publisher.n = n;
    publisher.seenAt = now;
  }

  /** This origin's past begins after `base`, as if it had taken what came before. */
  beginsAfter(uid: Uid, base: number, now: number): void {
    const publisher = this.#known(uid, now);
    publisher.n = Math.max(publisher.n, base);
    publisher.base = Math.max(publisher.base, base);
  }

  /** The past has forgotten an event. */
  forgot(uid: Uid, n: number): void {
    const publisher = this.#all.get(uid);
    if (publisher !== undefined && publisher.base < n) publisher.base = n;
  }

  linked(uid: Uid, shard: number, now: number): void {
    const publisher = this.#all.get(uid);
    if (publisher !== undefined) this.#presume(uid, publisher, now);
    const shards = this.#linked.get(uid);
    if (shards === undefined) this.#linked.set(uid, new Set([shard]));
    else shards.add(shard);
  }

  left(uid: Uid, shard: number, now: number): void {
    const shards = this.#linked.get(uid);
    if (shards?.delete(shard) !== true || shards.size > 0) return;
    this.#linked.delete(uid);
    const publisher = this.#all.get(uid);
    if (publisher !== undefined) publisher.seenAt = now;
  }

  /** These, and no others, are linked to the shard. */
  linkedAre(peers: readonly Uid[], shard: number, now: number): void {
    for (const uid of this.#linked.keys()) if (!peers.includes(uid)) this.left(uid, shard, now);
    for (const uid of peers) this.linked(uid, shard, now);
  }

  /** How far this origin is, in all that anybody may still need. */
  vector(now: number): Map<Uid, number> {
    const vector = new Map<Uid, number>();
    for (const [uid, publisher] of this.#all) {
      if (this.#isWithin(uid, publisher, LISTED_SPANS, now)) vector.set(uid, publisher.n);
    }
    return vector;
  }

  /** Whether anybody may still need to know of this publisher's events. */
  isListed(uid: Uid, now: number): boolean {
    const publisher = this.#all.get(uid);
    return publisher !== undefined && this.#isWithin(uid, publisher, LISTED_SPANS, now);
  }

  /** Whether the past has all that somebody who has seen this much may have missed. */
  reaches(seen: StreamVector, now: number): boolean {
    for (const [stream, n] of seen) {
      if (isDirect(stream)) continue;
      const uid = publisherOf(stream);
      const base = this.#all.get(uid)?.base ?? this.#gone.get(uid)?.n;
      if (base === undefined || base > n) return false;
    }
    for (const [uid, publisher] of this.#all) {
      if (publisher.base <= publisher.presumed || seen.has(uid)) continue;
      if (this.#isWithin(uid, publisher, STRICT_SPANS, now)) return false;
    }
    return true;
  }

  forget(now: number): void {
    for (const [uid, publisher] of this.#all) {
      if (this.#isWithin(uid, publisher, LISTED_SPANS, now)) continue;
      this.#all.delete(uid);
      this.#gone.set(uid, { n: publisher.n, seenAt: publisher.seenAt });
    }
    // In the order of their going, near enough.
    for (const [uid, { seenAt }] of this.#gone) {
      if (now - seenAt <= MAX_GONE_MS && this.#gone.size <= MAX_GONE) return;
      this.#gone.delete(uid);
    }
  }

  /** Whoever was left out of all vectors, and is back, is presumed to be known so far. */
  #presume(uid: Uid, publisher: Publisher, now: number): void {
    if (!this.#isWithin(uid, publisher, LISTED_SPANS, now)) publisher.presumed = publisher.n;
  }

  #isWithin(uid: Uid, publisher: Publisher, spans: number, now: number): boolean {
    return this.#linked.has(uid) || now - publisher.seenAt <= spans * this.#keepMs;
  }

  #known(uid: Uid, now: number): Publisher {
    let publisher = this.#all.get(uid);
    if (publisher === undefined) {
      const n = this.#gone.get(uid)?.n ?? 0;
      publisher = { n, base: n, presumed: n, seenAt: now };
      this.#gone.delete(uid);
      this.#all.set(uid, publisher);
    }
    return publisher;
  }
}
