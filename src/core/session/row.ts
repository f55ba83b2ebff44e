/**
 * Things in order, as plain data that is never changed. To append one copies a block, not all that is there: copying
 * everything made a session to which 200,000 small messages came spend minutes on it, and all others with it.
 */
export interface Row<Item> {
  readonly full: readonly (readonly Item[])[];
  readonly last: readonly Item[];
}

const BLOCK = 256;

export const EMPTY_ROW: Row<never> = { full: [], last: [] };

export function rowOf<Item>(items: readonly Item[]): Row<Item> {
  return items.length === 0 ? EMPTY_ROW : { full: [items], last: [] };
}

export function appended<Item>({ full, last }: Row<Item>, item: Item): Row<Item> {
  if (last.length < BLOCK) return { full, last: [...last, item] };
  return { full: [...full, last], last: [item] };
}

export function itemsOf<Item>({ full, last }: Row<Item>): readonly Item[] {
  return full.length === 0 ? last : [...full.flat(), ...last];
}

export function isEmptyRow({ full, last }: Row<unknown>): boolean {
  return full.length === 0 && last.length === 0;
}
