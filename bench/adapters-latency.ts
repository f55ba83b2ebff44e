/**
 * Adapters side by side, at a moderate rate: how long a broadcast takes to clients of its own origin and of others, and
 * what it costs then.
 *
 * `node bench/adapters-latency.ts [--url URL] [--rounds 5] [--clients 10] [--bytes 100] [--seconds 5] [--rate 200]`
 */
import { isLocal } from "./load/numbered-client.ts";
import { publishAtRate, publishInLoops } from "./load/numbered-load.ts";
import { median, percentile } from "./report/figures.ts";
import { readOptions } from "./report/options.ts";
import { over, runAdapters } from "./report/run-adapters.ts";
import type { Figures, Ratio } from "./report/results.ts";
import type { AdapterKind } from "./stage/adapter-kinds.ts";
import { usedSince } from "./stage/adapter-orders.ts";
import type { AdapterStage } from "./stage/adapter-stage.ts";

const options = readOptions({ rounds: 5, clients: 10, bytes: 100, seconds: 5, rate: 200 });

const WARM_MS = 1_500;

const COLUMNS = {
  p50: ["across p50 ms", 2],
  p99: ["across p99 ms", 2],
  localP50: ["local p50 ms", 2],
  localP99: ["local p99 ms", 2],
  handed: ["written locally after us", 0],
  origins: ["origins us", 0],
  broker: ["broker us", 0],
} as const;

type Figure = keyof typeof COLUMNS;

/** No two rounds are the same: what is to be no later is held to this. */
const NO_LATER = { atMost: 1.05 } as const;

const RATIOS: readonly Ratio<Figure, AdapterKind>[] = [
  {
    ...over("mooring", "redis", "p50", "across origins, p50, mooring / redis"),
    limit: { atMost: 1.5 },
  },
  over("mooring-recovery", "redis", "p50", "the same with recovery"),
  over("mooring", "redis", "p99", "across origins, p99, mooring / redis"),
  { ...over("mooring", "none", "localP50", "local, p50, mooring / none"), limit: NO_LATER },
  over("mooring-recovery", "none", "localP50", "the same with recovery"),
  over("redis", "none", "localP50", "the same, redis / none"),
  over("streams", "none", "localP50", "the same, streams / none"),
  over("mooring", "redis", "origins", "origins' CPU, mooring / redis"),
  over("mooring-recovery", "redis", "origins", "the same with recovery"),
];

await runAdapters({ name: "adapters-latency", columns: COLUMNS, ratios: RATIOS }, options, measure);

async function measure(stage: AdapterStage): Promise<Figures<Figure>> {
  await stage.open(options.clients);
  // At the rate alone, V8 would not have compiled much by the end.
  await publishInLoops(stage, stage.origins, "broadcast", WARM_MS);
  await publishAtRate(stage, options.rate, WARM_MS);
  const before = await stage.usage();
  const brokerBefore = stage.broker?.cpuMs() ?? 0;
  const { published, deliveries, handedUs } = await publishAtRate(
    stage,
    options.rate,
    options.seconds * 1000,
  );
  const brokerMs = (stage.broker?.cpuMs() ?? 0) - brokerBefore;
  const cpuMs = usedSince(before, await stage.usage(), "cpuMs").reduce((sum, each) => sum + each);
  const of = (isWanted: boolean) =>
    deliveries.filter((delivery) => isLocal(delivery) === isWanted).map(({ afterMs }) => afterMs);
  const [across, local] = [of(false), of(true)];
  return {
    p50: across.length === 0 ? undefined : percentile(across, 0.5),
    p99: across.length === 0 ? undefined : percentile(across, 0.99),
    localP50: median(local),
    localP99: percentile(local, 0.99),
    handed: median(handedUs),
    origins: (cpuMs * 1000) / published,
    broker: stage.broker === undefined ? undefined : (brokerMs * 1000) / published,
  };
}
