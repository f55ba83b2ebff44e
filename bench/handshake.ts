/**
 * WebSocket handshakes one after another, by the pool object and by a static list of origins: how long each takes.
 *
 * `node bench/handshake.ts [--url URL] [--rounds 20] [--handshakes 200] [--quiet 3]`
 */
import { setTimeout as delay } from "node:timers/promises";
import { once } from "node:events";
import { openSocket } from "./load/websocket-session.ts";
import { CPU_COLUMNS, cpuEach } from "./report/cpu-figures.ts";
import { percentile } from "./report/figures.ts";
import { readOptions } from "./report/options.ts";
import type { Benchmark } from "./report/run.ts";
import { run } from "./report/run.ts";
import type { Target } from "./stage/target.ts";
import { metered } from "./stage/target.ts";

const options = readOptions({ rounds: 20, handshakes: 200, quiet: 3 });

/** After this without a handshake, an isolate's snapshot is too old to go by, and the pool object is waited for. */
const QUIET_MS = 11_000;

/** Enough that no round has the Worker's first calls in it. */
const WARM = 300;

const COLUMNS = { median: ["median ms", 3], p95: ["p95 ms", 3], ...CPU_COLUMNS } as const;

const warmed = new Set<Target>();

await run(
  {
    name: "handshake",
    targets: ["edge", "static"],
    columns: COLUMNS,
    ratios: [
      {
        title: "median, pool object / static list",
        figure: "median",
        control: "static",
        limit: { atMost: 1.05 },
      },
      { title: "p95 of the same", figure: "p95", control: "static", limit: undefined },
    ],
    measure,
  } satisfies Benchmark<keyof typeof COLUMNS>,
  options,
);

await run(
  {
    name: "handshake-quiet",
    targets: ["edge", "static"],
    columns: { first: ["first ms", 2] },
    ratios: [],
    measure: measureQuiet,
  } satisfies Benchmark<"first">,
  { ...options, rounds: options.quiet },
);

async function measure(target: Target) {
  if (!warmed.has(target)) await handshakes(target, WARM);
  warmed.add(target);
  const { value, cpu } = await metered(target, () => handshakes(target, options.handshakes));
  return {
    median: percentile(value, 0.5),
    p95: percentile(value, 0.95),
    ...cpuEach(target, cpu, value.length),
  };
}

/** The first handshake after a pause: the worst that the pool object can do to one. */
async function measureQuiet(target: Target) {
  await handshakes(target, WARM);
  await delay(QUIET_MS);
  const [first] = await handshakes(target, 1);
  return { first };
}

/** How long each took, in ms, from the TCP connection's start to the 101. Its end is waited for, but not counted. */
async function handshakes(target: Target, count: number): Promise<number[]> {
  const taken: number[] = [];
  while (taken.length < count) {
    const startedAt = performance.now();
    const socket = await openSocket(target.url, "");
    taken.push(performance.now() - startedAt);
    const closed = once(socket, "close");
    socket.close();
    await closed;
  }
  return taken;
}
