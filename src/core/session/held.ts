import { appended, EMPTY_ROW, firstOf, isEmptyRow, itemsOf, restOf } from "./row.ts";
import type { Row } from "./row.ts";
import type { Unit } from "./unit.ts";
import { unitBytes } from "./unit.ts";

/**
 * What the client has sent and no origin may have yet. By namespace, since each waits for an answer of its own: a client
 * that has much waiting in one must not have all of it looked through for every answer in another.
 */
export interface Held {
  readonly byName: Readonly<Record<string, Row<HeldUnit>>>;
  readonly bytes: number;
  /** How many there have been. */
  readonly count: number;
}

export interface HeldUnit {
  readonly nsp: string;
  readonly unit: Unit;
  /** Its place among those of all namespaces. */
  readonly n: number;
  /** An event that a lost origin has had, and not answered. */
  readonly isAgain: boolean;
}

export const NOTHING_HELD: Held = { byName: {}, bytes: 0, count: 0 };

export function isNothingHeld(held: Held): boolean {
  return held.bytes === 0;
}

/** With one more behind. */
export function heldWith(held: Held, nsp: string, unit: Unit, isAgain = false): Held {
  const row = appended(held.byName[nsp] ?? EMPTY_ROW, { nsp, unit, n: held.count, isAgain });
  return {
    byName: { ...held.byName, [nsp]: row },
    bytes: held.bytes + unitBytes(unit),
    count: held.count + 1,
  };
}

/** Of these namespaces' the one that came first. */
export function firstHeld({ byName }: Held, names: readonly string[]): HeldUnit | undefined {
  let first: HeldUnit | undefined;
  for (const name of names) {
    const row = byName[name];
    const one = row && firstOf(row);
    if (one && (first === undefined || one.n < first.n)) first = one;
  }
  return first;
}

/** Without the first of a namespace. */
export function heldAfter(held: Held, { nsp, unit }: HeldUnit): Held {
  const rest = restOf(held.byName[nsp] ?? EMPTY_ROW);
  const { [nsp]: _sent, ...others } = held.byName;
  const byName = isEmptyRow(rest) ? others : { ...held.byName, [nsp]: rest };
  return { ...held, byName, bytes: held.bytes - unitBytes(unit) };
}

/** Of a namespace only those. */
export function heldOnly(held: Held, nsp: string, isKept: (unit: Unit) => boolean): Held {
  const row = held.byName[nsp];
  if (row === undefined) return held;
  let { bytes } = held;
  let kept: Row<HeldUnit> = EMPTY_ROW;
  for (const one of itemsOf(row)) {
    if (isKept(one.unit)) kept = appended(kept, one);
    else bytes -= unitBytes(one.unit);
  }
  const { [nsp]: _row, ...others } = held.byName;
  return { ...held, byName: isEmptyRow(kept) ? others : { ...others, [nsp]: kept }, bytes };
}

/** All, in the order in which they came. */
export function heldUnits({ byName }: Held): readonly HeldUnit[] {
  return Object.values(byName)
    .flatMap((row) => itemsOf(row))
    .toSorted((a, b) => a.n - b.n);
}
