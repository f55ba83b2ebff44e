import * as v from "valibot";
import type { Match } from "../../core/pool/pool.ts";

const EXPECTED =
  'expected HOST, HOST/PATH or /PATH, where HOST may begin with "*." and has no port';

const oneMatch = v.pipe(
  v.string(EXPECTED),
  v.check((text) => parseMatch(text) !== undefined, EXPECTED),
  v.check((text) => !/^[^/]*\/mooring(\/|$)/.test(text), "expected a path outside /mooring"),
  v.transform((text): Match => parseMatch(text) ?? { host: undefined, path: undefined }),
);

/** Which requests are a pool's: one match, several with commas between them, or a list. */
export const matches = v.pipe(
  v.union([v.array(v.string()), v.string()], EXPECTED),
  v.transform((value) => (typeof value === "string" ? value.split(",") : value)),
  v.transform((items) => items.map((item) => item.trim())),
  v.array(oneMatch),
  v.minLength(1, "expected at least one host or path"),
);

export function matchText(match: Match): string {
  return `${match.host ?? ""}${match.path ?? ""}`;
}

function parseMatch(text: string): Match | undefined {
  const [, host = "", path = ""] =
    /^([^/]*)((?:\/(?!\.{1,2}(?:\/|$))[\w.~!$&'()+,;=:@%-]+)*)\/?$/.exec(text) ?? [];
  if (host === "" && path === "") return undefined;
  const name = host === "" ? undefined : hostName(host);
  if (host !== "" && name === undefined) return undefined;
  return { host: name, path: path === "" ? undefined : path };
}

// As request URLs have it: lower case, Punycode, no port.
function hostName(text: string): string | undefined {
  const isWildcard = text.startsWith("*.");
  const rest = isWildcard ? text.slice(2) : text;
  if (!/^([\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*|\[[\da-f:.]+\])$/iu.test(rest)) return undefined;
  const host = URL.parse(`http://${rest}`)?.hostname;
  return host === undefined ? undefined : `${isWildcard ? "*." : ""}${host}`;
}
