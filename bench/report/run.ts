import { Stage } from "../stage/stage.ts";
import type { Target, TargetName } from "../stage/target.ts";
import { printResults } from "./results.ts";
import type { Described, Figures, Ratio } from "./results.ts";

export type { Figures, Limit } from "./results.ts";

export interface Benchmark<Name extends string> extends Omit<
  Described<Name, TargetName>,
  "ratios"
> {
  readonly targets: readonly TargetName[];
  /** Of the edge with its defaults, where none says of what. */
  readonly ratios: readonly OfEdge<Ratio<Name, TargetName>>[];
  /** Whether every round of every target has processes of its own. */
  readonly isFresh?: boolean;
  readonly measure: (target: Target) => Promise<Figures<Name>>;
}

type OfEdge<T extends { readonly subject: TargetName }> = Omit<T, "subject"> &
  Partial<Pick<T, "subject">>;

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs a benchmark: one round of every target after the other, then the next, so that what else the machine does
 * falls on all of them. Prints medians as a table, and as lines of JSON with what each round gave.
 */
export async function run<Name extends string>(
  benchmark: Benchmark<Name>,
  { url, rounds }: { url: string | undefined; rounds: number },
): Promise<void> {
  const measured = new Map<TargetName, Figures<Name>[]>();
  const measure = async (target: Target): Promise<void> => {
    process.stderr.write(`${benchmark.name}: ${target.name}\n`);
    const figures = await benchmark.measure(target);
    measured.set(target.name, [...(measured.get(target.name) ?? []), figures]);
  };
  const { targets, isFresh = false } = benchmark;
  if (url !== undefined) await repeat(Stage.of(url), rounds, measure);
  else if (!isFresh) await repeat(await Stage.set(targets), rounds, measure);
  else {
    for (let round = 0; round < rounds; round += 1) {
      for (const target of targets) await repeat(await Stage.set([target]), 1, measure);
    }
  }
  const ratios = benchmark.ratios.map((ratio) => ({ subject: "edge" as const, ...ratio }));
  printResults({ ...benchmark, ratios }, measured);
}

async function repeat(
  stage: Stage,
  rounds: number,
  measure: (target: Target) => Promise<void>,
): Promise<void> {
  const stop = (): void => void stage.strike().finally(() => process.exit(1));
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const target of stage.targets) await measure(target);
    }
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    await stage.strike();
  }
}
