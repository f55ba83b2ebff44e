import { describe, expect, test } from "vitest";
import type { ToHub } from "../../../src/wire/hub/message.ts";
import { A, B, BODY, C, linked, OWN, Stage } from "./hub-stage.ts";

describe("a hello", () => {
  test("is answered with what the shard knows, and told to the others", () => {
    const stage = linked(A);
    stage.receive(A, { type: "publish", n: 1, body: BODY });
    const bases = new Map([
      [A, 0],
      [B, 7],
    ]);
    expect(stage.hello(B, { kept: 7 })).toEqual([
      [A, { type: "joined", uid: B, base: 7 }],
      [B, { type: "welcome", bases, last: 7, peers: [A], shards: 2 }],
      [B, { type: "event", uid: A, n: 1, body: BODY }],
    ]);
  });

  test("that has taken what there is gets nothing twice", () => {
    const stage = linked(A);
    stage.receive(A, { type: "publish", n: 1, body: BODY });
    stage.receive(A, { type: "publish", n: 2, body: BODY });
    const orders = stage.hello(B, { isFresh: false, taken: new Map([[A, 1]]) });
    expect(orders.slice(2)).toEqual([[B, { type: "event", uid: A, n: 2, body: BODY }]]);
  });

  test("is waited for, and nothing is sent before it", () => {
    const stage = linked(A);
    stage.hub.opened(B, 0);
    stage.receive(A, { type: "publish", n: 1, body: BODY });
    stage.receive(A, { type: "request", id: 1, body: BODY });
    expect(stage.orders()).toEqual([]);
    stage.hub.timePassed(1000);
    expect(stage.orders()).toEqual([]);
    stage.hub.timePassed(10_500);
    expect(stage.orders()).toEqual([[B, 1002, "no hello"]]);
  });

  test.each<[string, ToHub[], string]>([
    [
      "another message before it",
      [{ type: "publish", n: 1, body: BODY }],
      "publish before a hello",
    ],
    ["a second one", [hello(), hello()], "a second hello"],
  ])("%s ends the link", (_, messages, reason) => {
    const stage = new Stage();
    stage.hub.opened(A, 0);
    for (const message of messages) stage.hub.received(A, message, 0);
    expect(stage.orders().at(-1)).toEqual([A, 1002, reason]);
    expect(stage.receive(A, hello())).toEqual([]);
  });

  test("of a newer link of the same uid takes the older one's place", () => {
    const stage = linked(A, B);
    stage.hub.opened(A, 0);
    expect(stage.orders()).toEqual([
      [A, 4000, "replaced"],
      [B, { type: "left", uid: A }],
    ]);
    expect(stage.hello(C)[0]).toEqual([B, { type: "joined", uid: C, base: 0 }]);
  });
});

describe("a message", () => {
  test("that is published goes to all others, once", () => {
    const stage = linked(A, B, C);
    const event = { type: "event", uid: A, n: 1, body: BODY };
    expect(stage.receive(A, { type: "publish", n: 1, body: BODY })).toEqual([
      [B, event],
      [C, event],
    ]);
    expect(stage.receive(A, { type: "publish", n: 1, body: BODY })).toEqual([]);
  });

  test("that leaves a gap behind it is told as a new beginning first", () => {
    const stage = linked(A, B);
    stage.receive(A, { type: "publish", n: 1, body: BODY });
    expect(stage.receive(A, { type: "publish", n: 5, body: BODY })).toEqual([
      [B, { type: "joined", uid: A, base: 4 }],
      [B, { type: "event", uid: A, n: 5, body: BODY }],
    ]);
  });

  test("that asks goes to all others, and the response to the asker alone", () => {
    const stage = linked(A, B, C);
    const request = { type: "request", uid: A, id: 9, body: BODY };
    expect(stage.receive(A, { type: "request", id: 9, body: BODY })).toEqual([
      [B, request],
      [C, request],
    ]);
    const respond = { type: "respond", to: A, id: 9, isLast: true, body: BODY } as const;
    expect(stage.receive(B, respond)).toEqual([
      [A, { type: "response", uid: B, id: 9, isLast: true, body: BODY }],
    ]);
    stage.hub.closed(A, 0);
    stage.orders();
    expect(stage.receive(C, respond)).toEqual([]);
  });

  test("that says a server is closing goes to the pool, if it says which", () => {
    const stage = linked(A, B);
    expect(stage.receive(A, { type: "closing", origin: undefined })).toEqual([]);
    const origin = { pool: "default", name: "one" };
    expect(stage.receive(A, { type: "closing", origin })).toEqual([["closing", origin]]);
  });

  test("of nobody's goes to all, numbered under the shard's own uid", () => {
    const stage = linked(A, B);
    stage.hub.publish(BODY, 0);
    stage.hub.publish(BODY, 0);
    const events = [1, 2].map((n) => ({ type: "event", uid: OWN, n, body: BODY }));
    expect(stage.orders()).toEqual([
      [A, events[0]],
      [B, events[0]],
      [A, events[1]],
      [B, events[1]],
    ]);
    expect(stage.hello(C).slice(3)).toEqual(events.map((event) => [C, event]));
  });

  test("that cannot be read ends its link alone", () => {
    const stage = linked(A, B);
    stage.hub.garbled(A, "an unknown type 9", 0);
    expect(stage.orders()).toEqual([
      [A, 1007, "an unknown type 9"],
      [B, { type: "left", uid: A }],
    ]);
    expect(stage.receive(A, { type: "publish", n: 1, body: BODY })).toEqual([]);
  });

  test("keeps no large frame for a small body", () => {
    const stage = linked(A, B);
    const frame = new Uint8Array(100_000);
    stage.receive(A, { type: "publish", n: 1, body: frame.subarray(7, 10) });
    const [, kept] = stage.hello(C).at(-1) ?? [];
    expect(kept).toMatchObject({ type: "event", body: { buffer: { byteLength: 3 } } });
  });
});

function hello(): ToHub {
  return { type: "hello", isFresh: true, kept: 0, taken: new Map() };
}
