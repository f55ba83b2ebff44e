import { waitUntil } from "cloudflare:workers";
import { preferredOrigin, setCookie } from "../../core/pool/affinity-cookie.ts";
import { affinityKeyOf, knownAddress } from "../../core/pool/affinity.ts";
import type { Pool } from "../../core/pool/pool.ts";
import type { Ranking } from "../../core/pool/rank.ts";
import { rank } from "../../core/pool/rank.ts";
import type { OriginStatus, Snapshot } from "../../core/pool/snapshot.ts";
import type { Asker, Choice, Havens, Pools, PoolView } from "../contracts.ts";
import { log } from "../log.ts";
import { AffinityTags } from "./affinity-tags.ts";
import { Given } from "./given.ts";
import { Passed } from "./passed.ts";
import { RecentMost } from "./recent-most.ts";
import { poolObject, Snapshots } from "./snapshots.ts";

/** How much longer than its place in the queue a handshake waits for the pool object. */
const PATIENCE_MS = 1000;

/** An object whose sessions have all lost their origin has none to report: it counts on as long as they may be held. */
const OBJECTS_SEEN_MS = 300_000;

/** One pool as this isolate sees it. */
export class CachedPoolView implements PoolView {
  readonly pool: Pool;
  readonly #objects: DurableObjectNamespace<Pools> | undefined;
  readonly #snapshots: Snapshots;
  readonly #tags: AffinityTags;
  readonly #given = new Given();
  readonly #passed: Passed;
  readonly #objectsSeen = new RecentMost(OBJECTS_SEEN_MS);
  // Isolates begin at different ones, so that they don't march in step.
  #turn = Math.floor(Math.random() * 1_000_000);
  #triedAt = 0;

  /** `secret` is what affinity cookies are signed with. */
  constructor(pool: Pool, objects: DurableObjectNamespace<Pools> | undefined, secret: string) {
    this.pool = pool;
    this.#objects = objects;
    this.#tags = new AffinityTags(pool.name, secret);
    const ask =
      objects &&
      ((place: string) =>
        poolObject(objects, pool.name).snapshot(pool.name, place, this.#given.expected));
    this.#snapshots = new Snapshots(pool, ask);
    this.#passed = new Passed(async (met) => {
      if (objects) await poolObject(objects, pool.name).meet(pool.name, met);
    });
  }

  async choose(asker: Asker): Promise<Choice> {
    const snapshot = this.#given.added(await this.#snapshots.now(asker.place));
    const tags = await this.#tagsOf(snapshot);
    const mayTry = this.#triedAt !== snapshot.takenAt;
    const ranking = this.#rank(snapshot, asker, tags, mayTry);
    if (ranking.type === "none") return ranking;
    const { origins, reservation } = await this.#withPlace(ranking);
    const [first] = origins;
    if (first === undefined) return { type: "full" };
    if (first.health === "trial") {
      this.#triedAt = snapshot.takenAt;
      this.#passed.tried(first.name);
    }
    return {
      type: "origins",
      origins,
      cookies: this.#cookies(tags),
      open: snapshot.open,
      reservation,
      ended: this.#given.add(first.name),
    };
  }

