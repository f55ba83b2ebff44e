import { once } from "node:events";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { AdapterOptions, Warning } from "../../src/origin/origin.ts";
import { createAdapter } from "../../src/origin/origin.ts";
import { edgelessCluster, know, toldBy, until } from "../support/cluster.ts";
import { createClient, joined, WEBSOCKET } from "../support/clients.ts";
import { portOf } from "../support/origin.ts";
import type { ServedLink } from "./link-server.ts";
import { LinkServer, messagesOf, WELCOME } from "./link-server.ts";

const pool = edgelessCluster();

const TOKEN = "a-token-for-nobody";

interface Alone {
  readonly io: Server;
  readonly url: string;
  readonly warnings: Warning[];
}

/** One server whose hub is what the test says, until the test is over. */
async function startAlone(options: Partial<AdapterOptions> & { url: string }): Promise<Alone> {
  const http = createServer();
  const warnings: Warning[] = [];
  const onWarning = (warning: Warning): void => void warnings.push(warning);
  const io = new Server(http, { adapter: createAdapter({ token: TOKEN, onWarning, ...options }) });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  onTestFinished(() => io.close());
  return { io, url: `http://127.0.0.1:${portOf(http)}`, warnings };
}

/** The sizes of what is published until that number is. */
async function publishedUpTo(last: number, link: ServedLink): Promise<number[]> {
  const sizes: number[] = [];
  for (;;) {
    for (const message of await messagesOf(link)) {
      if (message.type !== "publish") continue;
      sizes.push(message.body.byteLength);
      if (message.n === last) return sizes;
    }
  }
}

const codes = (warnings: readonly Warning[]): string[] => warnings.map(({ code }) => code);

describe("while the hub is away", () => {
  test("its own clients get everything at once, and emits are quick", async () => {
    const { io, url, warnings } = await startAlone({ url: "http://127.0.0.1:9" });
    const client = createClient(url, WEBSOCKET);
    await joined(client);
    await vi.waitFor(() => expect(codes(warnings)).toEqual(["hub-unreachable"]));
    const begin = performance.now();
    const [told = []] = await toldBy(io, [client], () => {
      for (let n = 0; n < 1000; n++) io.emit("n", n);
    });
    expect(told).toEqual(Array.from({ length: 1000 }, (_, n) => ["n", n]));
    expect(performance.now() - begin).toBeLessThan(2000);
  });

  test("it is alone: it waits for nobody", async () => {
    const { io } = await startAlone({ url: "http://127.0.0.1:9" });
    expect(await io.of("/").adapter.serverCount()).toBe(1);
    expect(await io.fetchSockets()).toEqual([]);
    expect(await io.serverSideEmitWithAck("hello")).toEqual([]);
    expect(await io.timeout(5000).emitWithAck("hello")).toEqual([]);
  });

  test("what waits for it is bounded, and what is dropped is told", async () => {
    const hub = await LinkServer.start();
    const outboxBytes = 64 * 1024;
    const { io, warnings } = await startAlone({ url: hub.url, outboxBytes });
    const link = await hub.links.take();
    for (let n = 0; n < 200; n++) io.emit("n", "x".repeat(1024));
    await vi.waitFor(() => expect(codes(warnings)).toContain("events-dropped"));
    link.socket.send(WELCOME);
    const sizes = await publishedUpTo(200, link);
    const bytes = sizes.reduce((sum, size) => sum + size);
    expect(bytes).toBeLessThanOrEqual(outboxBytes);
    expect(bytes).toBeGreaterThan(outboxBytes / 2);
  });
});

describe("a hub that refuses", () => {
  test.each([
    ["401 Unauthorized", "MOORING_TOKEN"],
    ["426 Upgrade Required", "the same version of Mooring"],
  ])("with %s is told once, without the token, and the server goes on", async (status, advice) => {
    const server = await LinkServer.start();
    server.refuse = (socket) => socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
    const { io, url, warnings } = await startAlone({ url: server.url });
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
    expect(warnings[0]?.message).toContain(advice);
    expect(warnings[0]?.message).not.toContain(TOKEN);
    const client = createClient(url, WEBSOCKET);
    await joined(client);
    expect(await toldBy(io, [client], () => io.emit("test"))).toEqual([[["test"]]]);
  });

  test.each([
    ["rubbish", Buffer.from([255, 255, 255])],
    ["an empty frame", Buffer.alloc(0)],
    ["a frame that is cut short", Buffer.from([18, 1, 2, 3])],
    ["what only origins say", Buffer.from([1, 1, 0, 0])],
  ])("by sending %s is left, and the server goes on", async (_, frame) => {
    const server = await LinkServer.start();
    const { io, url, warnings } = await startAlone({ url: server.url });
    const { socket, closed } = await server.links.take();
    socket.send(frame);
    await closed;
    expect(codes(warnings)).toEqual(["hub-unreadable"]);
    const client = createClient(url, WEBSOCKET);
    await joined(client);
    expect(await toldBy(io, [client], () => io.emit("test"))).toEqual([[["test"]]]);
  });
});

