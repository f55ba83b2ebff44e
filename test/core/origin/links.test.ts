import { describe, expect, test } from "vitest";
import { decodeContent, encodeContent } from "../../../src/wire/hub/content-codec.ts";
import { MAX_BODY_BYTES } from "../../../src/wire/hub/message.ts";
import { shardOf } from "../../../src/wire/hub/shard.ts";
import { A, B, eventTo, MachineStage, OWN, room } from "./machine-stage.ts";
import { NSP } from "./sim-names.ts";

const BODY = encodeContent(eventTo());

describe("a link", () => {
  test("begins with a hello, fresh only until the first welcome", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 4]]);
    stage.origin.closed(0, 0);
    stage.origin.opened(0, 0);
    expect(stage.sent.map(([, message]) => message)).toEqual([
      { type: "hello", isFresh: true, kept: 0, taken: new Map([[OWN, 0]]) },
      {
        type: "hello",
        isFresh: false,
        kept: 0,
        taken: new Map([
          [OWN, 0],
          [A, 4],
        ]),
      },
    ]);
  });

  test("gets nothing before the welcome, then what the hub lacks, in order", () => {
    const stage = new MachineStage();
    for (let i = 0; i < 3; i += 1) stage.origin.publish(eventTo(), 0);
    stage.origin.opened(0, 0);
    stage.origin.publish(eventTo(), 0);
    expect(stage.sent).toHaveLength(1);
    stage.hear({ type: "welcome", bases: new Map(), last: 2, peers: [], shards: 1 });
    stage.origin.publish(eventTo(), 0);
    expect(stage.sent.slice(1)).toEqual(
      [3, 4, 5].map((n) => [0, { type: "publish", n, body: BODY }]),
    );
  });

  test("gets kept events again until everybody has taken them", () => {
    const stage = new MachineStage();
    stage.welcome();
    for (let i = 0; i < 3; i += 1) stage.origin.publish(eventTo(), 0);
    stage.hear({ type: "all-taken", n: 2 });
    stage.origin.closed(0, 0);
    stage.sent = [];
    stage.welcome();
    expect(stage.sent.map(([, message]) => message)).toMatchObject([
      { type: "hello", kept: 2 },
      { type: "publish", n: 3 },
    ]);
  });

  test("tells who is there, and that nobody is when it ends", () => {
    const stage = new MachineStage();
    stage.welcome([], [A]);
    expect(stage.peers).toEqual(new Set([A]));
    stage.hear({ type: "joined", uid: B, base: 0 });
    expect(stage.peers).toEqual(new Set([A, B]));
    stage.hear({ type: "left", uid: A });
    expect(stage.peers).toEqual(new Set([B]));
    stage.origin.closed(0, 0);
    expect(stage.peers).toEqual(new Set());
  });

  test("asks all who are there, and nobody while it is down", () => {
    const stage = new MachineStage();
    expect(stage.origin.request(1, BODY)).toEqual([]);
    stage.welcome([], [A, B]);
    stage.sent = [];
    expect(stage.origin.request(2, BODY)).toEqual([A, B]);
    expect(stage.sent).toEqual([[0, { type: "request", id: 2, body: BODY }]]);
  });

  test("passes on requests and responses", () => {
    const stage = new MachineStage();
    stage.welcome([], [A]);
    stage.hear({ type: "request", uid: A, id: 7, body: BODY });
    stage.hear({ type: "response", uid: A, id: 8, isLast: false, body: BODY });
    expect([stage.requests, stage.responses]).toEqual([[[0, A, 7]], [[A, 8, false]]]);
    stage.sent = [];
    stage.origin.respond(0, A, 7, true, BODY);
    stage.origin.closed(0, 0);
    stage.origin.respond(0, A, 9, true, BODY);
    expect(stage.sent).toEqual([[0, { type: "respond", to: A, id: 7, isLast: true, body: BODY }]]);
  });

  test("says that the server closes", () => {
    const stage = new MachineStage();
    stage.welcome();
    stage.sent = [];
    stage.origin.closing({ pool: "main", name: "one" });
    expect(stage.sent).toEqual([[0, { type: "closing", origin: { pool: "main", name: "one" } }]]);
  });
});

describe("what has been taken is told", () => {
  test("after 256 events", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    for (let n = 1; n <= 300; n += 1) stage.event(A, n, eventTo());
    expect(takenOf(stage)).toEqual([new Map([[A, 256]])]);
  });

  test("after 64 KiB", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    stage.event(A, 1, eventTo(room(), "x".repeat(65_536)));
    expect(takenOf(stage)).toEqual([new Map([[A, 1]])]);
  });

  test("with an event that comes 200 ms later, or when time passes", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    stage.event(A, 1, eventTo());
    stage.now = 200;
    stage.event(A, 2, eventTo());
    expect(takenOf(stage)).toEqual([new Map([[A, 2]])]);
    stage.event(A, 3, eventTo());
    stage.pass(1);
    stage.pass(1);
    expect(takenOf(stage)).toEqual([new Map([[A, 2]]), new Map([[A, 3]])]);
  });

  test("of a double too, and of bytes without events", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 5]]);
    stage.pass(1);
    stage.event(A, 3, eventTo());
    stage.pass(1);
    stage.hear({ type: "left", uid: B });
    stage.pass(1);
    expect(takenOf(stage)).toEqual([new Map(), new Map([[A, 5]]), new Map()]);
    expect(stage.delivered).toEqual([]);
  });
});

