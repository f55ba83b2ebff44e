import { describe, expect, test } from "vitest";
import type { HubShard } from "../../../src/core/hub/hub-shard.ts";
import type { ToHub } from "../../../src/wire/hub/message.ts";
import type { Order } from "./hub-stage.ts";
import { A, B, BODY, C, linked, Stage } from "./hub-stage.ts";

describe("what all have taken", () => {
  test("is told to the publisher, gathered", () => {
    const stage = published(70_000);
    stage.receive(B, taken(2), 70_010);
    stage.receive(C, taken(1), 70_020);
    expect(stage.orders()).toEqual([]);
    stage.hub.timePassed(70_100);
    expect(stage.orders()).toEqual([[A, { type: "all-taken", n: 1 }]]);
    stage.receive(C, taken(2), 70_150);
    stage.hub.timePassed(70_250);
    expect(stage.orders()).toEqual([[A, { type: "all-taken", n: 2 }]]);
  });

  test("is not known before a grace has passed since the shard began", () => {
    const stage = linked(A, B);
    stage.receive(A, { type: "publish", n: 1, body: BODY });
    stage.receive(B, taken(1), 10);
    stage.hub.timePassed(59_999);
    expect(stage.orders()).toEqual([]);
    stage.hub.timePassed(60_000);
    expect(stage.orders()).toEqual([[A, { type: "all-taken", n: 1 }]]);
  });

  test("counts who has gone, until it has been away for a grace", () => {
    const stage = published(70_000);
    stage.receive(B, taken(2), 70_010);
    stage.hub.closed(C, 70_020);
    stage.hub.timePassed(71_000);
    expect(stage.orders()).toEqual([
      [A, { type: "left", uid: C }],
      [B, { type: "left", uid: C }],
    ]);
    stage.hub.timePassed(131_000);
    stage.hub.timePassed(131_100);
    expect(stage.orders()).toEqual([[A, { type: "all-taken", n: 2 }]]);
  });
});

describe("a slow link", () => {
  test("is sent no more than a window ahead, and goes on in order", () => {
    const stage = new Stage({ linkBytes: 250 });
    stage.hello(A);
    stage.hello(B);
    const got = [1, 2, 3].flatMap((n) => stage.receive(A, { type: "publish", n, body: BODY }));
    expect(got).toHaveLength(2);
    stage.receive(A, { type: "request", id: 1, body: BODY });
    const more = stage.receive(B, { type: "taken", vector: new Map(), bytes: 306 });
    expect(more).toEqual([
      [B, { type: "event", uid: A, n: 3, body: BODY }],
      [B, { type: "request", uid: A, id: 1, body: BODY }],
    ]);
  });

  test("ends when what waits beside the events is more than a window", () => {
    const stage = new Stage({ linkBytes: 250 });
    stage.hello(A);
    stage.hello(B);
    const orders = Array.from({ length: 9 }, (_, id) => {
      return stage.receive(A, { type: "request", id, body: BODY });
    });
    expect(orders.flat().at(-2)).toEqual([B, 1013, "too slow"]);
    expect(orders.flat().at(-1)).toEqual([A, { type: "left", uid: B }]);
  });

  test("ends when what waits for it is forgotten", () => {
    const stage = new Stage({ linkBytes: 250, recentBytes: 1000 });
    stage.hello(A);
    stage.hello(B);
    const orders = Array.from({ length: 12 }, (_, i) => {
      return stage.receive(A, { type: "publish", n: i + 1, body: BODY });
    });
    expect(orders.flat()).toContainEqual([B, 1013, "too slow"]);
  });

  test("ends when nothing that it lacks is taken for ten seconds, and not before", () => {
    const stage = linked(A, B, C);
    stage.receive(A, { type: "publish", n: 1, body: BODY }, 100_000);
    for (let now = 100_000; now <= 110_000; now += 1000) {
      stage.receive(B, { type: "taken", vector: new Map([[A, 1]]), bytes: 100 }, now);
      stage.hub.timePassed(now);
    }
    expect(closes(stage)).toEqual([]);
    stage.hub.timePassed(111_000);
    expect(closes(stage)).toEqual([[C, 1013, "too slow"]]);
  });

  test("has more time for more bytes", () => {
    const stage = new Stage({ linkBytes: 1e8, recentBytes: 1e8 });
    stage.hello(A);
    stage.hello(B);
    stage.receive(A, { type: "publish", n: 1, body: new Uint8Array(20 * 1024 * 1024) }, 100_000);
    stage.orders();
    for (let now = 101_000; now <= 130_000; now += 1000) stage.hub.timePassed(now);
    expect(stage.orders()).toEqual([]);
    for (let now = 131_000; now <= 133_000; now += 1000) stage.hub.timePassed(now);
    expect(stage.orders()).toContainEqual([B, 1013, "too slow"]);
  });
});

