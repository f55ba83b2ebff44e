import { describe, expect, test } from "vitest";
import { disconnection } from "../support/events.ts";
import type { MooredEdge, RecoveryOrigin } from "../support/recovery-origins.ts";
import { moored, recoveryOrigins, recoveryPair } from "../support/recovery-origins.ts";

/** The server's own end of a session, which must be there. */
function socketOf({ io }: RecoveryOrigin, { sid }: { sid: string }) {
  const socket = io.sockets.sockets.get(sid);
  if (socket === undefined) throw new Error("Expected a socket, got none.");
  return socket;
}

/** A session whose origin has not noticed that the edge has gone on: what is sent there goes nowhere. */
async function leftBehind(one: RecoveryOrigin): Promise<MooredEdge> {
  const edge = await moored(one.url);
  edge.emit("join", "room");
  await edge.until(() => edge.notes.length === 2);
  edge.freeze();
  return edge;
}

describe("a ghost, at an origin that has not noticed", () => {
  test("ends when the session goes on elsewhere, and is told why", async () => {
    const { one, two } = await recoveryPair();
    const edge = await leftBehind(one);
    const ghost = socketOf(one, edge);
    const ended = disconnection(ghost);
    const old = edge.link;
    await edge.rehome(two.url);
    expect(await ended).toBe("transport close");
    expect(one.io.sockets.sockets.size).toBe(0);
    expect([...one.io.of("/").adapter.rooms.keys()]).toEqual([]);
    old?.socket.resume();
    await old?.ended;
    expect(edge.stray.at(-1)).toEqual({ type: "gone", nsp: "/" });
    expect(await two.look(edge.sid)).toMatchObject({ isHere: true, rooms: ["room"] });
  });

  test("passes on what was emitted to it alone, which its client has not seen", async () => {
    const { one, two } = await recoveryPair();
    const edge = await leftBehind(one);
    await one.do({ do: "emit-to", sid: edge.sid, args: ["direct", 1] });
    await one.do({ do: "emit", to: ["room"], args: ["news", 2] });
    await one.do({ do: "emit-to", sid: edge.sid, args: ["direct", 3] });
    await edge.rehome(two.url);
    await edge.until(() => edge.got("direct").length === 2);
    expect(edge.got("direct")).toEqual([[1], [3]]);
    expect(edge.got("news")).toEqual([[2]]);
  });

  test("passes on nothing that its client has seen", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    await one.do({ do: "emit-to", sid: edge.sid, args: ["direct", 1] });
    await edge.until(() => edge.got("direct").length === 1);
    edge.freeze();
    await one.do({ do: "emit-to", sid: edge.sid, args: ["direct", 2] });
    await edge.rehome(two.url);
    await edge.until(() => edge.got("direct").length === 2);
    await one.do({ do: "emit", args: ["last"] });
    await edge.until(() => edge.got("last").length === 1);
    expect(edge.got("direct")).toEqual([[1], [2]]);
  });

  test("passes it on after it was found lost, too", async () => {
    const { one, two } = await recoveryPair();
    const edge = await leftBehind(one);
    const ended = disconnection(socketOf(one, edge));
    await one.do({ do: "emit-to", sid: edge.sid, args: ["direct", 1] });
    edge.cut();
    await ended;
    await edge.rehome(two.url);
    await edge.until(() => edge.got("direct").length === 1);
    expect(edge.got("direct")).toEqual([[1]]);
  });

  test("late, undoes nothing: the rooms of the session stay as they are", async () => {
    const { one, two } = await recoveryPair();
    const edge = await leftBehind(one);
    const old = edge.link;
    await edge.rehome(two.url);
    edge.emit("join", "another");
    await edge.until(() => edge.notes.length === 4);
    old?.socket.terminate();
    edge.cut();
    expect(await edge.rehome(one.url)).toMatchObject({ type: "connected", sid: edge.sid });
    expect(await one.look(edge.sid)).toMatchObject({ rooms: ["another", "room"] });
  });

  test("at the same origin ends first, so that the session's rooms stay", async () => {
    const { origins } = await recoveryOrigins(1);
    const [one] = origins;
    if (one === undefined) throw new Error("Expected a server.");
    const edge = await leftBehind(one);
    await edge.rehome(one.url);
    const { sid } = edge;
    expect(await one.look(sid)).toMatchObject({
      isHere: true,
      rooms: ["room"],
      log: [`new ${sid}`, `transport close ${sid}`, `recovered ${sid}`],
    });
    await one.do({ do: "emit", to: ["room"], args: ["news", 1] });
    await edge.until(() => edge.got("news").length === 1);
  });

  test("ends although its application's handler throws, which is the application's own fault", async () => {
    const { one, two } = await recoveryPair();
    const edge = await leftBehind(one);
    const ghost = socketOf(one, edge);
    const fault = new Promise((resolve) => process.once("uncaughtException", resolve));
    ghost.on("disconnecting", () => {
      throw new Error("the application's");
    });
    await edge.rehome(two.url);
    expect(await fault).toEqual(new Error("the application's"));
    expect(ghost.connected).toBe(false);
    expect(one.io.sockets.sockets.size).toBe(0);
  });
});

