import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Queue } from "../../../src/core/session/queue.ts";
import { append, emptyQueue, includes, isEmpty, take } from "../../../src/core/session/queue.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { keptBytes, packetBytes } from "../../../src/wire/packet.ts";
import { bytes } from "../../wire/bytes.ts";
import { waiting } from "./sessions.ts";

function queueWith(...packets: readonly Packet[]): Queue {
  let queue = emptyQueue();
  for (const packet of packets) queue = append(queue, packet);
  return queue;
}

/** What a queue shows of itself. */
function shown(queue: Queue) {
  return { packets: waiting(queue), bytes: queue.bytes, isEmpty: isEmpty(queue) };
}

const one = () => 1;

describe("a queue", () => {
  test("is empty at first", () => {
    expect(shown(emptyQueue())).toEqual({ packets: [], bytes: 0, isEmpty: true });
  });

  test("holds packets in their order, and counts what it takes to keep them", () => {
    expect(shown(queueWith("4a", bytes(1, 2, 3), "4€"))).toEqual({
      packets: ["4a", bytes(1, 2, 3), "4€"],
      bytes: 9 + 3 * 64,
      isEmpty: false,
    });
  });

  test("is not empty with a packet of no bytes", () => {
    expect(shown(queueWith(bytes()))).toEqual({ packets: [bytes()], bytes: 64, isEmpty: false });
  });

  test("gives what stands first, as far as the limit goes", () => {
    const { taken, rest } = take(queueWith("4aa", "4bb", "4cc"), 6, packetBytes);
    expect(taken).toEqual(["4aa", "4bb"]);
    expect(shown(rest)).toEqual({ packets: ["4cc"], bytes: 67, isEmpty: false });
  });

  test("gives one packet at least", () => {
    const { taken, rest } = take(queueWith("4aa", "4bb"), 0, packetBytes);
    expect(taken).toEqual(["4aa"]);
    expect(shown(rest)).toEqual({ packets: ["4bb"], bytes: 67, isEmpty: false });
  });

  test("gives no small packet before a large one that stands first", () => {
    const { taken } = take(queueWith("4a", "4large", "4b"), 5, packetBytes);
    expect(taken).toEqual(["4a"]);
  });

  test("measures as it is told, and counts its own bytes all the same", () => {
    const { taken, rest } = take(queueWith("4aa", "4bb", "4cc"), 2, one);
    expect(taken).toEqual(["4aa", "4bb"]);
    expect(rest.bytes).toBe(67);
  });

  test("says what waits in it, and not what it has given or what a newer one has got", () => {
    const { rest } = take(queueWith("4a", "4b", "4c", "4d"), 1, one);
    const newer = append(rest, "2");
    expect(["4a", "4b", "4d", "2"].map((packet) => includes(rest, packet))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(includes(newer, "2")).toBe(true);
    expect(includes(emptyQueue(), "2")).toBe(false);
  });

  test("that is empty gives nothing", () => {
    const { taken, rest } = take(emptyQueue(), 10, packetBytes);
    expect(taken).toEqual([]);
    expect(shown(rest)).toEqual(shown(emptyQueue()));
  });

  test("that has given all is as empty as a new one, and holds nothing in memory", () => {
    expect(take(queueWith("4a", "4b"), 10, packetBytes).rest).toEqual(emptyQueue());
  });
});

describe("an older queue stays what it was", () => {
  test("when the newer one has got more", () => {
    const older = queueWith("4a");
    const newer = append(older, "4b");
    expect(shown(older)).toEqual({ packets: ["4a"], bytes: 66, isEmpty: false });
    expect(waiting(newer)).toEqual(["4a", "4b"]);
  });

  test("when two were made from it, each with its own", () => {
    const older = queueWith("4a");
    const left = append(older, "4left");
    const right = append(older, "4right");
    expect([older, left, right].map(waiting)).toEqual([["4a"], ["4a", "4left"], ["4a", "4right"]]);
  });

  test("when something was taken, and both go on", () => {
    const older = queueWith("4a", "4b", "4c");
    const { rest } = take(older, 1, one);
    const left = append(rest, "4left");
    const right = append(older, "4right");
    expect([older, rest, left, right].map(waiting)).toEqual([
      ["4a", "4b", "4c"],
      ["4b", "4c"],
      ["4b", "4c", "4left"],
      ["4a", "4b", "4c", "4right"],
    ]);
  });

  test("whatever is done to it and to those that were made from it", () => {
    const packets = fc.oneof(fc.string({ maxLength: 5 }), fc.constant(bytes(1, 2)));
    const changes = fc.record({
      of: fc.nat(),
      change: fc.oneof(fc.record({ packet: packets }), fc.record({ count: fc.nat(5) })),
    });
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 60 }), (history) => {
        const versions = [{ queue: emptyQueue(), packets: new Array<Packet>() }];
        for (const { of, change } of history) {
          const version = versions[of % versions.length];
          if (version !== undefined) versions.push(changed(version, change));
        }
        expect(versions.map(({ queue }) => shown(queue))).toEqual(
          versions.map((version) => ({
            packets: version.packets,
            bytes: version.packets.reduce((sum, packet) => sum + keptBytes(packet), 0),
            isEmpty: version.packets.length === 0,
          })),
        );
      }),
    );
  });
});

describe("the cost of a queue", () => {
  const LENGTH = 100_000;

  test("to append is the same at any length: nothing is copied", () => {
    let queue = queueWith("4a");
    const { packets } = queue;
    for (let i = 1; i < LENGTH; i++) queue = append(queue, "4a");
    expect(queue.packets).toBe(packets);
    expect(waiting(queue)).toHaveLength(LENGTH);
  });

  test("to take one by one copies no packet more than once or so, and keeps no more than as many again", () => {
    let queue = queueWith(...Array.from({ length: 1000 }, (_, n) => `4${n}`));
    let copied = 0;
    while (!isEmpty(queue)) {
      const { rest } = take(queue, 0, packetBytes);
      if (rest.packets !== queue.packets) copied += rest.packets.length;
      queue = rest;
      expect(queue.packets.length).toBeLessThanOrEqual(2 * waiting(queue).length + 1);
    }
    expect(copied).toBeLessThanOrEqual(1000);
  });
});

interface Version {
  readonly queue: Queue;
  readonly packets: Packet[];
}

function changed(
  { queue, packets }: Version,
  change: { readonly packet: Packet } | { readonly count: number },
): Version {
  if ("packet" in change) {
    return { queue: append(queue, change.packet), packets: [...packets, change.packet] };
  }
  const count = Math.max(1, change.count);
  return { queue: take(queue, change.count, one).rest, packets: packets.slice(count) };
}
