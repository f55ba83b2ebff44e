import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Order } from "../../../src/core/pool/admin.ts";
import type { Fault } from "../../../src/core/pool/report.ts";
import { snapshotOf } from "../../../src/core/pool/state.ts";
import { origin, poolOf } from "./pool-builders.ts";
import { HEALTH } from "./state-builders.ts";
import { World } from "./state-world.ts";

const NAMES = ["a", "b", "c", "d", "e"];
const OBJECTS = 8;
const ROOM_OF_OBJECT = 6;

/** What happens in the world, with the sentence that a counterexample is told in. */
class Move implements fc.Command<object, World> {
  readonly #text: string;
  readonly #run: (world: World) => void;

  constructor(text: string, run: (world: World) => void) {
    this.#text = text;
    this.#run = run;
  }

  check(): boolean {
    return true;
  }

  run(_: object, world: World): void {
    this.#run(world);
  }

  toString(): string {
    return this.#text;
  }
}

const anyName = fc.constantFrom(...NAMES);
const anyObject = fc.nat(OBJECTS - 1);
const anyFaults: fc.Arbitrary<Fault[]> = fc.array(
  fc.record({ origin: anyName, network: fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8") }),
  { maxLength: 6 },
);

const anyOrder: fc.Arbitrary<Order> = fc.oneof(
  fc.record({
    type: fc.constantFrom("ready" as const, "ready" as const, "drain" as const, "maint" as const),
    origin: anyName,
  }),
  fc.record({
    type: fc.constant("weight" as const),
    origin: anyName,
    weight: fc.constantFrom(-1, 0, 1, 0.5, 1000),
  }),
  fc.record({
    type: fc.constant("add" as const),
    origin: anyName.map((name) => origin(name, { maxConnections: 3 })),
  }),
  fc.record({ type: fc.constant("remove" as const), origin: anyName }),
);

const asks = fc
  .tuple(anyObject, fc.shuffledSubarray(NAMES, { minLength: 1 }))
  .map(([number, names]) => new Move(`ask ${number} ${names.join()}`, (w) => w.ask(number, names)));

const finishes = fc
  .constantFrom(true, true, true, false)
  .map((isOpened) => new Move(`finish ${isOpened}`, (world) => world.finish(isOpened)));

const ends = anyObject.map((number) => new Move(`end ${number}`, (world) => world.end(number)));

const crashes = anyObject.map((number) => new Move(`crash ${number}`, (w) => w.crash(number)));

const resets = fc
  .tuple(anyObject, fc.shuffledSubarray(NAMES, { minLength: 1 }))
  .map(
    ([number, names]) =>
      new Move(`reset, ask ${number} ${names.join()}`, (w) => w.reset(number, names)),
  );

const reports = fc
  .tuple(anyObject, anyFaults, fc.array(anyName, { maxLength: 3 }))
  .map(
    ([number, faults, opened]) =>
      new Move(`report ${number} ${fc.stringify(faults)} ${opened.join()}`, (world) =>
        world.report(number, faults, opened),
      ),
  );

const answers = fc.tuple(fc.nat(20), fc.boolean()).map(
  ([which, isOk]) =>
    new Move(`answer ${which} ${isOk}`, (world) => {
      const all = world.pendingChecks;
      const found = all[all.length - 1 - (which % Math.max(1, all.length))];
      if (found) world.on({ type: "checked", ...found, isOk });
    }),
);

const orders = anyOrder.map(
  (order) =>
    new Move(`order ${fc.stringify(order)}`, (world) => world.on({ type: "ordered", order })),
);

const snapshots = fc
  .tuple(fc.constantFrom("AMS", "CDG", "SIN"), fc.nat(10))
  .map(
    ([place, wanted]) =>
      new Move(`snapshot ${place} ${wanted}`, (world) => world.askSnapshot(place, wanted)),
  );

const passes = fc
  .oneof(fc.nat(300), fc.nat(6000), fc.nat(100_000))
  .map((ms) => new Move(`pass ${ms}`, (world) => world.pass(ms)));

const anyMoves = fc.commands(
  [
    asks,
    asks,
    finishes,
    finishes,
    ends,
    crashes,
    reports,
    reports,
    answers,
    orders,
    snapshots,
    resets,
  ]
    .map((moves): fc.Arbitrary<fc.Command<object, World>> => moves)
    .concat(passes),
  { maxCommands: 80, size: "max" },
);

const anyPool = fc
  .record({
    count: fc.integer({ min: 1, max: NAMES.length }),
    maximum: fc.constantFrom(undefined, 1, 2, 5),
    health: fc.constantFrom(undefined, HEALTH),
    queueTimeoutMs: fc.constantFrom(0, 700, 20_000),
  })
  .map(({ count, maximum, health, queueTimeoutMs }) => {
    const origins = NAMES.slice(0, count).map((name, i) =>
      origin(name, { maxConnections: i === 0 ? undefined : maximum, isBackup: i === 3 }),
    );
    return poolOf(origins, { health, queueTimeoutMs });
  });

describe("whatever reports, crashes, checks, orders, resets and time come between each other", () => {
  test("the pool keeps its rules, and a state that was written down goes on as it would have", () => {
    fc.assert(
      fc.property(anyPool, anyMoves, (pool, moves) => {
        const world = new World(pool, ROOM_OF_OBJECT);
        fc.modelRun(() => ({ model: {}, real: world }), moves);
        expect(world.troubles).toEqual([]);
      }),
      { numRuns: 120 },
    );
  });

  test("the counts are right again once the leases of what has crashed are over", () => {
    fc.assert(
      fc.property(anyPool, anyMoves, (pool, moves) => {
        const world = new World(pool, ROOM_OF_OBJECT);
        fc.modelRun(() => ({ model: {}, real: world }), moves);
        world.pass(61_000);
        for (const { name, sessions } of snapshotOf(world.state, "AMS", world.now).origins) {
          expect(sessions).toBe(world.liveAt(name));
        }
        expect(world.troubles).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
