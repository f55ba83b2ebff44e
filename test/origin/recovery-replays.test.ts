import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Seal } from "../../src/origin/seal.ts";
import { encodeRecord } from "../../src/wire/hub/content-codec.ts";
import type { SessionRecord } from "../../src/wire/hub/content.ts";
import { parseUid } from "../../src/wire/hub/vector.ts";
import { formatReplay } from "../../src/wire/recovery/replay.ts";
import { FakeEdge } from "../support/fake-edge.ts";
import type { MooredEdge, RecoveryOrigin } from "../support/recovery-origins.ts";
import {
  linked,
  moored,
  recoveryOrigin,
  recoveryPair,
  TOKEN,
} from "../support/recovery-origins.ts";

/** A record as another origin would have sealed it. */
function forged(edge: MooredEdge, change: Partial<SessionRecord>, token = TOKEN): string {
  const by = parseUid("A".repeat(16));
  if (by === undefined) throw new Error("Expected a uid.");
  const session = { sid: edge.sid, pid: edge.pid, rooms: [edge.sid], data: "{}" };
  const place = { birth: edge.birth, moorings: 0 };
  const record = { nsp: "/", session, place, vector: new Map(), at: Date.now(), by, ...change };
  return new Seal(token).close(encodeRecord(record));
}

/** What only our edge may say, with a dial that was none. */
function offsetOf({ record, seen, last }: MooredEdge): string {
  return formatReplay({ record, seen, last, dial: "A".repeat(16) });
}

/** Expects that nothing of an application has run there. */
function expectUntouched({ seen, io }: RecoveryOrigin): void {
  expect(seen.log).toEqual([]);
  expect(io.sockets.sockets.size).toBe(0);
}

describe("a session goes on at another origin", () => {
  test("with its id, rooms and data, every event once, and none that isn't for it", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    const { sid, pid } = edge;
    edge.emit("join", "room");
    edge.emit("data", { user: "ada" });
    await edge.until(() => edge.notes.length >= 2);
    await one.do({ do: "emit", to: ["room"], args: ["news", 1] });
    await edge.until(() => edge.got("news").length === 1);
    edge.cut();
    await two.do({ do: "emit", to: ["room"], args: ["news", 2] });
    await two.do({ do: "emit", to: ["elsewhere"], args: ["news", "another room's"] });
    await two.do({ do: "emit", except: ["room"], args: ["news", "all but this room's"] });
    await two.do({ do: "emit", flags: ["volatile"], args: ["news", "volatile"] });
    await one.do({ do: "emit", flags: ["local"], args: ["news", "local elsewhere"] });
    await two.do({ do: "emit", nsp: "/other", args: ["news", "another namespace's"] });
    await two.do({ do: "emit", args: ["news", 3] });
    expect(await edge.rehome(two.url)).toEqual({ type: "connected", sid, pid });
    expect(edge.got("news")).toEqual([[1], [2], [3]]);
    expect(await two.look(sid)).toEqual({
      isHere: true,
      rooms: ["room"],
      data: { user: "ada" },
      log: [`recovered ${sid}`],
    });
    await one.do({ do: "emit", to: ["room"], args: ["news", 4] });
    await two.do({ do: "emit-to", sid, args: ["news", 5] });
    await edge.until(() => edge.got("news").length === 5);
    // Two publishers, between whom there is no order.
    expect(new Set(edge.got("news").flat())).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  test("though its client has heard nothing yet", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    edge.cut();
    await one.do({ do: "emit", args: ["news", 1] });
    await linked(two.io, 2);
    expect(await edge.rehome(two.url)).toMatchObject({ type: "connected", sid: edge.sid });
    await edge.until(() => edge.got("news").length === 1);
    expect(edge.last).toMatch(/^~/);
  });

  test("and to a third, with what went down at the second", async () => {
    const { hub, one, two } = await recoveryPair();
    const three = await recoveryOrigin(hub);
    await linked(three.io, 3);
    const edge = await moored(one.url);
    for (const at of [two, three, one, two]) {
      await one.do({ do: "emit", args: ["news"] });
      await edge.until(() => edge.offsets.length === edge.moorings + 1);
      edge.cut();
      expect(await edge.rehome(at.url)).toMatchObject({ type: "connected", sid: edge.sid });
    }
    expect(edge.got("news")).toHaveLength(4);
  });

  test("with what commands did to it meanwhile", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    edge.emit("join", "a");
    await edge.until(() => edge.notes.length === 2);
    edge.cut();
    await two.do({ do: "sockets-leave", of: "a", room: "a" });
    await two.do({ do: "emit", to: ["a"], args: ["news", "for those who are still in it"] });
    expect(await edge.rehome(two.url)).toMatchObject({ type: "connected" });
    expect(await two.look(edge.sid)).toMatchObject({ rooms: [] });
    expect(edge.events).toEqual([]);
  });

  test("its record comes before the answer, so that it can go on at once", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    edge.cut();
    await two.do({ do: "emit", args: ["news", 1] });
    await edge.rehome(two.url);
    expect(edge.order).toEqual(["record", "news", "record"]);
  });
});