describe("an event reaches a session once", () => {
  test("though its new origin gets it later than its client did", async () => {
    const { hub, one, two } = await recoveryPair();
    const edge = await moored(one.url);
    hub.cut();
    await one.do({ do: "emit", args: ["news", 1] });
    await edge.until(() => edge.got("news").length === 1);
    edge.cut();
    expect(await edge.rehome(two.url)).toMatchObject({ type: "connected", sid: edge.sid });
    await one.do({ do: "emit", args: ["news", 2] });
    await edge.until(() => edge.got("news").length === 2);
    expect(edge.got("news")).toEqual([[1], [2]]);
  });

  test("in the gap between its restoring and its being there, and in its order", async () => {
    const { one, two } = await recoveryPair({
      setup: (io) => {
        // Asked first of all, in the very turn in which the session is restored.
        const { adapter } = io.of("/");
        const restore = adapter.restoreSession.bind(adapter);
        adapter.restoreSession = async (pid, offset) => {
          const session = await restore(pid, offset);
          io.emit("news", "at once");
          queueMicrotask(() => io.emit("news", "a microtask later"));
          queueMicrotask(() => queueMicrotask(() => io.emit("news", "two later")));
          process.nextTick(() => io.emit("news", "a tick later"));
          return session;
        };
      },
    });
    const edge = await moored(one.url);
    edge.cut();
    await edge.rehome(two.url);
    await two.do({ do: "emit", args: ["news", "last"] });
    await edge.until(() => edge.got("news").length >= 5);
    expect(edge.got("news").map(([word]) => word)).toEqual([
      "at once",
      "a microtask later",
      "two later",
      "a tick later",
      "last",
    ]);
  });

  test("while middlewares make it wait, and what they join it to counts", async () => {
    const waiting: (() => void)[] = [];
    const { one, two } = await recoveryPair({
      server: {
        connectionStateRecovery: { maxDisconnectionDuration: 60_000, skipMiddlewares: false },
      },
      setup: (io) => {
        io.use((socket, next) => {
          void socket.join("by middleware");
          if (socket.recovered) waiting.push(next);
          else next();
        });
      },
    });
    const edge = await moored(one.url);
    edge.emit("join", "room");
    await edge.until(() => edge.notes.length === 2);
    edge.cut();
    const back = edge.rehome(two.url);
    while (waiting.length === 0) await new Promise(setImmediate);
    await one.do({ do: "emit", to: ["room"], args: ["news", 1] });
    await two.do({ do: "emit", to: ["room"], args: ["news", 2] });
    waiting[0]?.();
    expect(await back).toMatchObject({ type: "connected", sid: edge.sid });
    await edge.until(() => edge.got("news").length === 2);
    await one.do({ do: "emit", to: ["by middleware"], args: ["last"] });
    await edge.until(() => edge.got("last").length === 1);
    expect(new Set(edge.got("news").flat())).toEqual(new Set([1, 2]));
    expect(await two.look(edge.sid)).toMatchObject({ rooms: ["by middleware", "room"] });
  });

  test("when it comes a second time, before middlewares have let the first one in", async () => {
    const waiting: (() => void)[] = [];
    const { one, two } = await recoveryPair({
      server: {
        connectionStateRecovery: { maxDisconnectionDuration: 60_000, skipMiddlewares: false },
      },
      setup: (io) => {
        io.use((socket, next) => {
          if (socket.recovered) waiting.push(next);
          else next();
        });
      },
    });
    const edge = await moored(one.url);
    edge.emit("join", "room");
    await edge.until(() => edge.notes.length === 2);
    edge.cut();
    const first = edge.rehome(two.url);
    while (waiting.length === 0) await new Promise(setImmediate);
    const second = edge.rehome(two.url);
    while (waiting.length < 2) await new Promise(setImmediate);
    expect(await first).toMatchObject({ type: "closed" });
    for (const next of waiting) next();
    expect(await second).toMatchObject({ type: "connected", sid: edge.sid });
    await one.do({ do: "emit", to: ["room"], args: ["news", 1] });
    await edge.until(() => edge.got("news").length === 1);
    expect(two.seen.log).toEqual([`recovered ${edge.sid}`]);
  });
});

test("who has missed events for good ends all sessions as lost, and they go on elsewhere", async () => {
  const { hub, one, two } = await recoveryPair({ adapter: { outboxBytes: 2000 } });
  const edge = await moored(two.url);
  hub.cut();
  for (let n = 0; n < 50; n++) await one.do({ do: "emit", args: ["news", n, "x".repeat(100)] });
  expect(await edge.ended()).toBe(1006);
  expect(two.warnings.map(({ code }) => code)).toContain("events-missed");
  expect(await edge.rehome(two.url)).toEqual({ type: "refused", why: "young" });
  expect(await edge.rehome(one.url)).toMatchObject({ type: "connected", sid: edge.sid });
  expect(edge.got("news").map(([n]) => n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
});
