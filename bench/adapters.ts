/**
 * Adapters side by side: three Socket.IO servers with no adapter, those of Redis, and mooring/origin. What they cost.
 *
 * `node bench/adapters.ts [--url URL] [--rounds 3] [--clients 10] [--bytes 100] [--seconds 3] [--kept 20000]`
 *
 * `--url URL`: an edge that runs already, whose MOORING_TOKEN is in the environment. `MOORING_PROFILES=FOLDER`: the
 * origins write profiles of their CPU there.
 */
import { ADAPTER_COLUMNS, measureAdapter } from "./adapters-measure.ts";
import type { AdapterFigure } from "./adapters-measure.ts";
import { readOptions } from "./report/options.ts";
import { over, runAdapters } from "./report/run-adapters.ts";
import type { Ratio } from "./report/results.ts";
import type { AdapterKind } from "./stage/adapter-kinds.ts";

const options = readOptions({
  rounds: 3,
  clients: 10,
  bytes: 100,
  seconds: 3,
  kept: 20_000,
});

const profiles = process.env["MOORING_PROFILES"];

const RATIOS: readonly Ratio<AdapterFigure, AdapterKind>[] = [
  {
    ...over("mooring", "redis", "origins", "origins' CPU per broadcast, mooring / redis"),
    limit: { atMost: 1.1 },
  },
  over("mooring-recovery", "redis", "origins", "the same with recovery"),
  over("mooring", "redis", "publisher", "publisher alone, mooring / redis"),
  over("mooring", "redis", "receiver", "receiver alone, mooring / redis"),
  {
    ...over("mooring-recovery", "streams", "directAll", "CPU per direct emit, recovery / streams"),
    limit: { atMost: 0.25 },
  },
  over("mooring-recovery", "streams", "direct", "the same, emitting origin alone"),
  over("mooring-recovery", "none", "direct", "the same, recovery / none"),
  over("mooring", "redis", "perSecond", "deliveries/s, mooring / redis"),
  over("mooring-recovery", "streams", "perSecond", "deliveries/s, recovery / streams"),
];

await runAdapters(
  { name: "adapters", columns: ADAPTER_COLUMNS, ratios: RATIOS },
  { ...options, profiles },
  (stage) => measureAdapter(stage, options),
);