describe("with several shards, an origin", () => {
  test("listens to all, and publishes to its own", () => {
    const stage = new MachineStage();
    stage.origin.publish(eventTo(), 0);
    welcome(stage, 0, 3);
    expect(stage.listening).toEqual([0, 1, 2]);
    for (const shard of [1, 2]) welcome(stage, shard, 3);
    stage.origin.publish(eventTo(), 0);
    expect(publishedTo(stage)).toEqual([home(3), home(3)]);
  });

  test("tells the others of no kept events, since they get none", () => {
    const stage = new MachineStage({ outboxBytes: 100 });
    welcome(stage, 0, 3);
    for (let i = 0; i < 5; i += 1) stage.origin.publish(eventTo(), 0);
    stage.sent = [];
    for (const shard of [0, 1, 2]) stage.origin.opened(shard, 0);
    const kept = stage.sent.map(([shard, message]) => [
      shard,
      message.type === "hello" && message.kept,
    ]);
    expect(kept).toEqual([0, 1, 2].map((shard) => [shard, shard === home(3) ? 4 : 0]));
  });

  test("goes to another when all is taken, and not before", () => {
    const shards = [2, 3, 4, 5, 6].find((count) => home(count) !== 0) ?? 0;
    const stage = new MachineStage();
    welcome(stage, 0, 1);
    stage.origin.publish(eventTo(), 0);
    for (let shard = 0; shard < shards; shard += 1) welcome(stage, shard, shards);
    stage.sent = [];
    stage.origin.publish(eventTo(), 0);
    stage.hear({ type: "all-taken", n: 1 });
    stage.origin.publish(eventTo(), 0);
    stage.hear({ type: "all-taken", n: 3 });
    expect(publishedTo(stage)).toEqual([0, 0, home(shards)]);
    stage.origin.publish(eventTo(), 0);
    expect(publishedTo(stage)).toEqual([0, 0, home(shards), home(shards)]);
    expect(stage.peers).toEqual(new Set());
  });

  test("shows there by an event that does nothing how far it is", () => {
    const shards = [2, 3, 4, 5, 6].find((count) => home(count) !== 0) ?? 0;
    const stage = new MachineStage();
    welcome(stage, 0, 1);
    stage.origin.publish(eventTo(), 0);
    for (let shard = 0; shard < shards; shard += 1) welcome(stage, shard, shards);
    stage.hear({ type: "all-taken", n: 1 });
    const last = stage.sent.at(-1)?.[1];
    if (last?.type !== "publish") throw new Error("Expected an event.");
    expect(last.n).toBe(2);
    expect(decodeContent(last.body)).toMatchObject({ type: "leave", rooms: [] });
  });

  test("leaves a shard that is no more at once, with all that is kept", () => {
    const shards = [2, 3, 4, 5, 6].find((count) => home(count) !== 0) ?? 0;
    const stage = new MachineStage();
    welcome(stage, 0, shards);
    welcome(stage, home(shards), shards);
    for (let i = 0; i < 2; i += 1) stage.origin.publish(eventTo(), 0);
    stage.sent = [];
    stage.origin.closed(0, 0);
    welcome(stage, 0, 1);
    expect(publishedTo(stage)).toEqual([0, 0]);
    expect(stage.listening).toEqual([0]);
  });
});

describe("an outbox that is full", () => {
  test("drops the oldest, says so, and tells the hub where the rest begins", () => {
    const stage = new MachineStage({ outboxBytes: 400 });
    for (let i = 0; i < 10; i += 1) stage.origin.publish(eventTo(), 0);
    expect(stage.dropped.length).toBeGreaterThan(0);
    stage.welcome();
    const [hello, first] = stage.sent.map(([, message]) => message);
    if (hello?.type !== "hello" || first?.type !== "publish") throw new Error("Expected both.");
    expect(hello.kept).toBeGreaterThan(0);
    expect(first.n).toBe(hello.kept + 1);
  });
});

test("refuses an event that is too large for the platform, and numbers none", () => {
  const stage = new MachineStage();
  const huge = eventTo(room(), "x".repeat(MAX_BODY_BYTES));
  expect(() => stage.origin.publish(huge, 0)).toThrow(RangeError);
  expect(stage.origin.publish(eventTo(), 0).n).toBe(1);
});

test("delivers others' events once each, server events too, and skips what it can't read", () => {
  const stage = new MachineStage();
  stage.welcome([[A, 0]]);
  const serverEvent = { type: "server-event" as const, nsp: NSP, data: "[]" };
  stage.event(A, 1, eventTo());
  stage.event(A, 1, eventTo());
  stage.hear({ type: "event", uid: A, n: 2, body: new Uint8Array([255, 1]) });
  stage.event(A, 3, serverEvent);
  expect(stage.delivered).toEqual([
    [eventTo(), { stream: A, n: 1 }, []],
    [serverEvent, { stream: A, n: 3 }, []],
  ]);
});

/** The vectors that it has told. */
function takenOf(stage: MachineStage): unknown[] {
  return stage.sent.flatMap(([, message]) => (message.type === "taken" ? [message.vector] : []));
}

/** The shards to which it has published, event by event. */
function publishedTo(stage: MachineStage): number[] {
  return stage.sent.flatMap(([shard, message]) => (message.type === "publish" ? [shard] : []));
}

function welcome(stage: MachineStage, shard: number, shards: number): void {
  stage.origin.opened(shard, 0);
  stage.hear({ type: "welcome", bases: new Map(), last: 0, peers: [], shards }, shard);
}

function home(shards: number): number {
  return shardOf(OWN, shards);
}
