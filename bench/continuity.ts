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
import { printResults } from "./report/results.ts";
import { strikeOrigins } from "./stage/continuity-faults.ts";
import type { FrontName, Workload } from "./stage/continuity-kinds.ts";
import { FRONT_NAMES, isFrontName, isWorkload, WORKLOADS } from "./stage/continuity-kinds.ts";
import { ContinuityStage } from "./stage/continuity-stage.ts";
import type { ContinuityFigure } from "./stage/continuity-tally.ts";
import { CONTINUITY_COLUMNS, figuresOf } from "./stage/continuity-tally.ts";
import { isHaproxyThere } from "./stage/haproxy.ts";
import { isNginxThere } from "./stage/nginx.ts";

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

const wanted = process.env["MOORING_FRONTS"]?.split(",").filter(isFrontName) ?? FRONT_NAMES;
const workloads = process.env["MOORING_WORKLOADS"]?.split(",").filter(isWorkload) ?? WORKLOADS;
const fronts = wanted.filter(isThere);

for (const workload of workloads) {
  const measured = new Map<FrontName, Figures<ContinuityFigure>[]>();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const front of fronts) {
      process.stderr.write(`continuity, ${workload}: ${front}\n`);
      measured.set(front, [...(measured.get(front) ?? []), await measure(front, workload)]);
    }
  }
  const name = `continuity, ${workload}`;
  printResults({ name, columns: CONTINUITY_COLUMNS, ratios: [] }, measured);
}

function isThere(front: FrontName): boolean {
  if (front === "nginx" && !isNginxThere()) return leftOut(front);
  if (front === "haproxy" && !isHaproxyThere()) return leftOut(front);
  return true;
}

function leftOut(name: string): boolean {
  console.log(`${name} is not installed (Debian's package: ${name}), so it is left out.\n`);
  return false;
}

/** Every workload of every front has processes of its own. */
async function measure(front: FrontName, workload: Workload): Promise<Figures<ContinuityFigure>> {
  const stage = await ContinuityStage.set(front);
  const stop = (): void => void stage.strike().finally(() => process.exit(1));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await struck(stage, workload);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await stage.strike();
  }
}

async function struck(
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
