import { parseArgs } from "node:util";

export type Options<Name extends string> = Readonly<Record<Name, number>> & {
  readonly url: string | undefined;
};

/** Reads `--url URL` and the numbers that a benchmark takes; a wrong one ends the process with a sentence. */
export function readOptions<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
): Options<Name> {
  const names = Object.keys(defaults);
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  try {
    const { values } = parseArgs({ options: { ...options, url: { type: "string" as const } } });
    const given: Readonly<Record<string, string | undefined>> = values;
    const numbers: Record<Name, number> = { ...defaults };
    for (const name in defaults) numbers[name] = readNumber(name, given[name], defaults[name]);
    return { ...numbers, url: readUrl(given["url"]) };
  } catch (error) {
    const usage = ["url", ...names].map((name) => `[--${name} ...]`).join(" ");
    console.error(`${error instanceof Error ? error.message : String(error)}\nOptions: ${usage}`);
    return process.exit(2);
  }
}

function readNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw new Error(`--${name}: expected a whole number above 0, got ${JSON.stringify(text)}`);
}

function readUrl(text: string | undefined): string | undefined {
  if (text === undefined || /^https?:\/\//.test(text)) return text;
  throw new Error(`--url: expected http(s)://HOST[:PORT], got ${JSON.stringify(text)}`);
}
