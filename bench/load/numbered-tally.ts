import type { Delivery } from "./numbered-client.ts";

/** What became of numbered events on their way. */
export interface Tally {
  readonly wanted: number;
  readonly arrived: number;
  readonly doubled: number;
  /** Those that came after a later one of their publisher. */
  readonly disordered: number;
}

/** Counts the events of each publisher at each origin, at which there is one client. */
export function tallyOf(deliveries: readonly Delivery[], wanted: number): Tally {
  const seen = new Map<string, { numbers: Set<number>; last: number }>();
  const counts = { arrived: 0, doubled: 0, disordered: 0 };
  for (const { from, at, n } of deliveries) {
    const path = `${from} ${at}`;
    const { numbers, last } = seen.get(path) ?? { numbers: new Set(), last: 0 };
    if (numbers.has(n)) counts.doubled += 1;
    else counts.arrived += 1;
    if (n < last) counts.disordered += 1;
    seen.set(path, { numbers: numbers.add(n), last: Math.max(last, n) });
  }
  return { ...counts, wanted };
}
