import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Report } from "../../src/core/pool/report.ts";
import type { PoolState } from "../../src/core/pool/state.ts";
import { begin, step } from "../../src/core/pool/state.ts";
import type { OpenObject } from "../../src/edge/entry/open-objects.ts";
import { OpenObjects } from "../../src/edge/entry/open-objects.ts";
import { objectId } from "../../src/wire/sid.ts";
import { poolOf } from "../core/pool/pool-builders.ts";

const PER_OBJECT = 100;
const NONE: ReadonlySet<OpenObject> = new Set();

/** Takes an object for a handshake that succeeds at once. */
function opened(objects: OpenObjects): string {
  const object = objects.take("a", NONE);
  objects.release(object, "a", true);
  return object.id.toString();
}

function newObject() {
  return objectId(env.SESSIONS.newUniqueId().toString());
}

describe("objects that the pool offers", () => {
  test("are refilled before another is minted, the fullest first, as far as they were promised", () => {
    const objects = new OpenObjects(env.SESSIONS, PER_OBJECT);
    const [full, empty] = [newObject(), newObject()];
    objects.offered([
      { object: full, room: 2 },
      { object: empty, room: 3 },
    ]);
    const owners = Array.from({ length: 5 }, () => opened(objects));
    expect(owners).toEqual([full, full, empty, empty, empty]);
  });

  test("are taken for some more than was promised, the emptiest first, before one of one's own", () => {
    const objects = new OpenObjects(env.SESSIONS, PER_OBJECT);
    const own = opened(objects);
    const [full, empty] = [newObject(), newObject()];
    objects.offered([
      { object: full, room: 1 },
      { object: empty, room: 1 },
    ]);
    const owners = Array.from({ length: 20 }, () => opened(objects));
    const more = [empty, full].flatMap((object) => Array.from({ length: 8 }, () => object));
    expect(owners).toEqual([full, empty, ...more, own, own]);
  });

  test("and come without a promise are taken when the others are used up, a few times each", () => {
    const objects = new OpenObjects(env.SESSIONS, PER_OBJECT);
    const [promised, spare] = [newObject(), newObject()];
    objects.offered([
      { object: promised, room: 1 },
      { object: spare, room: 0 },
    ]);
    const owners = Array.from({ length: 18 }, () => opened(objects));
    expect(owners.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => promised));
    expect(owners.slice(9, 17)).toEqual(Array.from({ length: 8 }, () => spare));
    expect([promised, spare]).not.toContain(owners[17]);
  });

  test("are left alone by a handshake that three have refused, and a fifth object is a new one", () => {
    const objects = new OpenObjects(env.SESSIONS, PER_OBJECT);
    const own = objects.take("a", NONE);
    const offers = Array.from({ length: 5 }, () => ({ object: newObject(), room: 9 }));
    objects.offered(offers);
    const tried = new Set<OpenObject>();
    const taken = Array.from({ length: 5 }, () => {
      const object = objects.take("a", tried);
      tried.add(object);
      return object.id.toString();
    });
    expect(taken.slice(0, 3)).toEqual(offers.slice(0, 3).map(({ object }) => object));
    expect(taken[3]).toBe(own.id.toString());
    expect(offers.map(({ object }) => object)).not.toContain(taken[4]);
  });

  test("are not asked again by a handshake for which they were full", () => {
    const objects = new OpenObjects(env.SESSIONS, PER_OBJECT);
    const object = newObject();
    objects.offered([{ object, room: 9 }]);
    const taken = objects.take("a", NONE);
    expect(objects.take("a", new Set([taken])).id.toString()).not.toBe(object);
    objects.forget(taken);
    expect(objects.take("a", NONE).id.toString()).not.toBe(object);
  });

  test("are no longer taken when a later offer leaves them out", () => {
    const objects = new OpenObjects(env.SESSIONS, PER_OBJECT);
    const [first, second] = [newObject(), newObject()];
    objects.offered([{ object: first, room: 50 }]);
    objects.offered([{ object: second, room: 1 }]);
    const owners = Array.from({ length: 3 }, () => opened(objects));
    expect(owners).toContain(second);
    expect(owners).not.toContain(first);
  });

  test("are taken in once, though every handshake brings the snapshot", () => {
    const objects = new OpenObjects(env.SESSIONS, PER_OBJECT);
    const object = newObject();
    const offer = [{ object, room: 1 }];
    const owners = Array.from({ length: 20 }, () => {
      objects.offered(offer);
      return opened(objects);
    });
    expect(owners.filter((owner) => owner === object)).toHaveLength(9);
  });
});

/** A source of numbers that is the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** `given`: when it gave sessions away, as far as it asks for room for as many. */
interface Isolate {
  readonly objects: OpenObjects;
  askedAt: number;
  given: number[];
}

/** Entry isolates, session objects and their pool, with a clock that a test holds. */
class World {
  #now = 1_000_000;
  #pool: PoolState = begin(poolOf(["a"]), undefined, this.#now);
  readonly #next: () => number;
  readonly #isolates: Isolate[];
  readonly #sessions = new Map<string, number>();
  readonly #changed = new Map<string, number>();
  readonly #dials = new Map<string, number>();
  readonly #opened = new Map<string, number>();
  readonly #live: string[] = [];
  /** How often an object was found full. */
  refusals = 0;
  /** The most objects that a handshake was offered to. */
  tries = 0;
  readonly #underWay: { until: number; done: () => void }[] = [];

