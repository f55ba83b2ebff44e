import { median, table } from "./figures.ts";

/** The figures of one round of one target; one that the target doesn't have is `undefined`. */
export type Figures<Name extends string> = Readonly<Record<Name, number | undefined>>;

export type Limit = { readonly atMost: number } | { readonly atLeast: number };

/** One figure of the subject over a control's of the same round, or by itself, and what it is to reach. */
export interface Ratio<Name extends string, Target extends string> {
  readonly title: string;
  readonly subject: Target;
  readonly figure: Name;
  readonly control: Target | undefined;
  readonly limit: Limit | undefined;
}

/** How what was measured is shown. */
export interface Described<Name extends string, Target extends string> {
  readonly name: string;
  /** Heading and digits after the point, by figure. */
  readonly columns: Readonly<Record<Name, readonly [heading: string, digits: number]>>;
  readonly ratios: readonly Ratio<Name, Target>[];
}

export type Rounds<Name extends string, Target extends string> = ReadonlyMap<
  Target,
  readonly Figures<Name>[]
>;

/** Prints medians as a table, ratios as another, and both as lines of JSON with what each round gave. */
export function printResults<Name extends string, Target extends string>(
  described: Described<Name, Target>,
  measured: Rounds<Name, Target>,
): void {
  console.log(figuresTable(described, measured));
  console.log(ratiosTable(described, measured));
  printLines(described, measured);
}

function figuresTable<Name extends string, Target extends string>(
  { name, columns }: Described<Name, Target>,
  measured: Rounds<Name, Target>,
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

function ratiosTable<Name extends string, Target extends string>(
  { ratios }: Described<Name, Target>,
  measured: Rounds<Name, Target>,
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

function printLines<Name extends string, Target extends string>(
  { name, columns, ratios }: Described<Name, Target>,
  measured: Rounds<Name, Target>,
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

function ratiosOf<Name extends string, Target extends string>(
  { subject, figure, control }: Ratio<Name, Target>,
  measured: Rounds<Name, Target>,
): number[] {
  const controls = control === undefined ? [] : (measured.get(control) ?? []);
  return (measured.get(subject) ?? []).flatMap((figures, round) => {
    const ours = figures[figure];
    const theirs = control === undefined ? 1 : controls[round]?.[figure];
    return ours === undefined || theirs === undefined || theirs === 0 ? [] : [ours / theirs];
  });
}
