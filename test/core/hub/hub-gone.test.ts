import { expect, test } from "vitest";
import type { Uid } from "../../../src/wire/hub/vector.ts";
import { uid } from "./hub-builders.ts";
import { A, BODY, Stage } from "./hub-stage.ts";

const GRACE_MS = 1000;

/** A shard for which so many have published one event each, a millisecond apart, and gone. */
function after(count: number): { stage: Stage; gone: readonly Uid[] } {
  const stage = new Stage({ graceMs: GRACE_MS });
  const gone = Array.from({ length: count }, (_, n) => uid(`gone-${n}`));
  for (const [n, each] of gone.entries()) {
    stage.hello(each, {}, n);
    stage.receive(each, { type: "publish", n: 1, body: BODY }, n);
    stage.hub.closed(each, n);
  }
  return { stage, gone };
}

/** Whom a shard tells a newcomer of at that time. */
function known(stage: Stage, now: number): Set<Uid> {
  stage.hub.timePassed(now);
  stage.orders();
  const [first] = stage.hello(A, {}, now);
  const message = first?.[1];
  if (typeof message !== "object" || !("bases" in message)) throw new Error("Expected a welcome.");
  return new Set([...message.bases.keys()].filter((each) => each !== A));
}

test("publishers that are gone are remembered for ten graces, and no longer", () => {
  const { stage: earlier, gone } = after(3);
  expect(known(earlier, 9.9 * GRACE_MS)).toEqual(new Set(gone));
  const { stage: later } = after(3);
  expect(known(later, 10.1 * GRACE_MS)).toEqual(new Set());
});

test("of too many publishers that are gone the last 1,024 are remembered", () => {
  const { stage, gone } = after(1030);
  expect(known(stage, 3 * GRACE_MS)).toEqual(new Set(gone.slice(-1024)));
});
