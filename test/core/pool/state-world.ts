import { isDeepStrictEqual } from "node:util";
import type { Pool } from "../../../src/core/pool/pool.ts";
import type { Fault, Report } from "../../../src/core/pool/report.ts";
import type { Effect, Event, PoolState } from "../../../src/core/pool/state.ts";
import { begin, nextDeadline, snapshotOf, step } from "../../../src/core/pool/state.ts";
import { objectId } from "../../../src/wire/sid.ts";
import { RoomWatch } from "./room-watch.ts";
import { object } from "./state-builders.ts";

const RENEWED_MS = 30_000;
const LEASE_MS = 60_000;
const HANDSHAKE_MS = 5000;

/** Sessions as they really are: by object, the origin of each. */
interface WorldObject {
  readonly place: string;
  sessions: string[];
  /** Places used since the last report. */
  used: string[];
  reportedAt: number;
}

interface Lease {
  readonly report: Report;
  readonly endsAt: number;
}

/**
 * Session objects, origins and callers around one pool state, and what they know by themselves. Whatever the pool does
 * against its rules is written down as a trouble.
 */
export class World {
  now = 1_000_000;
  state: PoolState;
  readonly troubles: string[] = [];
  readonly objects = new Map<number, WorldObject>();
  readonly leases = new Map<number, Lease>();
  readonly pendingChecks: { origin: string; check: number }[] = [];
  #rooms = new RoomWatch();
  #handshakes: { id: string; origin: string; object: number; endsAt: number }[] = [];
  readonly #asks = new Map<string, number>();
  /** Ids of the objects that are written down. */
  readonly #stored = new Set<string>();
  readonly #roomOfObject: number;
  #lastId = 0;

  constructor(pool: Pool, roomOfObject: number) {
    this.#roomOfObject = roomOfObject;
    this.state = begin(pool, undefined, this.now);
  }

  on(event: Event): readonly Effect[] {
    const copies = [structuredClone(this.state), readBack(this.state)];
    const result = step(this.state, event, this.now);
    for (const copy of copies) {
      const same = step(copy, event, this.now);
      if (!isSameData(same, result))
        this.trouble(`a copied state went another way on ${event.type}`);
    }
    this.state = result.next;
    for (const effect of result.effects) this.#see(effect);
    this.#look();
    return result.effects;
  }

  trouble(text: string): void {
    this.troubles.push(`${this.now}: ${text}`);
  }

  /** Lets time pass as the shell would: from deadline to deadline, with renewals and handshakes that end. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const dueAt = Math.max(this.now + 1, Math.min(this.#nextAt(), until));
      if (dueAt > until) break;
      this.#waitIdly(dueAt);
      this.now = dueAt;
      this.on({ type: "time-passed" });
      this.#renew();
      if (dueAt === until) break;
    }
  }

  /** A handshake: a place is asked for, and the session is opened in that object when it is granted. */
  ask(number: number, candidates: readonly string[]): void {
    const id = `place-${(this.#lastId += 1)}`;
    this.#asks.set(id, number);
    this.on({ type: "place-asked", id, candidates });
  }

  /** How the handshakes under way end. */
  finish(isOpened: boolean): void {
    for (const { id, origin, object: number } of this.#handshakes.splice(0)) {
      if (isOpened) this.#open(number, origin, id);
      else this.on({ type: "place-released", id });
    }
  }

  /** The oldest session of an object ends. */
  end(number: number): void {
    this.objects.get(number)?.sessions.shift();
  }

