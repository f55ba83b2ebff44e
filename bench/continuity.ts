/**
 * What clients see of origins that are killed, hang, and are restarted in a deploy: behind Mooring with mooring/origin,
 * and behind nginx and HAProxy with `@socket.io/redis-streams-adapter`; connection state recovery is on in all.
 *
 * `node bench/continuity.ts [--rounds 1] [--clients 300] [--stream 5] [--uplink 2] [--echo 4] [--before 3] [--hang 22]
 * [--after 10] [--pause 4]`
 *
 * `--stream`, `--uplink`, `--echo`: a second, of the stream, and of each client. The others are seconds: see
 * `stage/continuity-faults.ts`. `MOORING_FRONTS=nginx,haproxy` and `MOORING_WORKLOADS=kill` run a part of it.
 */
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { readOptions } from "./report/options.ts";
import type { Figures } from "./report/results.ts";
import { frontsOf, runContinuity } from "./report/run-continuity.ts";
import { strikeOrigins } from "./stage/continuity-faults.ts";
import type { Workload } from "./stage/continuity-kinds.ts";
import { FRONT_NAMES, isWorkload, WORKLOADS } from "./stage/continuity-kinds.ts";
import type { ContinuityStage } from "./stage/continuity-stage.ts";
import type { ContinuityFigure } from "./stage/continuity-tally.ts";
import { CONTINUITY_COLUMNS, figuresOf } from "./stage/continuity-tally.ts";

const options = readOptions({
  rounds: 1,
  clients: 300,
  stream: 5,
  uplink: 2,
  echo: 4,
  before: 3,
  hang: 22,
  after: 10,
  pause: 4,
});

const workloads = process.env["MOORING_WORKLOADS"]?.split(",").filter(isWorkload) ?? WORKLOADS;
const fronts = frontsOf(FRONT_NAMES);

for (const workload of workloads) {
  const described = { name: `continuity, ${workload}`, columns: CONTINUITY_COLUMNS, ratios: [] };
  await runContinuity(described, fronts, options.rounds, (stage) => measure(stage, workload));
}

async function measure(
  stage: ContinuityStage,
  workload: Workload,
): Promise<Figures<ContinuityFigure>> {
  await stage.open(options.clients);
  stage.begin(options);
  await delay(1000);
  const startedMs = performance.now();
  await delay(options.before * 1000);
  const times = await strikeOrigins(stage, workload, options);
  const endedMs = performance.now();
  const [load = 0] = loadavg();
  const run = { ...times, clients: stage.clients, isOneFault: workload !== "roll", load };
  return figuresOf({ ...run, startedMs, endedMs, ...(await stage.end()) });
}
