/**
 * Idle clients by WebSocket: memory for each in what stands before the origin, and what they cost while idle.
 *
 * `node bench/idle.ts [--url URL] [--rounds 1] [--clients 2000] [--ramp 3] [--warm 300] [--settle 10] [--seconds 26]`
 *
 * Memory that was used once is not given back, so every round of every target starts its processes anew.
 */
import { setTimeout as delay } from "node:timers/promises";
import { echoPacket, openAll } from "./load/session.ts";
import { WebSocketSession } from "./load/websocket-session.ts";
import { readOptions } from "./report/options.ts";
import type { Benchmark, Figures } from "./report/run.ts";
import { run } from "./report/run.ts";
import type { Target } from "./stage/target.ts";
import { metered } from "./stage/target.ts";

const options = readOptions({
  rounds: 1,
  clients: 2000,
  ramp: 3,
  warm: 300,
  settle: 10,
  // One ping interval of Socket.IO's default and a bit: every client is pinged once.
  seconds: 26,
});
const packet = echoPacket(100);

const COLUMNS = {
  memory: ["KB a client", 1],
  base: ["KB before", 0],
  frontIdle: ["front us/s a client", 2],
  originIdle: ["origin us/s a client", 2],
} as const;

type Name = keyof typeof COLUMNS;

await run(
  {
    name: "idle",
    targets: ["edge", "relay", "nginx"],
    isFresh: true,
    columns: COLUMNS,
    ratios: [
      {
        title: "KB in workerd for each idle client",
        figure: "memory",
        control: undefined,
        limit: { atMost: 40 },
      },
      {
        title: "the same, edge / bare relay",
        figure: "memory",
        control: "relay",
        limit: undefined,
      },
    ],
    measure,
  } satisfies Benchmark<Name>,
  options,
);

async function measure(target: Target): Promise<Figures<Name>> {
  await warm(target);
  const base = target.memoryKb();
  const sessions = await openAll(options.clients, options.ramp, () => open(target));
  // Long enough for what the handshakes left to be collected.
  await delay(options.settle * 1000);
  const memory = target.memoryKb();
  const idle = await metered(target, () => delay(options.seconds * 1000));
  await Promise.all(sessions.map((session) => session.close()));
  const each = (ms: number) => (ms * 1000) / options.seconds / options.clients;
  return {
    memory: target.has("front") ? (memory - base) / options.clients : undefined,
    base: target.has("front") ? base : undefined,
    frontIdle: target.has("front") ? each(idle.cpu.front) : undefined,
    originIdle: target.has("origin") ? each(idle.cpu.origin) : undefined,
  };
}

/** Code and heap are there before anything is counted. */
async function warm(target: Target): Promise<void> {
  const sessions = await openAll(options.warm, options.ramp, () => open(target));
  await Promise.all(sessions.map((session) => session.echo()));
  await Promise.all(sessions.map((session) => session.close()));
  await delay(options.settle * 1000);
}

function open(target: Target): Promise<WebSocketSession> {
  return WebSocketSession.open(target.url, packet);
}
