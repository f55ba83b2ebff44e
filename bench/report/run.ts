import { Stage } from "../stage/stage.ts";
import type { Target, TargetName } from "../stage/target.ts";
import { median, table } from "./figures.ts";

/** The figures of one round of one target; one that the target doesn't have is `undefined`. */
export type Figures<Name extends string> = Readonly<Record<Name, number | undefined>>;

export type Limit = { readonly atMost: number } | { readonly atLeast: number };

/** One figure of the subject over a control's of the same round, or by itself, and what it is to reach. */
export interface Ratio<Name extends string> {
  readonly title: string;
  /** The edge with its defaults, where there is none. */
  readonly subject?: TargetName;
  readonly figure: Name;
  readonly control: TargetName | undefined;
  readonly limit: Limit | undefined;
}

export interface Benchmark<Name extends string> {
  readonly name: string;
  readonly targets: readonly TargetName[];
  /** Heading and digits after the point, by figure. */
  readonly columns: Readonly<Record<Name, readonly [heading: string, digits: number]>>;
  readonly ratios: readonly Ratio<Name>[];
  /** Whether every round of every target has processes of its own. */
  readonly isFresh?: boolean;
  readonly measure: (target: Target) => Promise<Figures<Name>>;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

type Rounds<Name extends string> = ReadonlyMap<TargetName, readonly Figures<Name>[]>;

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
  console.log(figuresTable(benchmark, measured));
  console.log(ratiosTable(benchmark, measured));
  printLines(benchmark, measured);
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

function figuresTable<Name extends string>(
  { name, columns }: Benchmark<Name>,
  measured: Rounds<Name>,
): string {
  const headings: string[] = [];
  const rows = [...measured.keys()].map((target): string[] => [target]);
  for (const key in columns) {
    const [heading, digits] = columns[key];
    headings.push(heading);
    for (const [i, figures] of [...measured.values()].entries()) {
      rows[i]?.push(medianOf(figures, key)?.toFixed(digits) ?? "-");
    }
  }
  return `${name}\n\n${table(["", ...headings], rows)}\n`;
}

function ratiosTable<Name extends string>(
  { ratios }: Benchmark<Name>,
  measured: Rounds<Name>,
): string {
  const rows = ratios.flatMap((ratio) => {
    const values = ratiosOf(ratio, measured);
    const value = median(values);
    if (value === undefined) return [];
    const spread = `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
    return [[ratio.title, value.toFixed(2), spread, ...verdict(value, ratio.limit)]];
  });
  return rows.length === 0 ? "" : `${table(["ratio", "median", "rounds", "target", ""], rows)}\n`;
}

function verdict(value: number, limit: Limit | undefined): [wanted: string, verdict: string] {
  if (limit === undefined) return ["", ""];
  const isReached = "atMost" in limit ? value <= limit.atMost : value >= limit.atLeast;
  const wanted = "atMost" in limit ? `<= ${limit.atMost}` : `>= ${limit.atLeast}`;
  return [wanted, isReached ? "reached" : "missed"];
}

function printLines<Name extends string>(
  { name, columns, ratios }: Benchmark<Name>,
  measured: Rounds<Name>,
): void {
  for (const [target, rounds] of measured) {
    const medians: Record<string, number | undefined> = {};
    for (const key in columns) medians[key] = medianOf(rounds, key);
    console.log(JSON.stringify({ benchmark: name, target, medians, rounds }));
  }
  for (const ratio of ratios) {
    const rounds = ratiosOf(ratio, measured);
    if (rounds.length === 0) continue;
    const { title, limit } = ratio;
    console.log(
      JSON.stringify({ benchmark: name, ratio: title, median: median(rounds), limit, rounds }),
    );
  }
}

function medianOf<Name extends string>(
  rounds: readonly Figures<Name>[],
  key: Name,
): number | undefined {
  return median(rounds.flatMap((figures) => figures[key] ?? []));
}

function ratiosOf<Name extends string>(
  { subject = "edge", figure, control }: Ratio<Name>,
  measured: Rounds<Name>,
): number[] {
  const controls = control === undefined ? [] : (measured.get(control) ?? []);
  return (measured.get(subject) ?? []).flatMap((figures, round) => {
    const ours = figures[figure];
    const theirs = control === undefined ? 1 : controls[round]?.[figure];
    return ours === undefined || theirs === undefined || theirs === 0 ? [] : [ours / theirs];
  });
}
