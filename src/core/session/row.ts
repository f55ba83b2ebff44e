/**
 * Things in order, as plain data that is never changed. To append one copies a block, not all that is there: copying
 * everything made a session to which 200,000 small messages came spend minutes on it, and all others with it.
 */
export interface Row<Item> {
  readonly full: readonly (readonly Item[])[];
  readonly last: readonly Item[];
  /** So many of the first block are gone. */
  readonly start: number;
}

const BLOCK = 256;

export const EMPTY_ROW: Row<never> = { full: [], last: [], start: 0 };

export function appended<Item>({ full, last, start }: Row<Item>, item: Item): Row<Item> {
  if (last.length < BLOCK) return { full, last: [...last, item], start };
  return { full: [...full, last], last: [item], start };
}

export function firstOf<Item>({ full, last, start }: Row<Item>): Item | undefined {
  return (full[0] ?? last)[start];
}

/** Without the first. */
export function restOf<Item>(row: Row<Item>): Row<Item> {
  const { full, last } = row;
  const start = row.start + 1;
  if (start < (full[0] ?? last).length) return { full, last, start };
  if (full.length === 0 || (full.length === 1 && last.length === 0)) return EMPTY_ROW;
  return { full: full.slice(1), last, start: 0 };
}

export function itemsOf<Item>({ full, last, start }: Row<Item>): readonly Item[] {
  const items = full.length === 0 ? last : [...full.flat(), ...last];
  return start === 0 ? items : items.slice(start);
}

export function isEmptyRow({ full, last }: Row<unknown>): boolean {
  return full.length === 0 && last.length === 0;
}
