/**
 * Sessions that come and go at random: how full the session objects are that they leave behind.
 *
 * `node bench/fullness.ts [--rounds 3] [--sessions 3000] [--alive 1000] [--rate 50]`
 */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { CONNECT, PING, PONG } from "./load/session.ts";
import { percentile } from "./report/figures.ts";
import { readOptions } from "./report/options.ts";
import type { Benchmark } from "./report/run.ts";
import { run } from "./report/run.ts";
import type { Target } from "./stage/target.ts";

const options = readOptions({ rounds: 3, sessions: 3000, alive: 1000, rate: 50 });

/** SESSIONS_PER_OBJECT, by default. */
const PER_OBJECT = 100;

const OPEN_MS = 10_000;

/** The part of a sid that names its object: 32 bytes in base64url. */
const OWNER_CHARACTERS = 43;

interface Session {
  readonly socket: WebSocket;
  readonly owner: string;
}

const COLUMNS = {
  full: ["% full", 0],
  objects: ["objects", 0],
  used: ["objects in all", 0],
  alive: ["alive", 0],
  failed: ["failed", 0],
  p99: ["handshake p99 ms", 1],
} as const;

await run(
  {
    name: "fullness",
    targets: ["edge"],
    columns: COLUMNS,
    ratios: [{ title: "% full", figure: "full", control: undefined, limit: { atLeast: 70 } }],
    isFresh: true,
    measure,
  } satisfies Benchmark<keyof typeof COLUMNS>,
  options,
);

/** Handshakes begin at the rate, whether or not earlier ones have ended; each lets one go when enough are there. */
async function measure(target: Target) {
  const live: Session[] = [];
  const owners = new Set<string>();
  const taken: number[] = [];
  let failed = 0;
  const come = async () => {
    const startedAt = performance.now();
    const session = await open(target.url);
    taken.push(performance.now() - startedAt);
    owners.add(session.owner);
    live.push(session);
    if (live.length > options.alive) await leave(live);
  };
  const attempt = () => come().catch(() => void (failed += 1));
  const coming: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let n = 0; n < options.sessions; n += 1) {
    const dueAt = startedAt + (n * 1000) / options.rate;
    await delay(Math.max(0, dueAt - performance.now()));
    coming.push(attempt());
  }
  await Promise.all(coming);
  const objects = new Set(live.map(({ owner }) => owner)).size;
  const full = (live.length / (objects * PER_OBJECT)) * 100;
  for (const { socket } of live) socket.terminate();
  const p99 = percentile(taken, 0.99);
  return { full, objects, used: owners.size, alive: live.length, failed, p99 };
}

/** A client by WebSocket that answers pings; fails when the handshake does. */
async function open(url: string): Promise<Session> {
  const { promise, resolve, reject } = Promise.withResolvers<Session>();
  const address = `${url.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`;
  const socket = new WebSocket(address, { perMessageDeflate: false, handshakeTimeout: OPEN_MS });
  socket.on("message", (data: Buffer) => {
    const packet = data.toString();
    if (packet === PING) socket.send(PONG);
    const sid = /^0\{"sid":"([\w-]+)"/.exec(packet)?.[1];
    if (sid === undefined) return;
    socket.send(CONNECT);
    resolve({ socket, owner: sid.slice(0, OWNER_CHARACTERS) });
  });
  socket.on("error", reject);
  return promise;
}

async function leave(live: Session[]): Promise<void> {
  const at = Math.floor(Math.random() * live.length);
  const [session] = live.splice(at, 1);
  if (!session) return;
  const closed = once(session.socket, "close");
  session.socket.close();
  await closed;
}
