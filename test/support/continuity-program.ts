// The program of a process that `startContinuityOrigin` starts: a Socket.IO server with an application as many are.
import { openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { createAdapter as createMongoAdapter } from "@socket.io/mongo-adapter";
import { createAdapter as createStreamsAdapter } from "@socket.io/redis-streams-adapter";
import { MongoClient } from "mongodb";
import { createClient } from "redis";
import { Server, type ServerOptions } from "socket.io";
import * as v from "valibot";
import { createAdapter } from "../../src/origin/origin.ts";
import { ContinuityApplication } from "./continuity-application.ts";
import type { ContinuityOrder, ContinuitySocket } from "./continuity-orders.ts";
import { OPTIONS, SOCKETS } from "./continuity-orders.ts";
import { portOf } from "./origin.ts";

const options = v.parse(OPTIONS, JSON.parse(process.argv[2] ?? "{}"));
const { name, token, port, server, closeOn } = options;
const file = openSync(options.log, "a");
const application = new ContinuityApplication(options.thinkMs, write);
const http = createServer();
const streams = new Map<string, { n: number; timer: NodeJS.Timeout }>();
let io: Server | undefined;

function write(...line: unknown[]): void {
  // At once, so that a process that is killed has written down what it has taken.
  writeSync(file, `${JSON.stringify([name, ...line])}\n`);
}

function writeWarning({ code }: { readonly code: string }): void {
  write("warning", code);
}

async function serve(hub: string | undefined): Promise<void> {
  io = new Server(http, { ...server, ...(await adapterOf(hub)) });
  application.serve(io);
}

async function adapterOf(hub: string | undefined): Promise<Partial<ServerOptions>> {
  if (options.redis !== undefined) {
    const redis = createClient({ url: `redis://127.0.0.1:${options.redis}` });
    await redis.connect();
    return { adapter: createStreamsAdapter(redis) };
  }
  if (options.mongo !== undefined) {
    // With a version of the API named, the driver says hello as it says all else.
    const mongo = new MongoClient(`mongodb://127.0.0.1:${options.mongo}`, { serverApi: "1" });
    const events = mongo.db("mooring").collection("events");
    return { adapter: createMongoAdapter(events, { heartbeatInterval: 500 }) };
  }
  if (hub === undefined) return {};
  const given = {
    closeOn: closeOn ? (["SIGTERM"] as const) : [],
    ...(options.drainMs !== undefined && { drainMs: options.drainMs }),
    ...(options.pastBytes !== undefined && { pastBytes: options.pastBytes }),
  };
  return { adapter: createAdapter({ url: hub, token, onWarning: writeWarning, ...given }) };
}

function stream(label: string, everyMs: number): void {
  const one = {
    n: -1,
    timer: setInterval(() => {
      one.n += 1;
      io?.emit("stream", label, one.n);
      application.direct(`${label}-direct`);
    }, everyMs),
  };
  // It shall not keep alive what has closed.
  one.timer.unref();
  streams.set(label, one);
}

function look(): ContinuitySocket[] {
  const all = ["/", "/other", "/quiet"].flatMap((nsp) =>
    [...(io?.of(nsp).sockets.values() ?? [])].map(({ id, rooms, data }) => ({
      nsp,
      id,
      rooms: [...rooms].filter((room) => room !== id).toSorted(),
      data: data as unknown,
    })),
  );
  return v.parse(SOCKETS, all);
}

async function perform(order: ContinuityOrder): Promise<unknown> {
  if (io === undefined && order.do !== "serve") throw new Error("Expected to serve first.");
  switch (order.do) {
    case "serve":
      await serve(order.hub);
      return undefined;
    case "servers":
      return io?.of("/").adapter.serverCount();
    case "presence":
      return application.presence;
    case "look":
      return look();
    case "stream":
      stream(order.label, order.everyMs);
      return undefined;
    case "stop-stream":
      clearInterval(streams.get(order.label)?.timer);
      return streams.get(order.label)?.n;
    case "emit": {
      let operator = io?.of(order.nsp ?? "/").except([]);
      if (order.to !== undefined) operator = operator?.to(order.to);
      if (order.flag !== undefined) operator = operator?.[order.flag];
      operator?.emit(...order.args);
      return undefined;
    }
    case "ask":
      application.ask(order.text);
      return undefined;
    case "end":
      application.end(order.how, order.id ?? "");
      return undefined;
    case "advertise":
      if (io) io.engine.opts.maxHttpBufferSize = order.maxPayload;
      return undefined;
    case "refuse":
      application.refuse(order.how, order.butFresh ?? false);
      return undefined;
  }
}

async function obey({ id, order }: { id: number; order: ContinuityOrder }): Promise<void> {
  const answer = await perform(order);
  if (process.connected) process.send?.({ id, answer });
}

process.on("message", (message: { id: number; order: ContinuityOrder }) => void obey(message));
http.listen(port, "127.0.0.1", () => process.send?.(portOf(http)));
process.once("disconnect", () => process.exit());
// What tells us what to do shall not keep alive what has closed.
if (closeOn) process.once("SIGTERM", () => process.channel?.unref());
