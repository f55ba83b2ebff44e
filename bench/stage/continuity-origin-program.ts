// An origin of the continuity benchmark. What it takes it writes down at once, so that being killed doesn't undo it.
import { openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";
import * as v from "valibot";
import { createAdapter } from "../../src/origin/origin.ts";
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from "./continuity-kinds.ts";
import type { ContinuityOrder, ContinuityReport } from "./continuity-orders.ts";
import { ECHO, ORIGIN_SETUP, STREAM, UP } from "./continuity-orders.ts";

const setup = v.parse(ORIGIN_SETUP, JSON.parse(process.argv[2] ?? ""));
const log = openSync(setup.log, "a");

/** What an answer takes that isn't just there, so that some are owed at any moment. */
const THINK_MS = 20;

const RECOVERING = {
  connectionStateRecovery: {},
  pingInterval: PING_INTERVAL_MS,
  pingTimeout: PING_TIMEOUT_MS,
};

const http = createServer();
const io = new Server(http, setup.adapter === "none" ? {} : RECOVERING);

// For HAProxy's health checks.
http.prependListener("request", (request, response) => {
  if (request.url === "/health") response.end();
});

io.on("connection", (socket) => {
  socket.on(UP, (client: number, n: number) => take(UP, client, n));
  socket.on(ECHO, (client: number, n: number, answer: (name: string) => void) => {
    take(ECHO, client, n);
    setTimeout(() => answer(setup.name), THINK_MS);
  });
});

let published = 0;
let publishing: NodeJS.Timeout | undefined;

process.on("message", (order: ContinuityOrder) => void obey(order));
// The benchmark may end without a word.
process.once("disconnect", () => process.exit(0));

await setAdapter();
http.listen(setup.port, "127.0.0.1", () => report({ type: "ready" }));

async function setAdapter(): Promise<void> {
  const { adapter, brokerUrl: url, token } = setup;
  if (adapter === "none") return;
  if (adapter === "mooring") {
    io.adapter(createAdapter({ url, token, closeOn: ["SIGTERM"] }));
    // What tells us what to do shall not keep alive what has closed.
    process.once("SIGTERM", () => process.channel?.unref());
    return;
  }
  const redis = createClient({ url });
  redis.on("error", () => {});
  await redis.connect();
  io.adapter(createStreamsAdapter(redis));
  process.once("SIGTERM", () => void close(redis));
}

/** As mooring/origin does; the sessions that Socket.IO saves while it closes have to reach Redis. */
async function close(redis: { close(): Promise<void> }): Promise<void> {
  await io.close();
  await redis.close();
  process.exit(0);
}

function take(what: string, client: number, n: number): void {
  writeSync(log, `${what} ${client} ${n}\n`);
}

async function obey(order: ContinuityOrder): Promise<void> {
  switch (order.type) {
    case "count":
      report({ type: "counted", count: await io.of("/").adapter.serverCount() });
      return;
    case "publish":
      publishing = setInterval(() => {
        published += 1;
        io.emit(STREAM, published);
      }, 1000 / order.rate);
      return;
    case "stop":
      clearInterval(publishing);
      report({ type: "published", count: published });
  }
}

function report(text: ContinuityReport): void {
  process.send?.(text);
}
