import * as fc from "fast-check";
import type { Step, StepKind } from "./hub-steps.ts";
import type { WorldSettings } from "./hub-world.ts";
import { World } from "./hub-world.ts";
import type { Fault } from "./sim-origin.ts";

/** How often each thing happens, in a thousand; most of the time something arrives. */
const WEIGHTS: Readonly<Record<StepKind, number>> = {
  net: 460,
  nets: 100,
  publish: 100,
  emit: 60,
  room: 30,
  command: 7,
  reset: 10,
  reshard: 3,
  linkDown: 20,
  linkUp: 60,
  kill: 12,
  start: 20,
  edgeCut: 20,
  clientCut: 15,
  move: 15,
  ghost: 15,
  dial: 90,
};

const ORDER: readonly StepKind[] = [
  "net",
  "nets",
  "publish",
  "dial",
  "emit",
  "linkUp",
  "room",
  "start",
  "linkDown",
  "edgeCut",
  "move",
  "clientCut",
  "ghost",
  "kill",
  "reset",
  "command",
  "reshard",
];

const anyShare = fc.integer({ min: 0, max: 99 }).map((hundredths) => hundredths / 100);

const anyKind: fc.Arbitrary<StepKind> = fc.oneof(
  ...ORDER.map((kind) => ({ arbitrary: fc.constant(kind), weight: WEIGHTS[kind] })),
);

const anyStep: fc.Arbitrary<Step> = fc.record({
  kind: anyKind,
  a: anyShare,
  b: anyShare,
  c: anyShare,
});

/** What happens, one thing after the other. */
export const anySteps = fc.array(anyStep, { minLength: 10, maxLength: 130, size: "max" });

/** Worlds with room for everything, and such as forget early; nothing is wrong with them. */
export const anyWorld: fc.Arbitrary<WorldSettings> = fc.record({
  origins: fc.integer({ min: 2, max: 4 }),
  clients: fc.constantFrom(1, 1, 2),
  shards: fc.constantFrom(1, 1, 2, 3),
  keepMs: fc.constantFrom(60_000, 60_000, 20_000),
  pastBytes: fc.constantFrom(1_000_000, 1_000_000, 6000, 2000),
  fault: fc.constant<Fault>("none"),
});

/** What is wrong after all that has happened, and everything has healed. */
export function troublesAfter(settings: WorldSettings, steps: readonly Step[]): readonly string[] {
  return worldAfter(settings, steps).truth.troubles;
}

export function worldAfter(settings: WorldSettings, steps: readonly Step[]): World {
  const world = new World(settings);
  for (const step of steps) world.run(step);
  world.settle();
  return world;
}
