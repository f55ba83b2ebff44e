import { isIP } from "node:net";
import { parseArgs } from "node:util";

export type Command =
  | { readonly name: "help"; readonly topic: "mooring" | "dev" }
  | { readonly name: "version" }
  | { readonly name: "dev"; readonly options: DevOptions };

/** What `mooring dev` was asked for. */
export interface DevOptions {
  /** Each `URL` or `NAME=URL`. Empty: wrangler.toml says. */
  readonly origins: readonly string[];
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly vars: Readonly<Record<string, string>>;
  /** Where the objects' storage is kept; without it, storage goes with the process. */
  readonly state: string | undefined;
}

/** Says what is wrong with what was asked for: the argument, what was expected, what was got. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads the arguments after the program's own name. Throws a `UsageError` at the first that is no good. */
export function readCommand(args: readonly string[]): Command {
  // `strict` has its own words for faults, which name no expectation. The tokens carry enough to use ours.
  const { tokens } = parseArgs({ ...SYNTAX, args: [...args] });
  const options = tokens.filter((token) => token.kind === "option");
  const [command, extra] = tokens.flatMap((token) => {
    return token.kind === "positional" ? [token.value] : [];
  });
  if (options.some(({ name }) => name === "help")) {
    return { name: "help", topic: command === "dev" ? "dev" : "mooring" };
  }
  if (options.some(({ name }) => name === "version")) return { name: "version" };
  if (command !== "dev") {
    throw new UsageError(`mooring: expected the command dev, got ${quoted(command)}. See --help.`);
  }
  for (const option of options) checkOption(option);
  if (extra !== undefined) {
    throw new UsageError(`mooring dev: expected options only, got ${quoted(extra)}.`);
  }
  return { name: "dev", options: readDevOptions(options) };
}

const SYNTAX = {
  strict: false,
  tokens: true,
  allowPositionals: true,
  options: {
    origin: { type: "string", multiple: true },
    port: { type: "string" },
    host: { type: "string" },
    var: { type: "string", multiple: true },
    state: { type: "string" },
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "v" },
  },
} as const;

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function checkOption({ name, rawName, value, inlineValue }: OptionToken): void {
  if (!Object.hasOwn(SYNTAX.options, name)) {
    const known = "--origin, --port, --host, --var or --state";
    throw new UsageError(`mooring dev: expected ${known}, got ${quoted(rawName)}.`);
  }
  // What looks like the next option is one that somebody forgot the value before.
  if (value === undefined || (inlineValue !== true && value.startsWith("-"))) {
    throw new UsageError(`${rawName}: expected a value, got ${quoted(value)}.`);
  }
}

function readDevOptions(options: readonly OptionToken[]): DevOptions {
  const all = (name: string): string[] => {
    return options.flatMap((option) => (option.name === name ? [option.value ?? ""] : []));
  };
  const origins = all("origin").map(readOrigin);
  const vars = Object.fromEntries(all("var").map(readVar));
  if (origins.length > 0 && vars.ORIGINS !== undefined) {
    throw new UsageError(
      `--var: expected no ORIGINS beside --origin, which sets it, got ${quoted(vars.ORIGINS)}.`,
    );
  }
  return {
    origins,
    host: readHost(all("host").at(-1) ?? "127.0.0.1"),
    port: readPort(all("port").at(-1) ?? "8787"),
    vars,
    state: all("state").map(readState).at(-1),
  };
}

// Only what a slip of the hand gets wrong. The Worker judges the whole, as it does wherever it runs.
function readOrigin(text: string): string {
  const url = text.replace(/^[\w.-]+=/, "");
  if (URL.canParse(url) && /^https?:\/\//.test(url)) return text;
  throw new UsageError(
    `--origin: expected http://HOST:PORT or NAME=http://HOST:PORT, got ${quoted(text)}.`,
  );
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`--port: expected a number from 0 to 65535, got ${quoted(text)}.`);
}

function readHost(text: string): string {
  if (isIP(text) !== 0 || /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(text)) return text;
  throw new UsageError(`--host: expected an IP address or a host name, got ${quoted(text)}.`);
}

function readVar(text: string): [key: string, value: string] {
  const [, key, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return [key, value];
  throw new UsageError(`--var: expected KEY=VALUE, got ${quoted(text)}.`);
}

function readState(text: string): string {
  if (text !== "") return text;
  throw new UsageError(`--state: expected a folder, got ${quoted(text)}.`);
}

function quoted(text: string | undefined): string {
  return text === undefined ? "nothing" : JSON.stringify(text);
}
