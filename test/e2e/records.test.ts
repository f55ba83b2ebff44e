import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Edge, startEdge } from "../support/edge.ts";
import { FakeEdge } from "../support/fake-edge.ts";
import type { RecoveryProcess } from "../support/recovery-process.ts";
import { startRecoveryProcess } from "../support/recovery-process.ts";

const TOKEN = "the-token-of-the-records-tests";
const OPTIONS = { connectionStateRecovery: {} };

let edge: Edge;

beforeAll(async () => {
  // Its hub alone is wanted here.
  edge = await startEdge({
    origins: ["http://127.0.0.1:9"],
    vars: { MOORING_TOKEN: TOKEN, HEALTH: "off" },
  });
});

afterAll(async () => void (await edge.stop()));

/** So many servers, each of which hears the others. */
async function processes(count: number): Promise<RecoveryProcess[]> {
  const all = await Promise.all(
    Array.from({ length: count }, () => startRecoveryProcess(edge.url, TOKEN, OPTIONS)),
  );
  onTestFinished(async () => void (await Promise.all(all.map((one) => one.stop()))));
  await Promise.all(all.map((one) => one.do({ do: "await-servers", count })));
  return all;
}

async function two(): Promise<[RecoveryProcess, RecoveryProcess]> {
  const [one, other] = await processes(2);
  if (!one || !other) throw new Error("Expected two servers, got fewer.");
  return [one, other];
}

async function moored(url: string): Promise<FakeEdge & { sid: string }> {
  const session = new FakeEdge(TOKEN);
  onTestFinished(() => session.cut());
  await session.connect(url);
  await session.until(() => session.record !== undefined);
  const { sid } = session;
  if (sid === undefined) throw new Error("Expected a session, got none.");
  return Object.assign(session, { sid });
}

/** The session, in a room and with data, and its first event heard. */
async function settled(one: RecoveryProcess): Promise<FakeEdge & { sid: string }> {
  const session = await moored(one.url);
  session.emit("join", "room");
  session.emit("data", { user: "ada" });
  await session.until(() => session.notes.length >= 2);
  await one.do({ do: "emit", to: ["room"], args: ["news", 1] });
  await session.until(() => session.got("news").length === 1);
  return session;
}

describe("a session outlives its origin", () => {
  test("that is killed: same id, rooms, data, and every broadcast once", async () => {
    const [one, other] = await two();
    const session = await settled(one);
    const { sid, pid } = session;
    await one.signal("SIGKILL");
    expect(await session.ended()).toBe(1006);
    await other.do({ do: "emit", to: ["room"], args: ["news", 2] });
    await other.do({ do: "emit", to: ["elsewhere"], args: ["news", "another room's"] });
    await other.do({ do: "emit", except: ["room"], args: ["news", "all but this room's"] });
    await other.do({ do: "sockets-join", of: "room", room: "second" });
    expect(await session.rehome(other.url)).toEqual({ type: "connected", sid, pid });
    expect(session.got("news")).toEqual([[1], [2]]);
    expect(await other.look(sid)).toEqual({
      isHere: true,
      rooms: ["room", "second"],
      data: { user: "ada" },
      log: [`recovered ${sid}`],
    });
    await other.do({ do: "emit-to", sid, args: ["news", 3] });
    await session.until(() => session.got("news").length === 3);
  });

  test("that is killed before its client has heard anything", async () => {
    const [one, other] = await two();
    const session = await moored(one.url);
    const { sid, pid } = session;
    await one.signal("SIGKILL");
    expect(await session.rehome(other.url)).toEqual({ type: "connected", sid, pid });
    await other.do({ do: "emit", args: ["news", 1] });
    await session.until(() => session.got("news").length === 1);
    expect(session.got("news")).toEqual([[1]]);
  });

  test("that hangs, whose ghost ends when it goes on, and passes on what it had said", async () => {
    const [one, other] = await two();
    const session = await settled(one);
    session.freeze();
    await one.do({ do: "emit-to", sid: session.sid, args: ["direct", 1] });
    await one.signal("SIGSTOP");
    expect(await session.rehome(other.url)).toMatchObject({ type: "connected", sid: session.sid });
    await one.signal("SIGCONT");
    await session.until(() => session.got("direct").length === 1);
    const { isHere, log } = await one.look(session.sid);
    expect({ isHere, last: log.at(-1) }).toEqual({
      isHere: false,
      last: `transport close ${session.sid}`,
    });
  });

  test("one after the other, as its origins are killed", async () => {
    const all = await processes(3);
    const [first] = all;
    if (first === undefined) throw new Error("Expected servers.");
    const session = await settled(first);
    for (const [n, origin] of all.entries()) {
      const after = all[n + 1];
      await origin.signal("SIGKILL");
      if (after === undefined) break;
      await after.do({ do: "emit", to: ["room"], args: ["news", n + 2] });
      expect(await session.rehome(after.url)).toMatchObject({
        type: "connected",
        sid: session.sid,
      });
    }
    expect(session.got("news")).toEqual([[1], [2], [3]]);
  });

  test("that was told to close, which says so first", async () => {
    const [one, other] = await two();
    const session = await settled(one);
    const closed = one.do({ do: "close" });
    expect(await session.ended()).toBe(1005);
    expect(session.notes.at(-1)).toEqual({ type: "closing" });
    expect(await session.rehome(other.url)).toMatchObject({ type: "connected", sid: session.sid });
    await closed;
  });
});

test("an origin that has just begun has what the hub still has, and goes on with the session", async () => {
  const [one, other] = await two();
  const session = await settled(one);
  await one.signal("SIGKILL");
  await other.do({ do: "emit", to: ["room"], args: ["news", 2] });
  const young = await startRecoveryProcess(edge.url, TOKEN, OPTIONS);
  onTestFinished(() => young.stop());
  await young.do({ do: "await-servers", count: 2 });
  await other.signal("SIGKILL");
  expect(await session.rehome(young.url)).toMatchObject({ type: "connected", sid: session.sid });
  await session.until(() => session.got("news").length === 2);
  expect(session.got("news")).toEqual([[1], [2]]);
});

test("an origin with another token takes no session, and its application hears of none", async () => {
  const [one, other] = await two();
  const session = await settled(one);
  const { sid } = session;
  session.cut();
  const stranger = await startRecoveryProcess(edge.url, `${TOKEN}-of-another`, OPTIONS);
  onTestFinished(() => stranger.stop());
  const answer = await session.rehome(stranger.url);
  expect(answer).toMatchObject({ type: "connected" });
  expect(answer).not.toMatchObject({ sid });
  expect((await stranger.look(sid)).log.filter((line) => line.includes(sid))).toEqual([]);
  expect((await other.look(sid)).log).toEqual([]);
});