describe("a replay that is refused reaches no application", () => {
  test("disconnectSockets has reached the session meanwhile", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    edge.emit("join", "room");
    await edge.until(() => edge.notes.length === 2);
    edge.cut();
    await two.do({ do: "disconnect-sockets", of: "room" });
    expect(await edge.rehome(two.url)).toEqual({ type: "refused", why: "disconnected" });
    expectUntouched(two);
  });

  test("the session is at a later place already", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    edge.cut();
    await edge.rehome(two.url);
    edge.moorings -= 1;
    const second = edge.rehome(two.url);
    expect(await second).toEqual({ type: "refused", why: "moved" });
    expect(two.seen.log).toEqual([`recovered ${edge.sid}`]);
  });

  test("the origin has not all that the client may have missed", async () => {
    // A hub that keeps nothing has nothing for whoever joins later.
    const { hub, one } = await recoveryPair({ hub: { recentBytes: 0 } });
    const edge = await moored(one.url);
    edge.cut();
    await one.do({ do: "emit", args: ["news", 1] });
    const ran: string[] = [];
    const three = await recoveryOrigin(hub, {
      setup: (io) => {
        io.use((socket, next) => {
          ran.push(socket.id);
          next();
        });
      },
    });
    await linked(three.io, 3);
    expect(await edge.rehome(three.url)).toEqual({ type: "refused", why: "young" });
    await new Promise(setImmediate);
    expectUntouched(three);
    expect(ran).toEqual([]);
  });

  test.each<[string, (edge: MooredEdge) => string]>([
    [
      "is altered",
      ({ record }) => record.slice(0, -4) + (record.endsWith("AAAA") ? "BBBB" : "AAAA"),
    ],
    ["is cut", ({ record }) => record.slice(0, -8)],
    ["is made up", () => randomBytes(200).toString("base64url")],
    ["is sealed by another token", (edge) => forged(edge, {}, "another-token-of-sixteen")],
    ["is another namespace's", (edge) => forged(edge, { nsp: "/other" })],
    [
      "is another session's",
      (edge) => forged(edge, { session: { sid: edge.sid, pid: "x", rooms: [], data: "{}" } }),
    ],
    [
      "has data that can't be read",
      (edge) => forged(edge, { session: { sid: edge.sid, pid: edge.pid, rooms: [], data: "{" } }),
    ],
  ])("its record %s", async (_, recordOf) => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    edge.cut();
    const answer = await edge.rehome(two.url, { record: recordOf(edge) });
    expect(answer).toEqual({ type: "refused", why: "unreadable" });
    expectUntouched(two);
    expect(await edge.rehome(two.url)).toMatchObject({ type: "connected", sid: edge.sid });
  });

  test("its record is older than anybody remembers", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    edge.cut();
    const record = forged(edge, { at: Date.now() - 241_000 });
    expect(await edge.rehome(two.url, { record })).toEqual({ type: "refused", why: "expired" });
    expectUntouched(two);
  });
});

describe("nobody but our edge can replay a session", () => {
  test("a client that has got hold of a record begins anew", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    const client = new FakeEdge(undefined);
    const offset = offsetOf(edge);
    const answer = await client.connect(two.url, { pid: edge.pid, offset });
    expect(answer).toMatchObject({ type: "connected" });
    expect(client.sid).not.toBe(edge.sid);
    expect(client.pid).not.toBe(edge.pid);
    expect(two.warnings.map(({ code }) => code)).toEqual(["foreign-replay"]);
    expect(await one.look(edge.sid)).toMatchObject({ isHere: true });
    client.cut();
  });

  test("a client of our edge that sends one itself begins anew", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    const other = new FakeEdge(TOKEN);
    const offset = offsetOf(edge);
    await other.connect(two.url, { pid: edge.pid, offset });
    expect(other.sid).not.toBe(edge.sid);
    expect(two.warnings.map(({ code }) => code)).toEqual(["foreign-replay"]);
    other.cut();
  });

  test.each(["~r", "~r{}", "~r{", "~rabc", `~r{"dial":1}`])(
    "what only begins like one is an application's own text: %s",
    async (offset) => {
      const { one, two } = await recoveryPair();
      const edge = await moored(one.url);
      const client = new FakeEdge(undefined);
      await client.connect(two.url, { pid: edge.pid, offset });
      expect(client.sid).not.toBe(edge.sid);
      expect(two.warnings).toEqual([]);
      client.cut();
    },
  );
});