describe("links that are cut and hubs that are reset", () => {
  test.each(["cut", "reset"] as const)("lose and double nothing (%s)", async (fault) => {
    const members = await pool.three();
    const clients = members.map(({ client }) => client);
    const ends = clients.map((client) => until(client, "the end"));
    let n = 0;
    for (let round = 0; round < 5; round++) {
      for (let count = 0; count < 20; count++) members[0].io.emit("n", n++);
      pool.nodeHub[fault]();
      for (let count = 0; count < 20; count++) members[0].io.emit("n", n++);
      await know(
        members.map(({ io }) => io),
        3,
      );
    }
    members[0].io.emit("the end");
    const all = Array.from({ length: n }, (_, number) => ["n", number]);
    expect(await Promise.all(ends)).toEqual([all, all, all]);
  });

  test("resolve at once what waits for those who are away", async () => {
    const [a, b, c] = await pool.three();
    b.io.on("hello", () => {});
    c.io.on("hello", () => {});
    const responses = a.io.serverSideEmitWithAck("hello");
    const sockets = a.io.fetchSockets();
    a.client.on("question", (ack: (value: number) => void) => ack(1));
    const answers = a.io.timeout(20_000).emitWithAck("question");
    pool.nodeHub.cut();
    expect(await responses).toEqual([]);
    expect((await sockets).map(({ id }) => id)).toEqual([a.socket.id]);
    expect(await answers).toEqual([1]);
    await know([a.io, b.io, c.io], 3);
  });
});

describe("an emit that is too large for the hub", () => {
  test("throws to its emitter, and reaches nobody", async () => {
    const members = await pool.three();
    const [{ io }] = members;
    const clients = members.map(({ client }) => client);
    const told = await toldBy(io, clients, () => {
      const huge = "x".repeat(33 * 1024 * 1024);
      expect(() => io.emit("huge", huge)).toThrow(RangeError);
      expect(() => io.emit("huge", Buffer.from(huge))).toThrow(
        /Expected an emit of at most \d+ bytes/,
      );
    });
    expect(told).toEqual([[], [], []]);
  });
});

test("an event to one socket that is too large to be handed over is delivered, but not remembered", async () => {
  const [{ socket, client }] = await pool.three({ connectionStateRecovery: {} });
  const told = until(client, "the end");
  socket.emit("huge", Buffer.alloc(33 * 1024 * 1024));
  socket.emit("small", "text");
  socket.emit("the end");
  const [huge, small] = await told;
  expect(huge).toHaveLength(2);
  expect(small).toEqual(["small", "text", expect.stringMatching(/^~/)]);
  expect(codes(pool.warnings)).toEqual(["too-large"]);
});

describe("options", () => {
  test.each<[Partial<AdapterOptions>, string]>([
    [{ url: "chat.example.com" }, "url: expected http(s)://HOST[:PORT], got chat.example.com."],
    [{ url: "ftp://chat.example.com" }, "url: expected http(s)://HOST[:PORT]"],
    [{ token: "short" }, "token: expected at least 16 ASCII characters"],
    [{ token: "with a space in its midst" }, "token: expected"],
    [{ outboxBytes: -1 }, "outboxBytes: expected a number of bytes, got -1."],
    [{ pastBytes: Number.NaN }, "pastBytes: expected a number of bytes, got NaN."],
    [{ maxRecordBytes: 1e12 }, "maxRecordBytes: expected a number of bytes"],
  ])("that can't be meant are refused: %j", (wrong, sentence) => {
    expect(() => createAdapter({ url: "http://127.0.0.1:9", token: TOKEN, ...wrong })).toThrow(
      sentence,
    );
  });
});
