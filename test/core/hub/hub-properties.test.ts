import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { HubSettings } from "../../../src/core/hub/hub.ts";
import { HubWorld } from "./hub-world.ts";

type Move = (world: HubWorld, pick: number, amount: number) => void;

/** Moves upon one of the peers. */
function of(
  move: (world: HubWorld, peer: HubWorld["peers"][number], amount: number) => void,
): Move {
  return (world, pick, amount) => {
    const peer = world.peers[pick % world.peers.length];
    if (peer) move(world, peer, amount);
  };
}

const start: Move = (world) => {
  if (world.peers.length < 5) world.link(world.start());
};
const kill = of((world, peer) => {
  if (world.peers.length > 2) world.kill(peer);
});
const link = of((world, peer) => world.link(peer));
const unlink = of((world, peer) => world.unlink(peer));
const publish = of((world, peer) => world.publish(peer));
const burst = of((world, peer, amount) => {
  for (let i = 0; i < amount; i++) world.publish(peer);
});
const ask = of((world, peer) => world.ask(peer));
const drop = of((world, peer) => world.drop(peer));
const up = of((world, peer, amount) => world.move(peer, amount, 0));
const down = of((world, peer, amount) => world.move(peer, 0, amount));
const both = of((world, peer) => world.move(peer, Infinity, Infinity));
const reset: Move = (world) => world.reset();
const sleep: Move = (world) => {
  world.rest();
  world.sleep();
};
const sideDoor: Move = (world) => world.publishByNobody();

const settle: Move = (world) => {
  world.settle();
  world.hurry(200);
  world.pass(200);
  world.settle();
};

type Weighted = Record<string, readonly [weight: number, move: Move]>;

const TRAFFIC: Weighted = {
  start: [1, start],
  kill: [1, kill],
  link: [5, link],
  unlink: [3, unlink],
  publish: [6, publish],
  burst: [2, burst],
  ask: [1, ask],
  sideDoor: [1, sideDoor],
  settle: [10, settle],
  up: [2, up],
  down: [2, down],
  both: [3, both],
  reset: [1, reset],
  sleep: [1, sleep],
};

const GENTLE: Weighted = {
  ...TRAFFIC,
  pass: [
    3,
    (world, pick, amount) => {
      const ms = (pick + 1) * amount * 30;
      world.hurry(ms);
      world.pass(ms);
    },
  ],
};

const ROUGH: Weighted = {
  ...TRAFFIC,
  drop: [1, drop],
  pass: [3, (world, pick, amount) => world.pass((pick + 1) * amount * 100)],
};

function scripts(moves: Weighted) {
  const names = Object.entries(moves).map(([name, [weight]]) => {
    return { weight, arbitrary: fc.constant(name) };
  });
  const one = fc.tuple(fc.oneof(...names), fc.nat(4), fc.integer({ min: 1, max: 6 }));
  return fc.array(one, { maxLength: 200, size: "max" });
}

function play(
  moves: Weighted,
  settings: Partial<HubSettings>,
  script: readonly (readonly [string, number, number])[],
): HubWorld {
  const world = new HubWorld(settings);
  for (let i = 0; i < 3; i++) world.link(world.start());
  for (const [name, pick, amount] of script) moves[name]?.[1](world, pick, amount);
  world.rest();
  return world;
}

const ALL_WELL = { faults: [], lacks: [], kept: [] };

/** Who hasn't, or doesn't know not to have, all that those who live have published; and what was wrong on the way. */
function outcome(world: HubWorld) {
  const lacks = world.peers.map((peer) => {
    const others = world.peers.filter((other) => other !== peer);
    return others.filter((other) => peer.taken.get(other.uid) !== lastOf(other));
  });
  const kept = world.peers.filter((peer) => peer.kept !== peer.published.length);
  return { faults: world.faults, lacks: lacks.flat(), kept };
}

function lastOf({ published }: HubWorld["peers"][number]): number | undefined {
  return published.length > 0 ? published.length : undefined;
}

test("loses and doubles nothing while nobody is away for longer than a grace, whatever is cut or reset", () => {
  const seen = { resets: 0, sleeps: 0 };
  fc.assert(
    fc.property(scripts(GENTLE), (script) => {
      const world = play(GENTLE, { graceMs: 1000 }, script);
      expect(outcome(world)).toEqual(ALL_WELL);
      expect(world.peers.map(({ holes }) => holes)).toEqual(world.peers.map(() => 0));
      expect(world.closes).toEqual([]);
      expect(world.settled()).toBeDefined();
      seen.resets += world.resets;
      seen.sleeps += world.sleeps;
    }),
    { numRuns: 400 },
  );
  expect(seen.resets).toBeGreaterThan(0);
  expect(seen.sleeps).toBeGreaterThan(0);
});

test("leaves no gap untold, however little is kept and however long somebody is away", () => {
  fc.assert(
    fc.property(scripts(ROUGH), (script) => {
      const world = play(ROUGH, { recentBytes: 2000, linkBytes: 200, graceMs: 2000 }, script);
      // What is dropped shows when its publisher goes on.
      for (const peer of world.peers) world.publish(peer);
      world.rest();
      expect(outcome(world)).toEqual(ALL_WELL);
    }),
    { numRuns: 400 },
  );
});

test("gives all of its past to who joins, a window at a time", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), fc.nat(), (events, linkBytes) => {
      const world = new HubWorld({ linkBytes: 50 + (linkBytes % 5000) });
      const [publisher, joiner] = [world.start(), world.start()];
      world.link(publisher);
      world.move(publisher, 1, 1);
      for (let i = 0; i < events; i++) world.publish(publisher);
      world.move(publisher, Infinity, 0);
      world.link(joiner);
      for (let i = 0; i < 500; i++) world.move(joiner, Infinity, Infinity);
      expect(joiner.taken.get(publisher.uid) ?? 0).toBe(events);
      expect(joiner.holes).toBe(0);
      expect(world.closes).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
