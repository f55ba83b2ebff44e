import { expect, test } from "vitest";
import { HubWorld } from "./hub-world.ts";

const GRACE_MS = 1000;

/** A shard whose quiet is over, with two origins that have heard of each other. */
function pair() {
  const world = new HubWorld({ graceMs: GRACE_MS });
  const [one, two] = [world.start(), world.start()];
  world.link(one);
  world.link(two);
  world.settle();
  world.pass(GRACE_MS + 200);
  world.settle();
  return { world, one, two };
}

test("tells nobody that all have taken while who lacks it may come back", () => {
  const { world, one, two } = pair();
  world.unlink(two);
  world.publish(one);
  world.settle();
  world.pass(500);
  world.settle();
  expect(one.kept).toBe(0);
  world.reset();
  world.rest();
  expect([two.taken.get(one.uid), two.holes]).toEqual([1, 0]);
});

test("waits for a grace, after a reset, for those it has not heard of", () => {
  const { world, one, two } = pair();
  world.unlink(two);
  world.publish(one);
  world.settle();
  world.reset();
  world.link(one);
  world.settle();
  world.pass(500);
  world.settle();
  expect(one.kept).toBe(0);
  world.reset();
  world.rest();
  expect([two.taken.get(one.uid), two.holes]).toEqual([1, 0]);
});

test("keeps an event for a grace from when the link that lacks it ended", () => {
  const { world, one, two } = pair();
  world.publish(one);
  world.move(one, Infinity, 0);
  world.pass(9000);
  world.unlink(two);
  world.pass(GRACE_MS - 1);
  world.rest();
  expect([two.taken.get(one.uid), two.holes]).toEqual([1, 0]);
});

test("gives up who is away for more than a grace, and tells it of the hole when it comes", () => {
  const { world, one, two } = pair();
  world.unlink(two);
  world.publish(one);
  world.settle();
  world.pass(GRACE_MS + 11_000);
  world.settle();
  expect(one.kept).toBe(1);
  world.rest();
  expect([two.taken.get(one.uid), two.holes]).toEqual([1, 1]);
});

test("knows in its next life what those who are gone had published before its sleep", () => {
  const { world, one, two } = pair();
  const third = world.start();
  world.rest();
  world.unlink(two);
  world.publish(one);
  world.settle();
  world.kill(one);
  world.pass(GRACE_MS + 3000);
  world.settle();
  world.pass(3000);
  world.sleep();
  expect([world.sleeps, third.taken.get(one.uid)]).toEqual([1, 1]);
  world.rest();
  expect(two.taken.get(one.uid)).toBe(1);
});
