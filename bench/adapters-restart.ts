/**
 * What becomes of broadcasts while the broker is killed and started again: numbered ones of three servers, with the
 * adapters of Redis and with mooring/origin. Redis keeps nothing on disk; the edge keeps its folder of state.
 *
 * `node bench/adapters-restart.ts [--rounds 2] [--rate 300] [--seconds 12] [--bytes 100] [--kill 3] [--start 5]`
 *
 * `--kill` and `--start`: after how many seconds it is killed and started again.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Delivery } from "./load/numbered-client.ts";
import { isLocal } from "./load/numbered-client.ts";
import { publishAtRate } from "./load/numbered-load.ts";
import { tallyOf } from "./load/numbered-tally.ts";
import { percentile } from "./report/figures.ts";
import { readOptions } from "./report/options.ts";
import type { Figures } from "./report/results.ts";
import { printResults } from "./report/results.ts";
import type { AdapterKind } from "./stage/adapter-kinds.ts";
import { ADAPTER_KINDS, brokerOf } from "./stage/adapter-kinds.ts";
import { clockUs } from "./stage/adapter-orders.ts";
import { AdapterStage, ORIGINS } from "./stage/adapter-stage.ts";

const options = readOptions({ rounds: 2, rate: 300, seconds: 12, bytes: 100, kill: 3, start: 5 });

const COLUMNS = {
  wanted: ["to other origins", 0],
  arrived: ["arrived", 0],
  lostShare: ["lost %", 2],
  doubled: ["doubled", 0],
  disordered: ["out of order", 0],
  back: ["back after ms", 0],
  localLost: ["lost locally", 0],
  localWorst: ["local worst ms", 0],
} as const;

type Figure = keyof typeof COLUMNS;

const measured = new Map<AdapterKind, Figures<Figure>[]>();
for (let round = 0; round < options.rounds; round += 1) {
  for (const kind of ADAPTER_KINDS.filter((name) => brokerOf(name) !== undefined)) {
    process.stderr.write(`adapters-restart: ${kind}\n`);
    measured.set(kind, [...(measured.get(kind) ?? []), await measure(kind)]);
  }
}
printResults({ name: "adapters-restart", columns: COLUMNS, ratios: [] }, measured);

async function measure(kind: AdapterKind): Promise<Figures<Figure>> {
  const stage = await AdapterStage.set(kind, { bytes: options.bytes });
  try {
    await stage.open(1);
    await publishAtRate(stage, options.rate, 1000);
    return await restarted(stage);
  } finally {
    await stage.strike();
  }
}

/** Publishes while the broker goes and comes back. */
async function restarted(stage: AdapterStage): Promise<Figures<Figure>> {
  const publishing = publishAtRate(stage, options.rate, options.seconds * 1000);
  await delay(options.kill * 1000);
  stage.broker?.kill();
  await delay((options.start - options.kill) * 1000);
  await stage.broker?.restart();
  const servesMs = clockUs() / 1000;
  const { published, deliveries } = await publishing;
  const across = deliveries.filter((delivery) => !isLocal(delivery));
  const tally = tallyOf(across, published * (ORIGINS - 1));
  const local = deliveries.filter(isLocal);
  return {
    wanted: tally.wanted,
    arrived: tally.arrived,
    lostShare: (100 * (tally.wanted - tally.arrived)) / tally.wanted,
    doubled: tally.doubled,
    disordered: tally.disordered,
    back: firstEverywhere(across, servesMs) - servesMs,
    localLost: published - tallyOf(local, published).arrived,
    localWorst: percentile(
      local.map(({ afterMs }) => afterMs),
      1,
    ),
  };
}

/** When every client had had something of other origins again. */
function firstEverywhere(across: readonly Delivery[], sinceMs: number): number {
  const first = new Map<number, number>();
  for (const { at, arrivedMs } of across) {
    if (arrivedMs >= sinceMs && !first.has(at)) first.set(at, arrivedMs);
  }
  return Math.max(...first.values());
}
