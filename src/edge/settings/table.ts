import * as v from "valibot";

/** Says of a place under a value, by its keys, what was expected there. */
export type Complain = (message: string, ...keys: readonly (string | number)[]) => void;

/**
 * A table with these keys and no others. A key that is only almost right would otherwise be a setting that silently isn't
 * set, so it is refused with the name that was meant.
 */
export function table<Entries extends v.ObjectEntries>(entries: Entries) {
  const known = Object.keys(entries);
  const object = v.object(entries);
  return v.pipe(
    v.custom<Record<string, unknown>>(isTable, "expected a table"),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const unknown = Object.keys(dataset.value).filter((key) => !known.includes(key));
      for (const key of unknown) addIssue({ message: unknownKey(key, known) });
      const result = v.safeParse(object, dataset.value, { abortPipeEarly: true });
      if (result.success) return result.output;
      for (const { message, path } of result.issues)
        addIssue(path ? { message, path } : { message });
      return NEVER;
    }),
  );
}

/** A check that may find fault with several places at once. */
export function inspect<Value>(look: (value: Value, complain: Complain) => void) {
  return v.rawCheck<Value>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    look(dataset.value, (message, ...keys) => {
      const [first, ...rest] = keys.map(pathItem);
      addIssue(first ? { message, path: [first, ...rest] } : { message });
    });
  });
}

export function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function pathItem(key: string | number): v.UnknownPathItem {
  return { type: "unknown", origin: "value", input: undefined, key, value: undefined };
}

function unknownKey(key: string, known: readonly string[]): string {
  const shown = key.length > 40 ? `${key.slice(0, 40)}...` : key;
  const meant = nearest(key.slice(0, 40), known);
  if (meant !== undefined) return `unknown key \`${shown}\`, did you mean \`${meant}\`?`;
  return `unknown key \`${shown}\`, expected one of ${known.map((name) => `\`${name}\``).join(", ")}.`;
}

/** The name within a third of its letters of `key`; `maxConnections` and `max-connections` are `max_connections`. */
function nearest(key: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, edits: edits(bare(key), bare(name)) }))
    .filter(({ name, edits: count }) => count <= Math.max(1, Math.floor(name.length / 3)))
    .toSorted((a, b) => a.edits - b.edits);
  return ranked[0]?.name;
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

/** Letters to add, leave out or replace to make one of the other (Levenshtein). */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of from.split("").entries()) {
    const next = [index + 1];
    for (const [place, other] of to.split("").entries()) {
      const replaced = (row[place] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[place + 1] ?? 0) + 1, (next[place] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
