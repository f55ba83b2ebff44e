import type { OptionName, OptionList, ParsedLine } from "./option-list.ts";
import { quoted, UsageError } from "./usage-error.ts";

/** A command of the management API, and where that is. */
export interface PoolCommand {
  readonly name: PoolCommandName;
  readonly action: Action;
  /** Where Mooring is: scheme, host and port. */
  readonly url: string;
  readonly token: string;
  /** Needed where there are several. */
  readonly pool: string | undefined;
  readonly isJson: boolean;
}

export type Action =
  | { readonly type: "look" }
  | { readonly type: "ready" | "drain" | "maint" | "remove"; readonly origin: string }
  | { readonly type: "weight"; readonly origin: string; readonly weight: number }
  | { readonly type: "add"; readonly origin: Addition };

/** An origin to add, by the names that the API has for what it takes. */
export interface Addition {
  readonly url: string;
  readonly name?: string;
  readonly weight?: number;
  readonly backup?: true;
  readonly max_connections?: number;
}

export type PoolCommandName = keyof typeof OPERANDS;

/** What follows each command. */
const OPERANDS = {
  pools: [],
  ready: ["an origin's name"],
  drain: ["an origin's name"],
  maint: ["an origin's name"],
  weight: ["an origin's name", "a weight"],
  add: ["a URL"],
  remove: ["an origin's name"],
} as const;

const COMMON: readonly OptionName[] = ["pool", "url", "token", "json"];
const OF_ADD: readonly OptionName[] = ["name", "weight", "backup", "max-connections"];

export function isPoolCommandName(text: string | undefined): text is PoolCommandName {
  return text !== undefined && Object.hasOwn(OPERANDS, text);
}

/** `args` are the same as the line's, before they were taken apart. */
export function readPoolCommand(
  name: PoolCommandName,
  { rest, options }: ParsedLine,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): PoolCommand {
  // Taken apart, it is an option of that name, and would be refused as one.
  const negative = args.find((arg) => /^-\d/.test(arg));
  if (name === "weight" && negative !== undefined) readWhole("weight", negative);
  options.check(name, name === "add" ? [...OF_ADD, ...COMMON] : COMMON);
  const [subject, weight] = operandsOf(name, rest);
  return {
    name,
    action: actionOf(name, subject, weight, options),
    url: readUrl(options, environment["MOORING_URL"]),
    token: readToken(options, environment["MOORING_TOKEN"]),
    pool: options.last("pool"),
    isJson: options.has("json"),
  };
}

function operandsOf(name: PoolCommandName, rest: readonly string[]): [string, string] {
  const wanted = OPERANDS[name];
  for (const [index, what] of wanted.entries()) {
    const given = rest[index];
    if (given === undefined || given === "") {
      throw new UsageError(`mooring ${name}: expected ${what}, got ${quoted(given)}.`);
    }
  }
  const extra = rest[wanted.length];
  if (extra !== undefined) {
    throw new UsageError(`mooring ${name}: expected nothing more, got ${quoted(extra)}.`);
  }
  return [rest[0] ?? "", rest[1] ?? ""];
}

function actionOf(
  name: PoolCommandName,
  subject: string,
  weight: string,
  options: OptionList,
): Action {
  switch (name) {
    case "pools":
      return { type: "look" };
    case "ready":
    case "drain":
    case "maint":
    case "remove":
      return { type: name, origin: subject };
    case "weight":
      return { type: "weight", origin: subject, weight: readWhole("weight", weight) };
    case "add":
      return { type: "add", origin: readAddition(subject, options) };
  }
}

// Numbers only: what else may be wrong with them and with a URL, the edge judges for all who ask.
function readAddition(url: string, options: OptionList): Addition {
  const name = options.last("name");
  const weight = options.last("weight");
  const maximum = options.last("max-connections");
  return {
    url,
    ...(name === undefined ? {} : { name }),
    ...(weight === undefined ? {} : { weight: readWhole("--weight", weight) }),
    ...(options.has("backup") ? { backup: true } : {}),
    ...(maximum === undefined ? {} : { max_connections: readWhole("--max-connections", maximum) }),
  };
}

function readWhole(what: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`${what}: expected a whole number, got ${quoted(text)}.`);
}

function readUrl(options: OptionList, inherited: string | undefined): string {
  const given = options.last("url");
  const text = given ?? (inherited === "" ? undefined : inherited) ?? "http://127.0.0.1:8787";
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) {
    const { href, origin } = new URL(text);
    if (href === `${origin}/`) return origin;
  }
  const source = given === undefined ? "MOORING_URL" : "--url";
  // Up to the last @, before which there may be a password.
  const got = quoted(text.replace(/^.*@/s, "***@"));
  throw new UsageError(`${source}: expected http(s)://HOST[:PORT], got ${got}.`);
}

function readToken(options: OptionList, inherited: string | undefined): string {
  const given = options.last("token");
  const token = given ?? inherited ?? "";
  if (/^[!-~]+$/.test(token)) return token;
  if (token === "" && given === undefined) {
    throw new UsageError("MOORING_TOKEN: expected the token that the edge has, got nothing.");
  }
  const source = given === undefined ? "MOORING_TOKEN" : "--token";
  throw new UsageError(`${source}: expected ASCII characters, none of them a space, got others.`);
}
