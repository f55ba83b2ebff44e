import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { Server } from "socket.io";
import { expect, onTestFinished, test } from "vitest";
import { createAdapter } from "../../src/origin/origin.ts";
import { createClient, joined, WEBSOCKET } from "../support/clients.ts";
import { next } from "../support/events.ts";
import { portOf } from "../support/origin.ts";
import type { ServedLink } from "./link-server.ts";
import { LinkServer, messagesOf, WELCOME } from "./link-server.ts";

const PROGRAM = fileURLToPath(new URL("./closing-program.ts", import.meta.url));
const TOKEN = "a-token-for-nobody";

/** The types of all messages on a link until it is closed. */
async function typesOn(link: ServedLink): Promise<string[]> {
  await link.closed;
  const types: string[] = [];
  while (link.frames.size > 0) types.push(...(await messagesOf(link)).map(({ type }) => type));
  return types;
}

test("a server that closes says so to the hub before its sockets hear of it, then leaves", async () => {
  const hub = await LinkServer.start();
  const http = createServer();
  const io = new Server(http, { adapter: createAdapter({ url: hub.url, token: TOKEN }) });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const link = await hub.links.take();
  link.socket.send(WELCOME);
  io.on("connection", (socket) => socket.on("disconnecting", () => io.serverSideEmit("gone")));
  await joined(createClient(`http://127.0.0.1:${portOf(http)}`, WEBSOCKET));
  await Promise.all([io.close(), io.close()]);
  const types = await typesOn(link);
  expect(types.filter((type) => type !== "taken")).toEqual(["hello", "closing", "publish"]);
  expect(await link.closed).toBe(1000);
});

test("upon a signal that it is told, a process closes its server and ends by itself", async () => {
  const hub = await LinkServer.start();
  const child = fork(PROGRAM, [hub.url, TOKEN]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const listening = next(child, "message");
  const link = await hub.links.take();
  link.socket.send(WELCOME);
  await listening;
  child.kill("SIGTERM");
  const [code] = await next(child, "exit");
  expect(code).toBe(0);
  expect(await typesOn(link)).toContain("closing");
});

test("a hub that answers nothing any more keeps no process alive", async () => {
  const hub = await LinkServer.start();
  const child = fork(PROGRAM, [hub.url, TOKEN]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const listening = next(child, "message");
  const { socket } = await hub.links.take();
  await listening;
  socket.pause();
  child.kill("SIGTERM");
  const begin = performance.now();
  const [code] = await next(child, "exit");
  expect(code).toBe(0);
  expect(performance.now() - begin).toBeLessThan(5000);
});
