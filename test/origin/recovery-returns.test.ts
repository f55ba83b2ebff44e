import { describe, expect, test } from "vitest";
import { disconnection } from "../support/events.ts";
import { type Answer, FakeEdge } from "../support/fake-edge.ts";
import type { RecoveryOrigin } from "../support/recovery-origins.ts";
import {
  linked,
  moored,
  recoveryOrigin,
  recoveryPair,
  TOKEN,
} from "../support/recovery-origins.ts";

/** A client that has joined a room, and knows what stock clients know. */
async function client(one: RecoveryOrigin): Promise<FakeEdge & { sid: string }> {
  const stock = new FakeEdge(undefined);
  await stock.connect(one.url);
  const { sid } = stock;
  if (sid === undefined) throw new Error("Expected a session, got none.");
  await one.do({ do: "join", sid, room: "room" });
  return Object.assign(stock, { sid });
}

/** The client comes back by itself, with what a stock client says; with a token, through our edge. */
function returned(left: FakeEdge, at: RecoveryOrigin, offset = left.last): Promise<Answer> {
  return left.connect(at.url, { pid: left.pid, offset });
}

/** Whether it has been given another id, and another private one. */
async function isAnew({ pid, sid }: FakeEdge, back: Promise<Answer>): Promise<boolean> {
  const answer = await back;
  return answer.type === "connected" && answer.sid !== sid && answer.pid !== pid;
}

describe("a client that comes back by itself", () => {
  test.each([
    ["to another origin", 1],
    ["to the same origin", 0],
  ])("is restored %s, with what it missed, in order", async (_, which) => {
    const { one, two } = await recoveryPair();
    const at = which === 1 ? two : one;
    const left = await client(one);
    const { sid, pid } = left;
    await one.do({ do: "set-data", sid, data: { user: "ada" } });
    await one.do({ do: "emit", args: ["news", 1] });
    await left.until(() => left.got("news").length === 1);
    const socket = one.io.sockets.sockets.get(sid);
    const gone = socket && disconnection(socket);
    left.cut();
    await gone;
    await one.do({ do: "emit", args: ["news", 2] });
    await one.do({ do: "emit", to: ["room"], args: ["news", 3] });
    await one.do({ do: "emit", to: ["elsewhere"], args: ["news", "another room's"] });
    await one.do({ do: "emit", except: ["room"], args: ["news", "all but this room's"] });
    await one.do({ do: "emit", flags: ["volatile"], args: ["news", "volatile"] });
    await one.do({ do: "emit", flags: ["local"], args: ["news", "local"] });
    await one.do({ do: "emit", to: [sid], args: ["news", 4] });
    expect(await returned(left, at)).toEqual({ type: "connected", sid, pid });
    expect(left.got("news")).toEqual([[1], [2], [3], [4]]);
    const look = await at.look(sid);
    expect(look).toMatchObject({ isHere: true, rooms: ["room"], data: { user: "ada" } });
    expect(look.log.at(-1)).toBe(`recovered ${sid}`);
    await one.do({ do: "emit", to: ["room"], args: ["news", 5] });
    await left.until(() => left.got("news").length === 5);
    left.cut();
  });

  test("is restored though the origin that it left has not noticed", async () => {
    const { one, two } = await recoveryPair();
    const left = await client(one);
    const { sid, pid } = left;
    await one.do({ do: "emit", args: ["news", 1] });
    await left.until(() => left.got("news").length === 1);
    left.freeze();
    await one.do({ do: "emit-to", sid, args: ["news", 2] });
    await two.do({ do: "emit", to: ["room"], args: ["news", 3] });
    const ghost = one.io.sockets.sockets.get(sid);
    const ended = ghost && disconnection(ghost);
    expect(await returned(left, two)).toEqual({ type: "connected", sid, pid });
    expect(left.got("news")).toEqual([[1], [2], [3]]);
    expect(await ended).toBe("transport close");
    left.cut();
  });

  test("is restored though it has heard nothing yet", async () => {
    const { one, two } = await recoveryPair();
    const left = await client(one);
    const { sid, pid } = left;
    left.cut();
    await one.do({ do: "emit", args: ["news", 1] });
    expect(await returned(left, two, "")).toEqual({ type: "connected", sid, pid });
    expect(left.got("news")).toEqual([[1]]);
    left.cut();
  });

  test("is restored again and again, wherever it goes", async () => {
    const { one, two } = await recoveryPair();
    const left = await client(one);
    const { sid, pid } = left;
    for (const [n, at] of [two, one, one, two, two].entries()) {
      await one.do({ do: "emit", to: ["room"], args: ["news", n] });
      await left.until(() => left.got("news").length === n + 1);
      left.cut();
      expect(await returned(left, at)).toEqual({ type: "connected", sid, pid });
    }
    left.cut();
  });

  test("is restored from where it was last, not from an older memory of it", async () => {
    const { one, two } = await recoveryPair();
    const left = await client(one);
    const { sid, pid } = left;
    await one.do({ do: "emit", args: ["news", 1] });
    await left.until(() => left.got("news").length === 1);
    left.cut();
    await returned(left, two);
    await two.do({ do: "leave", sid, room: "room" });
    left.cut();
    expect(await returned(left, one)).toEqual({ type: "connected", sid, pid });
    expect(await one.look(sid)).toMatchObject({ rooms: [] });
    left.cut();
  });

  test("waits for a hub that is just coming back", async () => {
    const { hub, one, two } = await recoveryPair();
    const left = await client(one);
    const { sid, pid } = left;
    left.cut();
    hub.cut();
    expect(await returned(left, two)).toEqual({ type: "connected", sid, pid });
    left.cut();
  });

  test("but ends before the others have answered, undoes nothing", async () => {
    const { hub, one } = await recoveryPair();
    const stays = await client(one);
    const { sid, pid } = stays;
    const again = new FakeEdge(undefined);
    hub.isAway = true;
    hub.cut();
    await linked(one.io, 1);
    const back = again.connect(one.url, { pid, offset: "" });
    await until(() => one.io.engine.clientsCount === 2 && again.link !== undefined);
    again.cut();
    expect(await back).toMatchObject({ type: "closed" });
    await until(() => one.io.engine.clientsCount === 1);
    hub.isAway = false;
    await linked(one.io, 2);
    // A client that asks later is answered later.
    const other = new FakeEdge(undefined);
    await other.connect(one.url, { pid: "A".repeat(20), offset: "" });
    expect(await one.look(sid)).toMatchObject({ isHere: true, rooms: ["room"] });
    other.cut();
    stays.cut();
  });

  test("through our edge has the place that its session there has", async () => {
    const { one, two } = await recoveryPair();
    const edge = await moored(one.url);
    const { sid, pid } = edge;
    edge.freeze();
    const back = new FakeEdge(TOKEN);
    back.birth = edge.birth + 1;
    expect(await back.connect(two.url, { pid, offset: "" })).toEqual({
      type: "connected",
      sid,
      pid,
    });
    await back.until(() => back.record !== undefined);
    // The session that it came back from is over, wherever its edge would take it.
    edge.cut();
    expect(await edge.rehome(one.url)).toMatchObject({ type: "refused", why: "moved" });
    back.cut();
    expect(await back.rehome(one.url)).toMatchObject({ type: "connected", sid });
    back.cut();
  });
});

