import { describe, expect, test } from "vitest";
import { disconnection } from "../support/events.ts";
import { FakeEdge } from "../support/fake-edge.ts";
import type { RecoveryOptions, RecoveryOrigin } from "../support/recovery-origins.ts";
import { moored, recoveryPair, TOKEN } from "../support/recovery-origins.ts";

/** Servers whose middlewares let a restored session wait until a test lets it in. */
class Waits {
  readonly #waiting: (() => void)[] = [];
  readonly options: RecoveryOptions = {
    server: {
      connectionStateRecovery: { maxDisconnectionDuration: 60_000, skipMiddlewares: false },
    },
    setup: (io) => {
      io.use((socket, next) => {
        if (socket.recovered) this.#waiting.push(next);
        else next();
      });
    },
  };

  async until(count: number): Promise<void> {
    while (this.#waiting.length < count) await new Promise(setImmediate);
  }

  /** Lets those in who wait, the last of them or all. */
  async letIn(count = this.#waiting.length): Promise<void> {
    for (const next of this.#waiting.splice(-count)) next();
    await new Promise(setImmediate);
  }
}

function handlersOf({ seen }: RecoveryOrigin, sid: string): string[] {
  return seen.log
    .filter((line) => line.endsWith(sid))
    .map((line) => line.slice(0, -sid.length - 1));
}

describe("while middlewares let a restored session wait", () => {
  test("its connection may end: it is remembered, and restored when it comes again", async () => {
    const waits = new Waits();
    const { one, two } = await recoveryPair(waits.options);
    const edge = await moored(one.url);
    edge.emit("join", "room");
    await edge.until(() => edge.notes.length === 2);
    edge.cut();
    const first = edge.rehome(two.url);
    await waits.until(1);
    edge.cut();
    expect(await first).toMatchObject({ type: "closed" });
    await until(() => two.io.engine.clientsCount === 0);
    await waits.letIn();
    expect(handlersOf(two, edge.sid)).toEqual([]);
    const second = edge.rehome(two.url);
    await waits.until(1);
    await waits.letIn();
    expect(await second).toMatchObject({ type: "connected", sid: edge.sid });
    expect(await two.look(edge.sid)).toMatchObject({ isHere: true, rooms: ["room"] });
    expect(handlersOf(two, edge.sid)).toEqual(["recovered"]);
  });

  test("the same holds for a client that came back by itself to where it was", async () => {
    const waits = new Waits();
    const { one } = await recoveryPair(waits.options);
    const client = new FakeEdge(undefined);
    await client.connect(one.url);
    const { sid = "", pid } = client;
    await one.do({ do: "join", sid, room: "room" });
    const socket = one.io.sockets.sockets.get(sid);
    const gone = socket && disconnection(socket);
    client.cut();
    await gone;
    const first = client.connect(one.url, { pid, offset: "" });
    await waits.until(1);
    client.cut();
    await first;
    await until(() => one.io.engine.clientsCount === 0);
    await waits.letIn();
    const second = client.connect(one.url, { pid, offset: "" });
    await waits.until(1);
    await waits.letIn();
    expect(await second).toEqual({ type: "connected", sid, pid });
    expect(await one.look(sid)).toMatchObject({ rooms: ["room"] });
    client.cut();
  });

  test("it may be disconnected by a command: its handlers hear of both", async () => {
    const waits = new Waits();
    const { one, two } = await recoveryPair(waits.options);
    const edge = await moored(one.url);
    edge.emit("join", "room");
    await edge.until(() => edge.notes.length === 2);
    edge.cut();
    const back = edge.rehome(two.url);
    await waits.until(1);
    await two.do({ do: "disconnect-sockets", of: "room" });
    await waits.letIn();
    expect(await back).toMatchObject({ type: "connected", sid: edge.sid });
    await edge.until(() => edge.order.includes("disconnect"));
    expect(handlersOf(two, edge.sid)).toEqual(["recovered", "server namespace disconnect"]);
    expect(await two.look(edge.sid)).toMatchObject({ isHere: false });
  });

  test("it may be left out by a command, and told what came after", async () => {
    const waits = new Waits();
    const { one, two } = await recoveryPair(waits.options);
    const [edge, other] = [await moored(one.url), await moored(two.url)];
    edge.emit("join", "a");
    edge.emit("join", "b");
    await edge.until(() => edge.notes.length >= 2);
    edge.cut();
    const back = edge.rehome(two.url);
    await waits.until(1);
    await one.do({ do: "sockets-leave", of: "b", room: "a" });
    await one.do({ do: "sockets-join", of: "b", room: "c" });
    await one.do({ do: "emit", to: ["a"], args: ["news", "to those who are still there"] });
    await one.do({ do: "emit", to: ["c"], args: ["news", 1] });
    await one.do({ do: "emit", args: ["last"] });
    // Whoever is at the other server hears of it after everything before it.
    await other.until(() => other.got("last").length === 1);
    await waits.letIn();
    await back;
    await edge.until(() => edge.got("last").length === 1);
    expect(edge.got("news")).toEqual([[1]]);
    expect(await two.look(edge.sid)).toMatchObject({ rooms: ["b", "c"] });
    await one.do({ do: "emit", to: ["c"], args: ["news", 2] });
    await edge.until(() => edge.got("news").length === 2);
  });

  test("it may go on elsewhere: no handler of the first hears of it", async () => {
    const waits = new Waits();
    const { one, two } = await recoveryPair(waits.options);
    const edge = await moored(one.url);
    edge.cut();
    const first = edge.rehome(two.url);
    await waits.until(1);
    const second = edge.rehome(one.url);
    await waits.until(2);
    await waits.letIn(1);
    expect(await second).toMatchObject({ type: "connected", sid: edge.sid });
    expect(await first).toMatchObject({ type: "closed" });
    await waits.letIn();
    expect(handlersOf(two, edge.sid)).toEqual([]);
    expect(await one.look(edge.sid)).toMatchObject({ isHere: true });
  });

  test("a middleware may refuse it: the session is over there, and nowhere else", async () => {
    const { one, two } = await recoveryPair({
      server: {
        connectionStateRecovery: { maxDisconnectionDuration: 60_000, skipMiddlewares: false },
      },
    });
    two.io.use((_, next) => next(new Error("no")));
    const edge = await moored(one.url);
    edge.cut();
    expect(await edge.rehome(two.url)).toEqual({ type: "error", message: "no" });
    expect(await edge.rehome(one.url)).toMatchObject({ type: "connected", sid: edge.sid });
    expect(await one.look(edge.sid)).toMatchObject({ isHere: true });
  });
});

test("what middlewares do with a session's rooms is in its record", async () => {
  const server = {
    connectionStateRecovery: { maxDisconnectionDuration: 60_000, skipMiddlewares: false },
  };
  const { one, two } = await recoveryPair({ server });
  two.io.use((socket, next) => {
    void socket.join("joined");
    void socket.leave("left");
    next();
  });
  const edge = await moored(one.url);
  edge.emit("join", "left");
  edge.emit("join", "kept");
  await edge.until(() => edge.notes.length >= 2);
  for (const [at, rooms] of [
    [two, ["joined", "kept"]],
    [one, ["joined", "kept"]],
  ] as const) {
    edge.cut();
    expect(await edge.rehome(at.url)).toMatchObject({ type: "connected", sid: edge.sid });
    const count = edge.notes.length;
    edge.emit("data", { at: at.url });
    await edge.until(() => edge.notes.length > count);
    expect(await at.look(edge.sid)).toMatchObject({ rooms });
  }
});

describe("sessions with several namespaces", () => {
  test("each goes on by its own record, and a ghost's namespaces end with its connection", async () => {
    const { one, two } = await recoveryPair();
    const main = await moored(one.url);
    const other = await moored(one.url, "/other");
    main.freeze();
    other.freeze();
    expect(await other.rehome(two.url)).toMatchObject({ type: "connected", sid: other.sid });
    expect(await main.rehome(two.url)).toMatchObject({ type: "connected", sid: main.sid });
    await one.do({ do: "emit", args: ["news", 1] });
    await one.do({ do: "emit", nsp: "/other", args: ["news", 2] });
    await main.until(() => main.got("news").length === 1);
    await other.until(() => other.got("news").length === 1);
    expect([main.got("news"), other.got("news")]).toEqual([[[1]], [[2]]]);
  });

  test("a record is good for its own namespace alone", async () => {
    const { one, two } = await recoveryPair();
    const main = await moored(one.url);
    const thief = new FakeEdge(TOKEN, "/other");
    Object.assign(thief, { pid: main.pid, record: main.record });
    expect(await thief.rehome(two.url)).toEqual({ type: "refused", why: "unreadable" });
    expect(two.seen.log).toEqual([]);
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}
