import { once } from "node:events";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import type { Warning } from "../../src/origin/origin.ts";
import { createAdapter } from "../../src/origin/origin.ts";
import { newNodeKey } from "../../src/origin/node-key.ts";
import { cluster, know, toldBy, TOKEN, until } from "../support/cluster.ts";
import { direct, startEdge } from "../support/edge.ts";
import { next } from "../support/events.ts";
import { MooringDev } from "../support/mooring-dev.ts";

const pool = cluster();
const sharded = cluster(3, { HUB_SHARDS: "4" });

async function startServer(url: string, token: string): Promise<[Server, Warning[]]> {
  const http = createServer();
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const warnings: Warning[] = [];
  const onWarning = (warning: Warning): void => void warnings.push(warning);
  const io = new Server(http, { adapter: createAdapter({ url, token, onWarning }) });
  onTestFinished(() => io.close());
  return [io, warnings];
}

/** What the edge answers a link with these headers, in its own words. */
async function answerTo(url: string, headers: Record<string, string>): Promise<string> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/mooring/hub?shard=0`, { headers });
  onTestFinished(() => socket.terminate());
  socket.on("error", () => {});
  return new Promise((resolve) => {
    socket.once("open", () => resolve("open"));
    socket.once("unexpected-response", (_, response) => {
      let text = `${response.statusCode} `;
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
    });
  });
}

describe.skipIf(direct)("the edge's hub (direct has none)", () => {
  test("refuses a wrong token, and the server tells what to do and goes on", async () => {
    const [io, warnings] = await startServer(pool.hubUrl, "another-token-than-the-edge-has");
    await vi.waitFor(() => expect(warnings).toHaveLength(1), 5000);
    expect(warnings[0]).toMatchObject({ code: "hub-refused" });
    expect(warnings[0]?.message).toContain("MOORING_TOKEN");
    expect(warnings[0]?.message).not.toContain("another-token");
    expect(await io.of("/").adapter.serverCount()).toBe(1);
  });

  test("has a token of its own where none is set, without which the server tells so", async () => {
    const edge = await startEdge({ origins: ["http://127.0.0.1:9"] });
    onTestFinished(async () => void (await edge.stop()));
    const [, warnings] = await startServer(edge.url, "a-token-for-an-edge-without-one");
    await vi.waitFor(() => expect(warnings).toHaveLength(1), 5000);
    expect(warnings[0]).toMatchObject({ code: "hub-refused" });
    expect(warnings[0]?.message).toContain("MOORING_TOKEN");
  });

  test("refuses another version of the protocol and names both", async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, "mooring-key": newNodeKey() };
    expect(await answerTo(pool.hubUrl, { ...headers, "mooring-protocol": "1" })).toBe("open");
    const refused = await answerTo(pool.hubUrl, { ...headers, "mooring-protocol": "7" });
    expect(refused).toMatch(/^426 .*\b1\b.*\b7\b|^426 .*\b7\b.*\b1\b/);
  });

  test("carries 30 MiB in one event", async () => {
    const [a, b] = await pool.servers();
    if (!a || !b) throw new Error("Expected two servers, got fewer.");
    const heard = next(b, "huge");
    a.serverSideEmit("huge", Buffer.alloc(30 * 1024 * 1024, 7));
    const [bytes] = await heard;
    expect(Buffer.isBuffer(bytes) && bytes.byteLength).toBe(30 * 1024 * 1024);
    expect(pool.warnings).toEqual([]);
  });

  test("of several shards keeps each sender's order, and everything is as with one", async () => {
    const members = await sharded.three();
    const clients = members.map(({ client }) => client);
    const ends = members.map((_, sender) =>
      clients.map((client) => until(client, `end of ${sender}`)),
    );
    members.forEach(({ io }, sender) => {
      for (let n = 0; n < 50; n++) io.emit("n", sender, n);
      io.emit(`end of ${sender}`);
    });
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    for (const [sender, ended] of ends.entries()) {
      for (const told of await Promise.all(ended)) {
        const own = told.filter(([, from]) => from === sender);
        expect(own.map(([, , n]) => n)).toEqual(numbers);
      }
    }
    expect(await members[1].io.fetchSockets()).toHaveLength(3);
    members.forEach(({ client }, n) => client.on("ask", (ack: (n: number) => void) => ack(n)));
    expect(await members[2].io.timeout(5000).emitWithAck("ask")).toHaveLength(3);
  });

  test("that is killed and started again has lost nothing and doubled nothing", async () => {
    const args = ["--origin", "http://127.0.0.1:9", "--var", `MOORING_TOKEN=${TOKEN}`];
    const first = await MooringDev.start(args);
    onTestFinished(() => first.command.signalGroup("SIGKILL"));
    const [[a], [b]] = [await startServer(first.url, TOKEN), await startServer(first.url, TOKEN)];
    await know([a, b], 2);
    const heard: unknown[] = [];
    b.on("n", (n: unknown) => heard.push(n));
    const over = next(b, "the end");
    let n = 0;
    for (let count = 0; count < 100; count++) a.serverSideEmit("n", n++);
    await first.stop("SIGKILL");
    for (let count = 0; count < 100; count++) a.serverSideEmit("n", n++);
    const again = await MooringDev.start([...args, "--port", String(first.port)]);
    onTestFinished(() => again.command.signalGroup("SIGKILL"));
    a.serverSideEmit("the end");
    await over;
    expect(heard).toEqual(Array.from({ length: 200 }, (_, number) => number));
    await know([a, b], 2);
  });
});

describe("with connectionStateRecovery", () => {
  test("all is as without, but for the offset behind what is kept", async () => {
    const members = await pool.three({ connectionStateRecovery: {} });
    const clients = members.map(({ client }) => client);
    await members[1].socket.join("room1");
    const told = await toldBy(members[0].io, clients, () => {
      members[0].io.to("room1").emit("to a room", Buffer.from([1]));
      members[0].io.local.emit("local");
      members[0].socket.emit("to one");
      members[0].io.emit("to all");
      members[0].io.in("room1").socketsJoin("room2");
      members[0].io.to("room2").emit("to another room");
    });
    const names = told.map((events) => events.map(([name]) => name));
    expect(names).toEqual([
      ["local", "to one", "to all"],
      ["to a room", "to all", "to another room"],
      ["to all"],
    ]);
    expect(told[1]?.[0]).toEqual(["to a room", Buffer.from([1]), expect.stringMatching(/^~/)]);
    expect(told[0]?.[0]).toEqual(["local"]);
  });

  test("an application's own last text is never the offset", async () => {
    const members = await pool.three({ connectionStateRecovery: {} });
    const clients = members.map(({ client }) => client);
    const [told = []] = await toldBy(members[0].io, clients, () => {
      members[0].io.emit("first");
      members[0].io.local.emit("local", "~abcdefghijklmnop:1");
      members[0].io.local.emit("plain", "text");
    });
    expect(told.slice(1)).toEqual([
      ["local", "~abcdefghijklmnop:1", "~:"],
      ["plain", "text"],
    ]);
  });
});