describe("a client begins anew", () => {
  test("where nobody knows it", async () => {
    const { one, two } = await recoveryPair();
    const left = await client(one);
    await one.do({ do: "emit", args: ["news", 1] });
    await left.until(() => left.got("news").length === 1);
    const { last } = left;
    left.cut();
    const stranger = new FakeEdge(undefined);
    expect(
      await isAnew(left, stranger.connect(two.url, { pid: "A".repeat(20), offset: last })),
    ).toBe(true);
    stranger.cut();
  });

  test.each([
    ["an application's own text", "abc"],
    ["a name of nobody's", `~${"A".repeat(16)}:5`],
    ["the name of no event", "~:"],
    ["what no text of ours looks like", "~".repeat(100_000)],
    ["an id of another adapter's", "507f191e810c19729de860ea"],
  ])("with an offset that it was not sent: %s", async (_, offset) => {
    const { one, two } = await recoveryPair();
    const left = await client(one);
    await one.do({ do: "emit", args: ["news", 1] });
    await left.until(() => left.got("news").length === 1);
    left.cut();
    expect(await isAnew(left, returned(left, two, offset))).toBe(true);
    left.cut();
  });

  test("with the name of an event that another client was sent", async () => {
    const { one, two } = await recoveryPair();
    const left = await client(one);
    const other = await client(one);
    await one.do({ do: "emit-to", sid: other.sid, args: ["direct"] });
    await other.until(() => other.got("direct").length === 1);
    left.cut();
    expect(await isAnew(left, returned(left, two, other.last))).toBe(true);
    left.cut();
    other.cut();
  });

  test("with an offset from before it left and came back", async () => {
    const { one, two } = await recoveryPair({
      server: { connectionStateRecovery: { maxDisconnectionDuration: 500 } },
    });
    const left = await client(one);
    await one.do({ do: "emit", args: ["news", 1] });
    await left.until(() => left.got("news").length === 1);
    const socket = one.io.sockets.sockets.get(left.sid);
    const gone = socket && disconnection(socket);
    left.cut();
    await gone;
    // Longer than it is kept; the origin looks once a second.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await isAnew(left, returned(left, two))).toBe(true);
    left.cut();
  });

  test("after the server, or it, has said goodbye", async () => {
    const { one, two } = await recoveryPair();
    const left = await client(one);
    one.io.sockets.sockets.get(left.sid)?.disconnect(true);
    await left.ended();
    expect(await isAnew(left, returned(left, two, ""))).toBe(true);
    left.cut();
  });

  test("after disconnectSockets has reached it while it was away", async () => {
    const { one, two } = await recoveryPair();
    const left = await client(one);
    const socket = one.io.sockets.sockets.get(left.sid);
    const gone = socket && disconnection(socket);
    left.cut();
    await gone;
    await two.do({ do: "disconnect-sockets", of: "room" });
    expect(await isAnew(left, returned(left, one, ""))).toBe(true);
    left.cut();
  });

  test("where the origin that it left is gone", async () => {
    const { hub, one } = await recoveryPair();
    const three = await recoveryOrigin(hub);
    const left = await client(three);
    await three.io.close();
    expect(await isAnew(left, returned(left, one, ""))).toBe(true);
    left.cut();
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}
