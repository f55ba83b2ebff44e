/**
 * Adapters side by side: three Socket.IO servers with no adapter, those of Redis, and mooring/origin.
 *
 * `node bench/adapters.ts [--url URL] [--rounds 3] [--clients 10] [--bytes 100] [--seconds 3] [--rate 200] [--kept 20000]`
 *
 * `--url URL`: an edge that runs already, whose MOORING_TOKEN is in the environment. `MOORING_PROFILES=FOLDER`: the
 * origins write profiles of their CPU there.
 */
import { ADAPTER_COLUMNS, measureAdapter } from "./adapters-measure.ts";
import type { AdapterFigure } from "./adapters-measure.ts";
import { readOptions } from "./report/options.ts";
import type { Figures, Ratio } from "./report/results.ts";
import { printResults } from "./report/results.ts";
import type { AdapterKind } from "./stage/adapter-kinds.ts";
import { ADAPTER_KINDS, isAdapterKind } from "./stage/adapter-kinds.ts";
import { AdapterStage } from "./stage/adapter-stage.ts";

const options = readOptions({
  rounds: 3,
  clients: 10,
  bytes: 100,
  seconds: 3,
  rate: 200,
  kept: 20_000,
});

/**
 * For so long after its start a hub waits for links that may come back, and origins keep what they publish. That is over
 * before anything is measured, for which its default of a minute would be long.
 */
const GRACE_MS = 3_000;

const profiles = process.env["MOORING_PROFILES"];

/** A few of the kinds, for whoever works on one of them: MOORING_ADAPTERS=none,mooring. */
const kinds = process.env["MOORING_ADAPTERS"]?.split(",").filter(isAdapterKind) ?? ADAPTER_KINDS;

/** No figure of two runs is the same: what is to be no worse is held to this. */
const NO_WORSE = { atMost: 1.05 } as const;

const RATIOS: readonly Ratio<AdapterFigure, AdapterKind>[] = [
  {
    ...over("mooring", "redis", "p50", "across origins, p50, mooring / redis"),
    limit: { atMost: 1.5 },
  },
  over("mooring-recovery", "redis", "p50", "the same with recovery"),
  over("mooring", "redis", "p99", "across origins, p99, mooring / redis"),
  { ...over("mooring", "none", "localP50", "local, p50, mooring / none"), limit: NO_WORSE },
  over("mooring-recovery", "none", "localP50", "the same with recovery"),
  over("redis", "none", "localP50", "the same, redis / none"),
  over("streams", "none", "localP50", "the same, streams / none"),
  {
    ...over("mooring", "redis", "origins", "origins' CPU per broadcast, mooring / redis"),
    limit: { atMost: 1.1 },
  },
  over("mooring-recovery", "redis", "origins", "the same with recovery"),
  over("mooring", "redis", "publisher", "publisher alone, mooring / redis"),
  over("mooring", "redis", "receiver", "receiver alone, mooring / redis"),
  over("mooring", "redis", "originsAtRate", "origins' CPU at the rate, mooring / redis"),
  over("mooring-recovery", "redis", "originsAtRate", "the same with recovery"),
  {
    ...over("mooring-recovery", "streams", "directAll", "CPU per direct emit, recovery / streams"),
    limit: { atMost: 0.25 },
  },
  over("mooring-recovery", "streams", "direct", "the same, emitting origin alone"),
  over("mooring-recovery", "none", "direct", "the same, recovery / none"),
  over("mooring", "redis", "perSecond", "deliveries/s, mooring / redis"),
  over("mooring-recovery", "streams", "perSecond", "deliveries/s, recovery / streams"),
];

const measured = new Map<AdapterKind, Figures<AdapterFigure>[]>();
for (let round = 0; round < options.rounds; round += 1) {
  for (const kind of kinds) {
    process.stderr.write(`adapters: ${kind}\n`);
    measured.set(kind, [...(measured.get(kind) ?? []), await measure(kind)]);
  }
}
printResults({ name: "adapters", columns: ADAPTER_COLUMNS, ratios: RATIOS }, measured);

/** Every round has processes of its own, since what an origin keeps of the past would be in the next one's memory. */
async function measure(kind: AdapterKind): Promise<Figures<AdapterFigure>> {
  const { bytes, url } = options;
  const stage = await AdapterStage.set(kind, { bytes, url, profiles, graceMs: GRACE_MS });
  const stop = (): void => void stage.strike().finally(() => process.exit(1));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await measureAdapter(stage, options);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await stage.strike();
  }
}

function over(subject: AdapterKind, control: AdapterKind, figure: AdapterFigure, title: string) {
  return { title, subject, figure, control, limit: undefined };
}
