import * as v from "valibot";
import type { Origin, PoolOrigin } from "../../core/pool/origin.ts";
import { inspect, isTable, table } from "./table.ts";
import { flag, whole } from "./values.ts";

const URL_EXPECTED = "expected http(s)://HOST[:PORT]";
const NAME_EXPECTED = 'expected 1 to 64 letters, digits, "_", "." or "-"';

/** A name of an origin or a pool: it stands in paths of the API, where dots alone would be taken for steps. */
export const name = v.pipe(
  v.string(NAME_EXPECTED),
  v.regex(/^[\w.-]{1,64}$/, NAME_EXPECTED),
  v.check((text) => !isDots(text), "expected more than dots"),
);

/** `URL` or `NAME=URL`. */
const originText = v.pipe(
  v.string(),
  v.check((text) => parseOrigin(text) !== undefined, `${URL_EXPECTED}, or NAME=URL`),
  v.transform((text) => poolOrigins(parseOrigin(text), {})),
);

/** A table of an origin; none or one comes of it, in a list. */
export const originTable = v.pipe(
  table({
    name: v.optional(name),
    url: v.pipe(
      v.string(URL_EXPECTED),
      v.check((text) => parseUrl(text) !== undefined, URL_EXPECTED),
    ),
    weight: v.optional(whole(0, 1000)),
    backup: v.optional(flag),
    max_connections: v.optional(whole(1, 1_000_000)),
  }),
  v.transform(({ name: given, url: text, ...place }) => poolOrigins(originOf(text, given), place)),
);

/** The origins of a pool: texts with commas between them, or a list of texts and tables. */
export const origins = v.pipe(
  v.custom<string | (string | object)[]>(isList, "expected a list, separated by commas"),
  v.transform((value) => (typeof value === "string" ? itemsOf(value) : value)),
  v.array(v.lazy((item) => (typeof item === "string" ? originText : originTable))),
  v.transform((items) => items.flat()),
  v.minLength(1, "expected at least one URL"),
  inspect((items, complain) => {
    for (const [index, item] of items.entries()) {
      const isTaken = items.slice(0, index).some((other) => isSame(item, other));
      if (isTaken) complain("expected every origin once", index);
    }
  }),
  v.check(
    (items) => items.some(({ weight }) => weight > 0),
    "expected an origin with a weight above 0",
  ),
);

interface Place {
  readonly weight?: number | undefined;
  readonly backup?: boolean | undefined;
  readonly max_connections?: number | undefined;
}

// None or one, in a list: what is no origin has been refused before.
function poolOrigins(origin: Origin | undefined, place: Place): PoolOrigin[] {
  if (origin === undefined) return [];
  const { weight = 1, backup: isBackup = false, max_connections: maxConnections } = place;
  return [{ ...origin, weight, isBackup, maxConnections }];
}

function isList(value: unknown): boolean {
  if (typeof value === "string") return true;
  return Array.isArray(value) && value.every((item) => typeof item === "string" || isTable(item));
}

function itemsOf(text: string): string[] {
  return text.split(",").filter((item) => item.trim() !== "");
}

function isSame(one: Origin, other: Origin): boolean {
  return one.name === other.name || one.url === other.url;
}

function parseOrigin(text: string): Origin | undefined {
  const named = /^([\w.-]{1,64})=(.+)$/.exec(text.trim());
  if (isDots(named?.[1])) return undefined;
  return originOf(named?.[2] ?? text, named?.[1]);
}

function originOf(text: string, given: string | undefined): Origin | undefined {
  const url = parseUrl(text);
  return url && { name: given ?? url.host, url: url.origin };
}

function isDots(text: string | undefined): boolean {
  return text === "." || text === "..";
}

function parseUrl(text: string): URL | undefined {
  const url = /^\s*https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) return undefined;
  const isBare = url.pathname === "/" && !url.search && !url.hash && !url.username && !url.password;
  return isBare ? url : undefined;
}