  constructor(isolates: number, seed: number) {
    this.#next = random(seed);
    this.#isolates = Array.from({ length: isolates }, () => {
      return { objects: new OpenObjects(env.SESSIONS, PER_OBJECT), askedAt: -Infinity, given: [] };
    });
  }

  /** A handshake of 30 ms at some isolate. */
  come(): void {
    const isolate = this.#isolates[this.#below(this.#isolates.length)];
    if (!isolate) return;
    if (this.#now - isolate.askedAt >= 1000) this.#ask(isolate);
    isolate.given.push(this.#now);
    const tried = new Set<OpenObject>();
    let object = isolate.objects.take("a", tried);
    while (this.#isRefused(isolate.objects, object)) {
      tried.add(object);
      isolate.objects.release(object, "a", false);
      object = isolate.objects.take("a", tried);
    }
    this.tries = Math.max(this.tries, tried.size + 1);
    this.#dial(isolate.objects, object);
  }

  // The object has all sessions that it may have, or dials its origin three times already.
  #isRefused(objects: OpenObjects, object: OpenObject): boolean {
    const id = object.id.toString();
    const isFull = (this.#sessions.get(id) ?? 0) >= PER_OBJECT;
    if (isFull) objects.forget(object);
    this.refusals += isFull ? 1 : 0;
    return isFull || (this.#dials.get(id) ?? 0) >= 3;
  }

  #dial(objects: OpenObjects, object: OpenObject): void {
    const id = object.id.toString();
    this.#change(id, 1);
    this.#dials.set(id, (this.#dials.get(id) ?? 0) + 1);
    this.#underWay.push({
      until: this.#now + 30,
      done: () => {
        objects.release(object, "a", true);
        this.#dials.set(id, (this.#dials.get(id) ?? 0) - 1);
        this.#opened.set(id, (this.#opened.get(id) ?? 0) + 1);
        this.#live.push(id);
      },
    });
  }

  /** Some session ends. */
  go(): void {
    const at = this.#below(this.#live.length);
    const id = this.#live[at];
    const last = this.#live.pop();
    if (id === undefined || last === undefined) return;
    if (at < this.#live.length) this.#live[at] = last;
    this.#change(id, -1);
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const handshake of this.#underWay.splice(0)) {
      if (handshake.until <= this.#now) handshake.done();
      else this.#underWay.push(handshake);
    }
    for (const [id, at] of this.#changed) {
      if (this.#now - at < 1000) continue;
      this.#changed.delete(id);
      this.#report(id);
    }
  }

  /** How full the objects with sessions are on average. */
  get fullness(): number {
    return this.sessions / (this.#sessions.size * PER_OBJECT);
  }

  get sessions(): number {
    return [...this.#sessions.values()].reduce((sum, count) => sum + count, 0);
  }

  #below(count: number): number {
    return Math.floor(this.#next() * count);
  }

  #change(id: string, by: number): void {
    const count = (this.#sessions.get(id) ?? 0) + by;
    if (count > 0) this.#sessions.set(id, count);
    else this.#sessions.delete(id);
    if (!this.#changed.has(id)) this.#changed.set(id, this.#now);
  }

  #report(id: string): void {
    const count = this.#sessions.get(id) ?? 0;
    const report: Report = {
      object: objectId(id),
      sessions: count > 0 ? { a: count } : {},
      room: PER_OBJECT - count,
      place: "AMS",
      faults: [],
      opened: Array.from({ length: this.#opened.get(id) ?? 0 }, () => "a"),
    };
    this.#opened.delete(id);
    this.#pool = step(this.#pool, { type: "reported", report }, this.#now).next;
  }

  #ask(isolate: Isolate): void {
    isolate.given = isolate.given.filter((at) => at >= this.#now - 1000);
    const wanted = 1 + Math.ceil(isolate.given.length * 1.25);
    const fresh = [newObject(), newObject()].map((object) => ({ object, room: PER_OBJECT }));
    const asked = { type: "snapshot-asked", place: "AMS", wanted, fresh } as const;
    const { next, effects } = step(this.#pool, asked, this.#now);
    this.#pool = next;
    isolate.askedAt = this.#now;
    for (const effect of effects) {
      if (effect.type === "answer-snapshot") isolate.objects.offered(effect.snapshot.open);
    }
  }
}

/** 3,000 sessions come, about `alive` of them at a time, and as many have gone as have come beyond that. */
function fullnessAfter(isolates: number, alive: number, perSecond: number, seed: number) {
  const world = new World(isolates, seed);
  const stepMs = 1000 / perSecond;
  for (let n = 0; n < 3000; n++) {
    world.come();
    if (n >= alive) world.go();
    world.pass(stepMs);
  }
  return { fullness: world.fullness, refusals: world.refusals, tries: world.tries };
}

describe("objects are on average at least 70 % full after 3,000 sessions came and went at random", () => {
  test.each([
    { isolates: 1, alive: 1000, perSecond: 50 },
    { isolates: 5, alive: 1000, perSecond: 50 },
    { isolates: 12, alive: 1000, perSecond: 50 },
    { isolates: 12, alive: 1500, perSecond: 20 },
    { isolates: 30, alive: 1000, perSecond: 50 },
    { isolates: 5, alive: 1500, perSecond: 100 },
    { isolates: 1, alive: 1500, perSecond: 200 },
    { isolates: 5, alive: 1500, perSecond: 200 },
    { isolates: 12, alive: 1500, perSecond: 200 },
  ])("$isolates isolates, $alive alive, $perSecond a second", ({ isolates, alive, perSecond }) => {
    const measured = [1, 2, 3].map((seed) => fullnessAfter(isolates, alive, perSecond, seed));
    for (const { fullness, refusals, tries } of measured) {
      expect(fullness).toBeGreaterThanOrEqual(0.7);
      // What it costs: few handshakes ask a second object.
      expect(refusals).toBeLessThan(0.05 * 3000);
      expect(tries).toBeLessThanOrEqual(5);
    }
  });
});
