import { parseArgs } from "node:util";
import { quoted, UsageError } from "./usage-error.ts";

/** What a command line has beside the program's name. */
export interface ParsedLine {
  readonly command: string | undefined;
  /** What follows the command and is no option. */
  readonly rest: readonly string[];
  readonly options: OptionList;
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/** Takes arguments apart; what is no option of any command is still among the options, to be refused. */
export function parseLine(args: readonly string[]): ParsedLine {
  // `strict` has its own words for faults, which name no expectation. The tokens carry enough to use ours.
  const { tokens } = parseArgs({ ...SYNTAX, args: [...args] });
  const options = tokens.filter((token) => token.kind === "option");
  const [command, ...rest] = tokens.flatMap((token) => {
    return token.kind === "positional" ? [token.value] : [];
  });
  return { command, rest, options: new OptionList(options) };
}

const TEXT = { type: "string" } as const;
const FLAG = { type: "boolean" } as const;

const SYNTAX = {
  strict: false,
  tokens: true,
  allowPositionals: true,
  options: {
    origin: TEXT,
    port: TEXT,
    host: TEXT,
    var: TEXT,
    state: TEXT,
    url: TEXT,
    token: TEXT,
    pool: TEXT,
    name: TEXT,
    weight: TEXT,
    "max-connections": TEXT,
    backup: FLAG,
    json: FLAG,
    help: { ...FLAG, short: "h" },
    version: { ...FLAG, short: "v" },
  },
} as const;

export type OptionName = keyof typeof SYNTAX.options;

/** The options of a command line, in their order. */
export class OptionList {
  readonly #tokens: readonly OptionToken[];

  constructor(tokens: readonly OptionToken[]) {
    this.#tokens = tokens;
  }

  has(name: OptionName): boolean {
    return this.#tokens.some((token) => token.name === name);
  }

  all(name: OptionName): string[] {
    return this.#tokens.flatMap((token) => (token.name === name ? [token.value ?? ""] : []));
  }

  last(name: OptionName): string | undefined {
    return this.all(name).at(-1);
  }

  /** Throws a `UsageError` at the first that is none of these, or has no value where it needs one. */
  check(command: string, names: readonly OptionName[]): void {
    for (const token of this.#tokens) {
      const name = names.find((known) => known === token.name);
      if (name === undefined) {
        const known = names.map((other) => `--${other}`);
        const last = known.pop() ?? "";
        const expected = [known.join(", "), last].filter((text) => text !== "").join(" or ");
        throw new UsageError(
          `mooring ${command}: expected ${expected}, got ${quoted(token.rawName)}.`,
        );
      }
      checkValue(token, SYNTAX.options[name].type === "boolean");
    }
  }
}

function checkValue({ rawName, value, inlineValue }: OptionToken, isFlag: boolean): void {
  if (isFlag) {
    if (value === undefined) return;
    throw new UsageError(`${rawName}: expected no value, got ${quoted(value)}.`);
  }
  // What looks like the next option is one that somebody forgot the value before.
  if (value === undefined || (inlineValue !== true && value.startsWith("-"))) {
    throw new UsageError(`${rawName}: expected a value, got ${quoted(value)}.`);
  }
}
