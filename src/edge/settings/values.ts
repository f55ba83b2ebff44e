import * as v from "valibot";

// What settings are made of. Vars are text unless wrangler.toml has them as JSON values, so each takes both.

/** `a, b`, or a JSON array of texts. */
export const list = v.pipe(
  v.union([v.array(v.string()), v.string()], "expected a list, separated by commas"),
  v.transform((value) => (typeof value === "string" ? value.split(",") : value)),
  v.transform((items) => items.map((item) => item.trim()).filter((item) => item !== "")),
);

export const flag = v.pipe(
  v.union([v.boolean(), v.picklist(["true", "false"])], 'expected "true" or "false"'),
  v.transform((value) => value === true || value === "true"),
);

export function choice<const Option extends string>(options: readonly Option[]) {
  const quoted = options.map((option) => `"${option}"`);
  const last = quoted.pop() ?? "";
  return v.picklist(options, `expected ${quoted.join(", ")} or ${last}`);
}

export function whole(least: number, most: number) {
  const expected = `expected a whole number from ${least} to ${most}`;
  return v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))], expected),
    v.integer(expected),
    v.minValue(least, expected),
    v.maxValue(most, expected),
  );
}

const UNITS_MS = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** A span of time in ms: a number is seconds, a text is seconds or says its unit. */
export function span(least: string, most: string) {
  const [leastMs, mostMs] = [readSpan(least) ?? 0, readSpan(most) ?? Infinity];
  const expected = `expected seconds, or a span such as "500ms", "2s" or "1m", from ${least} to ${most}`;
  return v.pipe(
    v.union([v.number(), v.string()], expected),
    v.check((value) => isWithin(readSpan(value), leastMs, mostMs), expected),
    v.transform((value) => readSpan(value) ?? leastMs),
  );
}

/** In ms, to the nearest one; `undefined` for what is no span. */
export function readSpan(value: number | string): number | undefined {
  if (typeof value === "number")
    return Number.isFinite(value) ? Math.round(value * 1000) : undefined;
  const [, amount, unit = "s"] = /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|m|h|d)?$/.exec(value) ?? [];
  const unitMs = UNITS_MS.get(unit);
  return amount === undefined || unitMs === undefined
    ? undefined
    : Math.round(Number(amount) * unitMs);
}

function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}
