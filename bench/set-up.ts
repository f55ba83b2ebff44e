/**
 * Connection set-up, by polling and the upgrade and by WebSocket alone: how many a second, and at what CPU.
 *
 * `node bench/set-up.ts [--url URL] [--rounds 5] [--connections 400] [--concurrency 32]`
 */
import { echoPacket, openAll } from "./load/session.ts";
import { openUpgrading } from "./load/upgrading-session.ts";
import { WebSocketSession } from "./load/websocket-session.ts";
import { CPU_COLUMNS, cpuEach, servingCpuEach } from "./report/cpu-figures.ts";
import { readOptions } from "./report/options.ts";
import type { Benchmark } from "./report/run.ts";
import { run } from "./report/run.ts";
import type { Target } from "./stage/target.ts";
import { metered } from "./stage/target.ts";

const COLUMNS = {
  perSecond: ["connections/s", 0],
  serving: ["all serving us", 0],
  ...CPU_COLUMNS,
} as const;

type Name = keyof typeof COLUMNS;

const options = readOptions({ rounds: 5, connections: 400, concurrency: 32 });
const packet = echoPacket(50);

await run(
  {
    name: "set-up-upgrade",
    targets: ["edge", "exchange", "nginx", "origin"],
    columns: COLUMNS,
    ratios: [
      {
        title: "connections a second, edge / nginx",
        figure: "perSecond",
        control: "nginx",
        limit: { atLeast: 1 },
      },
      {
        title: "CPU of all that serves, edge / nginx",
        figure: "serving",
        control: "nginx",
        limit: { atMost: 1 },
      },
      {
        title: "the same, edge / bare exchange",
        figure: "serving",
        control: "exchange",
        limit: undefined,
      },
    ],
    measure: (target) => measure(target, () => openUpgrading(target.url, packet)),
  } satisfies Benchmark<Name>,
  options,
);

await run(
  {
    name: "set-up-websocket",
    targets: ["edge", "relay", "nginx", "origin"],
    columns: COLUMNS,
    ratios: [],
    measure: (target) => measure(target, () => WebSocketSession.open(target.url, packet)),
  } satisfies Benchmark<Name>,
  options,
);

/** The connections stay until all are there; their end is not measured. */
async function measure(target: Target, open: () => Promise<WebSocketSession>) {
  const { connections, concurrency } = options;
  const opened = await metered(target, () => openAll(connections, concurrency, open));
  await Promise.all(opened.value.map((session) => session.close()));
  return {
    ...cpuEach(target, opened.cpu, connections),
    perSecond: (connections * 1000) / opened.ms,
    serving: servingCpuEach(target, opened.cpu, connections),
  };
}
