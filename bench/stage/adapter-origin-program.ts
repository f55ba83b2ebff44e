// An origin of the adapters' benchmark: a stock Socket.IO server with one of the adapters, which emits as it is told.
import { createServer } from "node:http";
import { setInterval as ticks } from "node:timers/promises";
import { createAdapter as createRedisAdapter } from "@socket.io/redis-adapter";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";
import { createAdapter } from "../../src/origin/origin.ts";
import type { AdapterKind } from "./adapter-kinds.ts";
import { hasRecovery, isAdapterKind } from "./adapter-kinds.ts";
import type { Order, Report, Usage, Way } from "./adapter-orders.ts";
import { clockUs, NUMBERED } from "./adapter-orders.ts";

const [kind, index = "0", brokerUrl = "", token = "", bytes = "100"] = process.argv.slice(2);
if (!isAdapterKind(kind)) throw new Error(`Expected a kind of adapter, got ${String(kind)}.`);

const ORIGIN = Number(index);
const FILLER = "x".repeat(Number(bytes));

const http = createServer();
const io = new Server(http, hasRecovery(kind) ? { connectionStateRecovery: {} } : {});
await setAdapter(kind);

let emitted = 0;
let owed = 0;
/** When the broadcast began that no client here has been written yet, by `performance.now`. */
let begunAt: number | undefined;
const handedUs: number[] = [];

io.on("connection", ({ conn }) => {
  conn.on("packetCreate", () => {
    if (begunAt !== undefined) handedUs.push((performance.now() - begunAt) * 1000);
    begunAt = undefined;
  });
});

process.on("message", (order: Order) => void obey(order));
// The benchmark may end without a word.
process.once("disconnect", () => process.exit(0));

http.listen(0, "127.0.0.1", () => {
  const address = http.address();
  report({ type: "ready", port: typeof address === "object" && address ? address.port : 0 });
});

async function setAdapter(name: AdapterKind): Promise<void> {
  switch (name) {
    case "none":
      return;
    case "redis": {
      const [pub, sub] = [await newRedisClient(), await newRedisClient()];
      io.adapter(createRedisAdapter(pub, sub));
      return;
    }
    case "streams":
      io.adapter(createStreamsAdapter(await newRedisClient()));
      return;
    case "mooring":
    case "mooring-recovery":
      io.adapter(createAdapter({ url: brokerUrl, token }));
  }
}

async function newRedisClient() {
  const client = createClient({ url: brokerUrl });
  // As its documentation asks: without a listener, a lost connection ends the process.
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function obey(order: Order): Promise<void> {
  switch (order.type) {
    case "emit": {
      const isIdle = owed === 0;
      owed += order.count;
      if (isIdle) emitOne(order.way);
      return;
    }
    case "pace":
      handedUs.length = 0;
      report({ type: "paced", sent: await pace(order.rate, order.durationMs), handedUs });
      return;
    case "usage":
      if (order.isCollected) globalThis.gc?.();
      report({ type: "used", usage: usage() });
  }
}

function emitOne(way: Way): void {
  emit(way);
  owed -= 1;
  if (owed > 0) setImmediate(emitOne, way);
}

function emit(way: Way): void {
  emitted += 1;
  if (way === "broadcast") io.emit(NUMBERED, ORIGIN, emitted, clockUs(), FILLER);
  else {
    const [socket] = io.sockets.sockets.values();
    socket?.emit(NUMBERED, ORIGIN, emitted, clockUs(), FILLER);
  }
}

async function pace(rate: number, durationMs: number): Promise<number> {
  const startedAt = performance.now();
  let sent = 0;
  for await (const _ of ticks(1)) {
    const ms = Math.min(performance.now() - startedAt, durationMs);
    for (; sent < (ms * rate) / 1000; sent += 1) {
      begunAt = performance.now();
      emit("broadcast");
    }
    if (ms >= durationMs) break;
  }
  return sent;
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpuMs: (user + system) / 1000, rssKb: rss / 1024, heapKb: (heapUsed + external) / 1024 };
}

function report(text: Report): void {
  process.send?.(text);
}
