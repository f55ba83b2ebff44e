/**
 * Looks for what hub-model.test.ts asks for in many more worlds than a test has time for.
 *
 * `node test/core/origin/hub-fuzz.ts [runs] [seed]`; the seed and the path of a counterexample are told.
 */
import * as fc from "fast-check";
import { anySteps, anyWorld, troublesAfter } from "./hub-runs.ts";

const [runs = "20000", seed = String(Date.now() % 1_000_000)] = process.argv.slice(2);

const result = fc.check(
  fc.property(anyWorld, anySteps, (settings, steps) => {
    const troubles = troublesAfter(settings, steps);
    if (troubles.length > 0) throw new Error(troubles.join("\n"));
  }),
  { numRuns: Number(runs), seed: Number(seed) },
);
process.stdout.write(
  result.failed
    ? `${fc.defaultReportMessage(result)}\n`
    : `${runs} runs of seed ${seed}: all well\n`,
);
process.exitCode = result.failed ? 1 : 0;
