import type { FrontName } from "../stage/continuity-kinds.ts";
import { proxyOf } from "../stage/continuity-kinds.ts";
import { ContinuityStage } from "../stage/continuity-stage.ts";
import { isHaproxyThere } from "../stage/haproxy.ts";
import { isNginxThere } from "../stage/nginx.ts";
import type { Described, Figures } from "./results.ts";
import { printResults } from "./results.ts";

const IS_THERE = { nginx: isNginxThere, haproxy: isHaproxyThere };

/** A few of the fronts, for whoever works on one of them: MOORING_FRONTS=nginx,haproxy. */
const WANTED = process.env["MOORING_FRONTS"]?.split(",");

/** Those of `names` that are wanted and that the machine has. */
export function frontsOf(names: readonly FrontName[]): readonly FrontName[] {
  return names.filter((name) => WANTED?.includes(name) ?? true).filter(isThere);
}

function isThere(name: FrontName): boolean {
  const proxy = proxyOf(name);
  if (proxy === undefined || IS_THERE[proxy]()) return true;
  console.log(`${proxy} is not installed (Debian's package: ${proxy}), so it is left out.\n`);
  return false;
}

/** Runs a benchmark of fronts, these in turn. Every round has processes of its own. */
export async function runContinuity<Name extends string>(
  described: Described<Name, FrontName>,
  fronts: readonly FrontName[],
  rounds: number,
  measure: (stage: ContinuityStage) => Promise<Figures<Name>>,
): Promise<void> {
  const measured = new Map<FrontName, Figures<Name>[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const front of fronts) {
      process.stderr.write(`${described.name}: ${front}\n`);
      measured.set(front, [...(measured.get(front) ?? []), await staged(front, measure)]);
    }
  }
  printResults(described, measured);
}

async function staged<T>(
  front: FrontName,
  measure: (stage: ContinuityStage) => Promise<T>,
): Promise<T> {
  const stage = await ContinuityStage.set(front);
  const stop = (): void => void stage.strike().finally(() => process.exit(1));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await measure(stage);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await stage.strike();
  }
}
