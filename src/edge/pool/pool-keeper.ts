import { DurableObject } from "cloudflare:workers";
import type { Order, OrderFault } from "../../core/pool/admin.ts";
import { reportIntervalMs } from "../../core/pool/counts.ts";
import { MIN_OFFERED_OBJECTS } from "../../core/pool/open-rooms.ts";
import type { Met, Report } from "../../core/pool/report.ts";
import type { OpenRoom, Snapshot } from "../../core/pool/snapshot.ts";
import type { Effect, Event, PoolState } from "../../core/pool/state.ts";
import { begin, nextDeadline, snapshotOf, step } from "../../core/pool/state.ts";
import type { Pools, Sessions } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { log } from "../log.ts";
import type { ObjectId } from "../../wire/sid.ts";
import { objectId } from "../../wire/sid.ts";
import { checkOrigin } from "./check-origin.ts";
import { askToMove } from "./session-moves.ts";
import { PlaceWaits } from "./place-waits.ts";
import { PoolStore } from "./pool-store.ts";
import { recall } from "./recall.ts";

/**
 * The Durable Object of one pool: what it has heard is in memory, in its storage what operators have ordered, and whom to
 * ask for the rest when the memory is lost.
 */
export class PoolKeeper extends DurableObject<Env> implements Pools {
  readonly #settings: Settings;
  readonly #store: PoolStore;
  #state: PoolState | undefined;
  #armedAt = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #waits = new PlaceWaits();

  constructor(ctx: DurableObjectState, env: Env, settings: Settings) {
    super(ctx, env);
    this.#settings = settings;
    this.#store = new PoolStore(ctx.storage);
  }

  snapshot(pool: string, place: string, wanted: number): Snapshot {
    const fresh = freshObjects(this.env.SESSIONS, this.#settings.sessionsPerObject);
    const effects = this.#handle(pool, { type: "snapshot-asked", place, wanted, fresh });
    for (const effect of effects) if (effect.type === "answer-snapshot") return effect.snapshot;
    throw new Error("Expected the pool to answer with a snapshot, got none.");
  }

  report(pool: string, report: Report): number {
    this.#handle(pool, { type: "reported", report });
    return reportIntervalMs(this.#stateOf(pool).counts);
  }

  meet(pool: string, met: Met): void {
    this.#handle(pool, { type: "dials-met", met });
  }

  closing(pool: string, origin: string): void {
    this.#handle(pool, { type: "origin-closing", origin });
  }

  reserve(pool: string, id: string, candidates: readonly string[]): Promise<string | undefined> {
    const ask = () => void this.#handle(pool, { type: "place-asked", id, candidates });
    return this.#waits.wait(id, ask);
  }

  release(pool: string, id: string): void {
    this.#handle(pool, { type: "place-released", id });
  }

  order(pool: string, order: Order): OrderFault | undefined {
    const effects = this.#handle(pool, { type: "ordered", order });
    for (const effect of effects) if (effect.type === "refuse-order") return effect.fault;
    log("pool-ordered", { pool, order: order.type });
    return undefined;
  }

  look(pool: string): Snapshot {
    this.#handle(pool, { type: "time-passed" });
    return snapshotOf(this.#stateOf(pool), "", Date.now());
  }

  /** After an eviction the state is gone, and begins again with what operators have ordered. */
  override alarm(): void {
    const name = this.#store.name();
    // A deploy may have taken the pool away, and its checks with it.
    if (!this.#settings.pools.some((pool) => pool.name === name)) return;
    if (name !== undefined) this.#stateOf(name);
    this.#timeUp();
  }

  #stateOf(name: string): PoolState {
    this.#state ??= this.#begin(name);
    return this.#state;
  }

  #begin(name: string): PoolState {
    const pool = this.#settings.pools.find((other) => other.name === name);
    if (pool === undefined) throw new Error(`Expected the name of a configured pool, got ${name}.`);
    const objects = this.#store.objects();
    if (pool.health) this.#store.keepName(name);
    if (objects.length > 0) this.ctx.waitUntil(this.#recall(name, objects));
    return begin(pool, this.#store.persisted(), Date.now(), objects.length > 0);
  }

  async #recall(pool: string, known: readonly ObjectId[]): Promise<void> {
    const objects = await recall(this.env.SESSIONS, known);
    this.#handle(pool, { type: "recalled", objects });
  }

  #handle(pool: string, event: Event): readonly Effect[] {
    const { next, effects } = step(this.#stateOf(pool), event, Date.now());
    this.#state = next;
    for (const effect of effects) this.#perform(pool, effect);
    this.#arm(next);
    return effects;
  }

  #perform(pool: string, effect: Effect): void {
    switch (effect.type) {
      case "check":
        this.ctx.waitUntil(this.#check(effect));
        break;
      case "persist":
      case "remember-object":
      case "forget-objects":
        this.#store.write(effect);
        break;
      case "grant":
        this.#waits.decided(effect.id, effect.origin);
        break;
      case "refuse":
        this.#waits.decided(effect.id, undefined);
        break;
      case "move-sessions":
      case "end-sessions":
        this.ctx.waitUntil(
          askToMove(this.env.SESSIONS, effect, (refused) => this.#handle(pool, refused)),
        );
        break;
      case "accept-order":
      case "refuse-order":
      case "answer-snapshot":
        break; // whoever asked reads it from the step
    }
  }

  async #check({ origin, check }: Extract<Effect, { type: "check" }>): Promise<void> {
    const pool = this.#state?.pool;
    if (pool?.health === undefined) return;
    const isOk = await checkOrigin(origin, pool.health);
    this.#handle(pool.name, { type: "checked", origin: origin.name, check, isOk });
  }

  // Checks go on while nobody asks, so that they are an alarm's. All else matters to those who ask, and asking makes
  // up for the time that has passed: only who waits for a place needs a timer, and keeps us awake anyway.
  #arm(state: PoolState): void {
    const isBusy = state.moves.tickAt !== undefined || state.reservations.waiting.length > 0;
    if (!state.pool.health && !isBusy) return;
    const at = nextDeadline(state);
    if (at === undefined || at >= this.#armedAt) return;
    this.#armedAt = at;
    // An alarm is a row written: too dear for ten a second.
    if (state.pool.health && !isBusy) {
      this.ctx.waitUntil(this.ctx.storage.setAlarm(at));
      return;
    }
    clearTimeout(this.#timer ?? null);
    this.#timer = setTimeout(() => this.#timeUp(), Math.max(0, at - Date.now()));
  }

  #timeUp(): void {
    this.#armedAt = Infinity;
    if (this.#state) this.#handle(this.#state.pool.name, { type: "time-passed" });
  }
}

// Nothing but names so far: who sends one its first handshake has it begun, near by. An object for one session can't be
// shared, and is best minted by who needs it.
function freshObjects(
  sessions: DurableObjectNamespace<Sessions>,
  room: number,
): readonly OpenRoom[] {
  return Array.from({ length: room > 1 ? MIN_OFFERED_OBJECTS : 0 }, () => {
    return { object: objectId(sessions.newUniqueId().toString()), room };
  });
}