  /**
   * The pool object is lost at a quiet moment. It begins anew with what is written down, and asks the objects that are
   * written down what they have; meanwhile a handshake of `number` wants a place.
   */
  reset(number: number, candidates: readonly string[]): void {
    for (const id of this.#asks.keys()) this.on({ type: "place-released", id });
    this.#asks.clear();
    this.finish(true);
    for (const [known, { used }] of this.objects) if (used.length > 0) this.report(known);
    const asked = new Set(this.#stored);
    this.leases.clear();
    this.pendingChecks.length = 0;
    this.#rooms = new RoomWatch();
    const { pool, persisted } = this.state;
    this.state = begin(pool, persisted, this.now, asked.size > 0);
    this.ask(number, candidates);
    this.pass(700);
    for (const known of this.objects.keys()) if (asked.has(object(known))) this.report(known);
    this.on({ type: "recalled", objects: [...asked].map((id) => objectId(id)) });
    this.finish(true);
    for (const known of this.objects.keys()) this.report(known);
    for (const { name, sessions } of snapshotOf(this.state, "AMS", this.now).origins) {
      const live = this.liveAt(name);
      if (sessions !== live) this.trouble(`${name} has ${live}, ${sessions} after a reset`);
    }
  }

  /** An object is gone with its sessions, and nobody is told. */
  crash(number: number): void {
    this.objects.delete(number);
  }

  report(number: number, faults: readonly Fault[] = [], opened: readonly string[] = []): void {
    const known = this.objects.get(number);
    const room = this.#roomOfObject - (known?.sessions.length ?? 0);
    const reservations = known?.used ?? [];
    const place = known?.place ?? "AMS";
    const sessions = Object.fromEntries(sumOf(known?.sessions ?? []));
    const told = { object: object(number), sessions, room, place, faults, opened, reservations };
    if (known) Object.assign(known, { used: [], reportedAt: this.now });
    if (known && known.sessions.length > 0) {
      const endsAt = Math.ceil((this.now + LEASE_MS) / 1000) * 1000;
      this.leases.set(number, { report: told, endsAt });
    } else {
      this.leases.delete(number);
      this.objects.delete(number);
    }
    this.#rooms.opened(told.object, opened.length, this.now);
    this.on({ type: "reported", report: told });
  }

  /** A caller's snapshot. */
  askSnapshot(place: string, wanted: number): void {
    const room = this.#roomOfObject;
    const fresh = [1, 2].map(() => ({ object: object(1000 + (this.#lastId += 1)), room }));
    const effects = this.on({ type: "snapshot-asked", place, wanted, fresh });
    const answer = effects.find(({ type }) => type === "answer-snapshot");
    if (answer?.type !== "answer-snapshot") throw new Error("Expected a snapshot, got none.");
    const known = [...this.leases.values()].map(({ report }) => report);
    for (const trouble of this.#rooms.offered(
      answer.snapshot.open,
      { place, fresh, known },
      this.now,
    )) {
      this.trouble(trouble);
    }
  }

  liveAt(name: string): number {
    const all = [...this.objects.values()].flatMap(({ sessions }) => sessions);
    return all.filter((one) => one === name).length;
  }

  #open(number: number, origin: string, id: string): void {
    const known = this.objects.get(number);
    const fresh = { place: number % 2 === 0 ? "AMS" : "CDG", reportedAt: this.now };
    const target = known ?? { ...fresh, sessions: [], used: [] };
    this.objects.set(number, target);
    target.sessions.push(origin);
    target.used.push(id);
  }

  #nextAt(): number {
    const renewals = [...this.objects.values()].map(({ used, reportedAt }) =>
      used.length > 0 ? this.now + 1000 : reportedAt + RENEWED_MS,
    );
    const ends = this.#handshakes.map(({ endsAt }) => endsAt);
    return Math.min(nextDeadline(this.state) ?? Infinity, ...renewals, ...ends);
  }

  // Before its deadline nothing changes: a shell that sleeps until then misses nothing.
  #waitIdly(dueAt: number): void {
    const early = Math.floor((this.now + dueAt) / 2);
    if (early >= (nextDeadline(this.state) ?? Infinity)) return;
    const { next, effects } = step(this.state, { type: "time-passed" }, early);
    if (effects.length > 0 || !isDeepStrictEqual(next, this.state)) {
      this.trouble("something happened before the deadline");
    }
  }

  #renew(): void {
    for (const handshake of this.#handshakes.filter(({ endsAt }) => endsAt <= this.now)) {
      this.#handshakes.splice(this.#handshakes.indexOf(handshake), 1);
    }
    for (const [number, { used, reportedAt }] of this.objects) {
      if (used.length > 0 || reportedAt + RENEWED_MS <= this.now) this.report(number);
    }
  }

  #see(effect: Effect): void {
    if (effect.type === "remember-object") {
      this.#stored.add(effect.object);
    } else if (effect.type === "forget-objects") {
      for (const id of effect.objects) this.#stored.delete(id);
    } else if (effect.type === "check") {
      const { name } = effect.origin;
      const known = this.state.origins.find((one) => one.name === name);
      if (!known || known.admin === "maint") this.trouble(`${name} was checked in maint`);
      this.pendingChecks.push({ origin: name, check: effect.check });
    } else if (effect.type === "grant") {
      this.#granted(effect.id, effect.origin);
    } else if (effect.type === "refuse" && !this.#asks.delete(effect.id)) {
      this.trouble(`${effect.id} was refused, which nobody asked for`);
    }
  }

  #granted(id: string, origin: string): void {
    const number = this.#asks.get(id) ?? -1;
    if (!this.#asks.delete(id)) this.trouble(`${id} was granted twice, or never asked for`);
    this.#handshakes.push({ id, origin, object: number, endsAt: this.now + HANDSHAKE_MS });
    const taken = this.#handshakes.filter((one) => one.origin === origin).length;
    const status = this.state.origins.find(({ name }) => name === origin);
    if (this.liveAt(origin) + taken > (status?.maxConnections ?? Infinity)) {
      this.trouble(`${origin} has more sessions than it may`);
    }
    if (status?.admin !== "ready") this.trouble(`${origin} was granted while it is not ready`);
  }

  // What holds after every event.
  #look(): void {
    const { origins } = snapshotOf(this.state, "AMS", this.now);
    const counted = origins.filter(({ admin }) => admin !== "maint");
    const out = counted.filter(({ health }) => health === "ejected" || health === "trial").length;
    if (out * 2 > counted.length) this.trouble(`${out} of ${counted.length} are ejected`);
    const wanted = origins.filter(({ admin, weight }) => admin === "ready" && weight > 0);
    const live = wanted.filter(({ health }) => health !== "down");
    if (live.length > 0 && live.every(({ health }) => health === "ejected")) {
      this.trouble("all that are not down are ejected");
    }
    for (const { report, endsAt } of this.leases.values()) {
      const isLost = endsAt > this.now && !this.#stored.has(report.object);
      if (isLost) this.trouble(`${report.object} is not written down`);
    }
    for (const { name, sessions } of origins) {
      const expected = this.#leasedAt(name);
      if (sessions !== expected) this.trouble(`${name}: ${sessions} sessions, not ${expected}`);
    }
  }

  #leasedAt(name: string): number {
    let sum = 0;
    for (const { report, endsAt } of this.leases.values()) {
      if (endsAt > this.now) sum += report.sessions[name] ?? 0;
    }
    return sum;
  }
}

function sumOf(names: readonly string[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const name of names) sums.set(name, (sums.get(name) ?? 0) + 1);
  return sums;
}

function readBack(state: PoolState): PoolState {
  const value: unknown = JSON.parse(JSON.stringify(state));
  if (!isState(value)) throw new Error("Expected a pool's state to be written down and read.");
  return value;
}

function isState(value: unknown): value is PoolState {
  return typeof value === "object" && value !== null && "origins" in value;
}

// JSON leaves out what is undefined, which is the same to the machine.
function isSameData(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
}
