import type { Socket } from "socket.io-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EmitterError } from "../../src/origin/origin.ts";
import { Emitter } from "../../src/origin/origin.ts";
import { createClient, joined, WEBSOCKET } from "../support/clients.ts";
import { Command } from "../support/command.ts";
import { collect, next } from "../support/events.ts";
import { LinkedOrigins } from "../support/linked-origins.ts";
import { MOORING } from "../support/mooring-dev.ts";

const TOKEN = "a-token-of-24-characters";

let edge: Command;
let url: string;
let origins: LinkedOrigins;

beforeAll(async () => {
  edge = start(0);
  url = await ready(edge);
  origins = await LinkedOrigins.start(2, url, TOKEN);
});

afterAll(async () => {
  await origins.stop();
  edge.signal("SIGTERM");
  await edge.ended;
});

function start(port: number): Command {
  const args = ["--port", `${port}`, "--origin", "http://127.0.0.1:9"];
  return new Command([...MOORING, "dev", ...args, "--var", `MOORING_TOKEN=${TOKEN}`]);
}

async function ready(command: Command): Promise<string> {
  const [, at = ""] = await command.says("stdout", /^Mooring is ready on (\S+)\n/m);
  return at;
}

async function clients(): Promise<readonly Socket[]> {
  const all = origins.urls.map((origin) => createClient(origin, WEBSOCKET));
  await Promise.all(all.map((client) => joined(client)));
  return all;
}

test("what is emitted while the whole edge is killed and started again arrives at every origin", async () => {
  const errors: EmitterError[] = [];
  const io = new Emitter({ url, token: TOKEN, onError: (error) => errors.push(error) });
  const all = await clients();
  const ends = all.map((client) => next(client, "end"));
  const seen = all.map((client) => {
    const numbers: unknown[] = [];
    client.on("n", (n) => numbers.push(n));
    return numbers;
  });
  const before = all.map((client) => collect(client, "n", 100));
  for (let n = 0; n < 100; n += 1) io.emit("n", n);
  await Promise.all([...before, io.flushed()]);
  edge.signalGroup("SIGKILL");
  await edge.ended;
  for (let n = 100; n < 1000; n += 1) io.emit("n", n);
  edge = start(Number(new URL(url).port));
  await ready(edge);
  for (let n = 1000; n < 1100; n += 1) io.emit("n", n);
  io.emit("end");
  await io.flushed();
  await Promise.all(ends);
  // The edge was dead before the first of these was sent, so none was published by it, and none comes twice.
  const numbers = Array.from({ length: 1100 }, (_, n) => n);
  expect(seen).toEqual([numbers, numbers]);
  expect(errors).toEqual([]);
});