  async release(reservation: string): Promise<void> {
    if (this.#objects === undefined) return;
    await poolObject(this.#objects, this.pool.name).release(this.pool.name, reservation);
  }

  passed(origin: string, outcome: "opened" | "failed", network: string): void {
    if (outcome === "opened") this.#passed.opened(origin);
    else this.#passed.failed(origin, network);
  }

  async origins(asker: Asker): Promise<readonly OriginStatus[]> {
    const snapshot = await this.#snapshots.now(asker.place);
    const ranking = this.#rank(snapshot, asker, await this.#tagsOf(snapshot), false);
    // One that is full of sessions may still answer a request.
    return ranking.type === "none" ? [] : ranking.origins;
  }

  async havens(place: string): Promise<Havens> {
    const snapshot = this.#given.added(await this.#snapshots.now(place));
    this.#turn += 1;
    // By their numbers, whatever new sessions go by: those that move do so to level a pool, or because it has lost some.
    const ranking = rank({ ...this.pool, balance: "least-connections" }, snapshot, {
      affinityKey: undefined,
      preferred: undefined,
      turn: this.#turn,
      randoms: [Math.random(), Math.random()],
      mayTry: false,
      now: Date.now(),
    });
    // One that is full is better than none: its sessions are no new ones.
    const origins = ranking.type === "none" ? [] : ranking.origins;
    const [first] = origins;
    if (first) this.#given.add(first.name)();
    const objects = this.#objectsSeen.most(snapshot.objects, Date.now());
    return { origins, apartMs: (1000 * Math.max(objects, 1)) / this.pool.rehomeRate };
  }

  async #tagsOf(snapshot: Snapshot): Promise<ReadonlyMap<string, string>> {
    if (this.pool.affinity.type !== "cookie") return new Map();
    return this.#tags.of(snapshot.origins.map(({ name }) => name));
  }

  #rank(
    snapshot: Snapshot,
    asker: Asker,
    tags: ReadonlyMap<string, string>,
    mayTry: boolean,
  ): Ranking {
    const { request, client } = asker;
    this.#turn += 1;
    const query = new URL(request.url).search.slice(1);
    const address = knownAddress(client, request.headers.get("x-forwarded-for"));
    const header = (name: string) => request.headers.get(name);
    return rank(this.pool, snapshot, {
      affinityKey: affinityKeyOf(this.pool, { address, query, header }),
      preferred: this.#preferred(request, tags),
      turn: this.#turn,
      randoms: [Math.random(), Math.random()],
      mayTry,
      now: Date.now(),
    });
  }

  #preferred(request: Request, tags: ReadonlyMap<string, string>): string | undefined {
    const { affinity } = this.pool;
    if (affinity.type !== "cookie") return undefined;
    const names = new Map([...tags].map(([name, tag]) => [tag, name]));
    const field = request.headers.get("cookie") ?? "";
    return preferredOrigin(field, affinity.cookie.name, (value) => names.get(value));
  }

  #cookies(tags: ReadonlyMap<string, string>): Record<string, string> {
    const { affinity } = this.pool;
    if (affinity.type !== "cookie") return {};
    const { cookie } = affinity;
    return Object.fromEntries([...tags].map(([name, tag]) => [name, setCookie(cookie, tag)]));
  }

  /** Where origins have a maximum, only the pool object can tell whether there is a place: it counts for all isolates. */
  async #withPlace(ranking: Exclude<Ranking, { type: "none" }>): Promise<Placed> {
    const ranked = ranking.origins;
    const unlimited = ranked.filter(({ maxConnections }) => maxConnections === undefined);
    if (unlimited.length === ranked.length || this.#objects === undefined) {
      return { origins: ranked, reservation: undefined };
    }
    const reservation = crypto.randomUUID();
    try {
      const names = ranked.filter((origin) => isPeerOf(origin, ranked[0])).map(({ name }) => name);
      const granted = await this.#reserve(this.#objects, reservation, names);
      if (granted === undefined) return { origins: [], reservation };
      // Behind it the others that had room: a failed dial goes on to them, and is counted with the next report.
      const first = ranked.filter(({ name }) => name === granted);
      const others = ranking.type === "ranked" ? ranked : unlimited;
      return {
        origins: [...first, ...others.filter(({ name }) => name !== granted)],
        reservation,
      };
    } catch (error) {
      log("pool-unreachable", { error: String(error) });
      waitUntil(this.release(reservation).catch(() => {}));
      const origins = ranking.type === "ranked" ? ranked : unlimited;
      return { origins, reservation: undefined };
    }
  }

  async #reserve(
    objects: DurableObjectNamespace<Pools>,
    reservation: string,
    names: readonly string[],
  ): Promise<string | undefined> {
    const { name, queueTimeoutMs } = this.pool;
    const granted = poolObject(objects, name).reserve(name, reservation, names);
    const tooLate = scheduler.wait(queueTimeoutMs + PATIENCE_MS).then(() => {
      throw new Error("The pool object did not answer in time.");
    });
    return Promise.race([granted, tooLate]);
  }
}

// By a snapshot that is a moment old: a backup, or one on trial, that stands behind those that just got full is not to be
// granted in their place.
function isPeerOf(origin: OriginStatus, first: OriginStatus | undefined): boolean {
  if (origin === first) return true;
  return origin.isBackup === first?.isBackup && origin.health === "up";
}

interface Placed {
  readonly origins: readonly OriginStatus[];
  readonly reservation: string | undefined;
}
