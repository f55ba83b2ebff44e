import { describe, expect, test } from "vitest";
import { Inbox } from "../../../src/core/origin/inbox.ts";
import { Publishers } from "../../../src/core/origin/publishers.ts";
import { shardOf } from "../../../src/wire/hub/shard.ts";
import type { Uid } from "../../../src/wire/hub/vector.ts";
import { uidNamed } from "./sim-names.ts";

const [OWN, A] = [uidNamed("own"), uidNamed("a")];

function inboxOf(known: readonly [Uid, number][] = []) {
  const publishers = new Publishers(OWN, 60_000);
  for (const [uid, n] of known) publishers.beginsAfter(uid, n, 0);
  const missedAt: number[] = [];
  const inbox = new Inbox(OWN, publishers, () => missedAt.push(publishers.lastOf(A)));
  const begin = (base: number, isNew: boolean, shard = 0, shards = 1): void => {
    inbox.begin({ shard, shards, bases: new Map([[A, base]]), isNew }, 0);
  };
  return { inbox, publishers, missedAt, begin };
}

describe("a base that a shard tells", () => {
  test("is where a newcomer begins, on a shard that is new", () => {
    const { publishers, missedAt, begin } = inboxOf();
    begin(5, true);
    expect([publishers.lastOf(A), missedAt]).toEqual([5, []]);
  });

  test("is a hole where the shard is known, and the sockets leave before it is passed", () => {
    const { publishers, missedAt, begin } = inboxOf();
    begin(5, false);
    expect([publishers.lastOf(A), missedAt]).toEqual([5, [0]]);
  });

  test("is a hole for whoever knew the publisher to be at less, even at nothing", () => {
    const { publishers, missedAt, begin } = inboxOf([[A, 0]]);
    begin(5, true);
    expect([publishers.lastOf(A), missedAt]).toEqual([5, [0]]);
  });

  test("is nothing new at or below what was taken", () => {
    const { publishers, missedAt, begin } = inboxOf([[A, 7]]);
    begin(7, false);
    begin(3, false);
    expect([publishers.lastOf(A), missedAt]).toEqual([7, []]);
  });

  test("of nothing tells of a publisher only on the shard that is his", () => {
    const own = shardOf(A, 3);
    const elsewhere = inboxOf();
    elsewhere.begin(0, true, (own + 1) % 3, 3);
    expect(elsewhere.publishers.knows(A)).toBe(false);
    const home = inboxOf();
    home.begin(0, false, own, 3);
    expect(home.publishers.knows(A)).toBe(true);
  });

  test("of its own events is none of its business", () => {
    const { inbox, missedAt } = inboxOf();
    inbox.begin({ shard: 0, shards: 1, bases: new Map([[OWN, 9]]), isNew: false }, 0);
    expect(missedAt).toEqual([]);
  });
});

describe("an event", () => {
  test("is admitted once, and its own never", () => {
    const { inbox, publishers } = inboxOf([[A, 4]]);
    expect([inbox.admits(A, 4, 0), inbox.admits(A, 5, 0)]).toEqual([false, true]);
    publishers.took(A, 5, 0);
    expect([inbox.admits(A, 5, 0), inbox.admits(OWN, 1, 0)]).toEqual([false, false]);
  });

  test("that leaves some out is a hole, and is admitted behind it", () => {
    const { inbox, publishers, missedAt } = inboxOf([[A, 4]]);
    expect(inbox.admits(A, 7, 0)).toBe(true);
    expect([publishers.lastOf(A), missedAt]).toEqual([6, [4]]);
  });
});
