import type * as v from "valibot";
import { isTable } from "./table.ts";

const MAX_SHOWN = 200;

/** Settings of which nothing is shown. */
const SECRETS = new Set(["MOORING_TOKEN"]);

type Keys = readonly (string | number)[];

/**
 * What is wrong, as one sentence: where, what was expected, what was got. It is answered to whoever asks while the settings
 * are wrong, so nothing secret may be in it.
 */
export function sentence(
  issue: v.BaseIssue<unknown>,
  root: unknown,
  nameOf: (key: string) => string,
): string {
  const { keys, value } = place(keysOf(issue), root);
  const name = withoutCredentials(pathText(keys, nameOf));
  if (issue.message.startsWith("unknown key"))
    return `${name}: ${withoutCredentials(issue.message)}`;
  const got = SECRETS.has(name) ? "***" : shown(value);
  const isOurs = issue.message.startsWith("expected");
  const expected = isOurs ? issue.message : "expected a value";
  return `${name}: ${expected}, got ${got}.`;
}

/** As JSON, with neither what may be a password nor more than a line of it. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value, (_, part: unknown) => {
    return typeof part === "string" ? withoutCredentials(part) : part;
  });
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

// Up to the last @, whatever stands before it: a URL that is wrong needn't have its password where URLs have it.
function withoutCredentials(text: string): string {
  return text.replace(/^((?:[\w.-]+=)?[a-z][a-z\d+.-]*:\/\/)?.*@/is, "$1***@");
}

function keysOf(issue: v.BaseIssue<unknown>): Keys {
  return (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
}

// What is inside a list with commas has no place of its own in the settings: there the whole list is shown.
function place(path: Keys, root: unknown): { keys: Keys; value: unknown } {
  const keys: (string | number)[] = [];
  let value = root;
  for (const key of path) {
    if (typeof value === "string") break;
    keys.push(key);
    value = childOf(value, key);
  }
  return { keys, value };
}

function childOf(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return typeof key === "number" ? value[key] : undefined;
  return isTable(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function pathText(keys: Keys, nameOf: (key: string) => string): string {
  const [first = "settings", ...rest] = keys;
  const inner = rest.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
  return nameOf(String(first)) + inner;
}
