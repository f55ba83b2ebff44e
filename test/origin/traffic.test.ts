import { once } from "node:events";
import { createServer } from "node:http";
import { Server, type ServerOptions } from "socket.io";
import { expect, onTestFinished, test } from "vitest";
import { createAdapter } from "../../src/origin/origin.ts";
import { createClient, joined, WEBSOCKET } from "../support/clients.ts";
import { until } from "../support/cluster.ts";
import { portOf } from "../support/origin.ts";
import { LinkServer, messagesOf, type ServedLink, WELCOME } from "./link-server.ts";

/** A server that has been welcomed by a hub, and that hub. */
async function welcomed(
  options: Partial<ServerOptions> = {},
): Promise<{ io: Server; url: string; hub: LinkServer; link: ServedLink }> {
  const hub = await LinkServer.start();
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const adapter = createAdapter({ url: hub.url, token: "a-token-for-nobody" });
  const io = new Server(http, { adapter, ...options });
  onTestFinished(() => io.close());
  const link = await hub.links.take();
  link.socket.send(WELCOME);
  return { io, url: `http://127.0.0.1:${portOf(http)}`, hub, link };
}

/** What is published up to that number. */
async function publishedTo(last: number, link: ServedLink): Promise<string[]> {
  const bodies: string[] = [];
  while (bodies.length < last) {
    for (const message of await messagesOf(link)) {
      if (message.type !== "publish") continue;
      bodies.push(Buffer.from(message.body).toString());
      expect(message.n).toBe(bodies.length);
    }
  }
  return bodies;
}

test("with recovery, what goes to one socket here is told its client alone, and not published", async () => {
  const { io, url, link } = await welcomed({ connectionStateRecovery: {} });
  const client = createClient(url, WEBSOCKET);
  await joined(client);
  const [socket] = io.of("/").sockets.values();
  const told = until(client, "the end");
  for (let n = 0; n < 100; n++) socket?.emit("direct", n);
  for (let n = 100; n < 200; n++) io.to(socket?.id ?? "").emit("direct", n);
  io.emit("the end");
  const offset: unknown = expect.stringMatching(/^~[\w-]{16}\/d:\w+$/);
  expect(await told).toEqual(Array.from({ length: 200 }, (_, n) => ["direct", n, offset]));
  const [only] = await publishedTo(1, link);
  expect(only).toContain("the end");
});

test("an emit to one socket that others here have joined is published as any other", async () => {
  const { io, url, link } = await welcomed({ connectionStateRecovery: {} });
  const clients = [createClient(url, WEBSOCKET), createClient(url, WEBSOCKET)];
  await Promise.all(clients.map(joined));
  const [one, two] = io.of("/").sockets.values();
  await two?.join(one?.id ?? "");
  const told = clients.map((client) => until(client, "the end"));
  one?.emit("direct");
  io.emit("the end");
  const names = (await Promise.all(told)).map((events) => events.map(([name]) => name));
  expect(names).toEqual([["direct"], ["direct"]]);
  const bodies = await publishedTo(2, link);
  expect(bodies[0]).toContain("direct");
});

test("without recovery, every emit to all is published once, in the program's order", async () => {
  const { io, link } = await welcomed();
  for (let n = 0; n < 1000; n++) io.emit("n", n);
  const bodies = await publishedTo(1000, link);
  expect(bodies.map((body) => /\["n",(\d+)\]$/.exec(body)?.[1])).toEqual(
    Array.from({ length: 1000 }, (_, n) => String(n)),
  );
});

test("five thousand namespaces have one link", async () => {
  const { io, hub, link } = await welcomed();
  for (let n = 0; n < 5000; n++) io.of(`/n${n}`);
  for (let n = 0; n < 5000; n++) io.of(`/n${n}`).emit("hello");
  const bodies = await publishedTo(5000, link);
  expect(bodies.map((body) => /"nsp":"\/n(\d+)"/.exec(body)?.[1])).toEqual(
    Array.from({ length: 5000 }, (_, n) => String(n)),
  );
  expect(hub.links.size).toBe(0);
});