describe("sleep", () => {
  test("is allowed when everything is taken and told, and then nothing waits", () => {
    const { hub } = rested();
    expect(hub.nextDeadline()).toBeUndefined();
    const lasts = new Map([
      [A, 1],
      [B, 0],
    ]);
    expect(hub.settled()).toEqual([
      { uid: A, last: 1, taken: lasts, sentBytes: 300 },
      { uid: B, last: 0, taken: lasts, sentBytes: 203 },
    ]);
  });

  test.each<[string, (hub: HubShard) => void]>([
    [
      "an event that is not taken",
      (hub) => hub.received(A, { type: "publish", n: 2, body: BODY }, 1e6),
    ],
    ["a link that is away", (hub) => hub.closed(B, 1e6)],
    ["a link without a hello", (hub) => hub.opened(C, 1e6)],
    [
      "traffic of the last second",
      (hub) => hub.received(B, { type: "request", id: 1, body: BODY }, 1e6 + 500),
    ],
  ])("waits for %s", (_, disturb) => {
    const { hub } = rested();
    disturb(hub);
    hub.timePassed(1e6 + 1000);
    expect(hub.settled()).toBeUndefined();
    expect(hub.nextDeadline()).toBeGreaterThan(1e6);
  });

  test("forgets no number: its links go on as before", () => {
    const settled = structuredClone(rested().hub.settled());
    const stage = new Stage({}, settled);
    expect(stage.hub.nextDeadline()).toBeUndefined();
    expect(stage.receive(A, { type: "publish", n: 1, body: BODY }, 2e6)).toEqual([]);
    expect(stage.receive(A, { type: "publish", n: 2, body: BODY }, 2e6)).toEqual([
      [B, { type: "event", uid: A, n: 2, body: BODY }],
    ]);
    stage.receive(B, { type: "taken", vector: new Map([[A, 2]]), bytes: 400 }, 2e6);
    stage.hub.timePassed(2e6 + 100);
    expect(stage.orders()).toEqual([[A, { type: "all-taken", n: 2 }]]);
    const bases = new Map([
      [A, 1],
      [B, 0],
      [C, 0],
    ]);
    expect(stage.hello(C, {}, 2e6)[2]).toEqual([
      C,
      { type: "welcome", bases, last: 0, peers: [A, B], shards: 2 },
    ]);
  });
});

function published(now: number): Stage {
  const stage = linked(A, B, C);
  stage.hub.timePassed(60_000);
  stage.orders();
  stage.receive(A, { type: "publish", n: 1, body: BODY }, now);
  stage.receive(A, { type: "publish", n: 2, body: BODY }, now);
  return stage;
}

function taken(n: number): ToHub {
  return { type: "taken", vector: new Map([[A, n]]), bytes: 0 };
}

function rested(): Stage {
  const stage = linked(A, B);
  stage.receive(A, { type: "publish", n: 1, body: BODY });
  stage.receive(B, { type: "taken", vector: new Map([[A, 1]]), bytes: 50 });
  for (let at = stage.hub.nextDeadline(); at !== undefined && at < 1e6;) {
    stage.hub.timePassed(at);
    at = stage.hub.nextDeadline();
  }
  stage.orders();
  return stage;
}

function closes(stage: Stage): Order[] {
  return stage.orders().filter((order) => order.length === 3);
}
