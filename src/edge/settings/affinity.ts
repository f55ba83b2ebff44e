import * as v from "valibot";
import type { Affinity, AffinityCookie } from "../../core/pool/pool.ts";
import { inspect, table } from "./table.ts";
import { choice, flag, span } from "./values.ts";

const EXPECTED = 'expected "none", "cookie", "ip", "ip-network", "header:NAME" or "query:NAME"';

/** What Engine.IO's own parameters are called: they say nothing of who asks. */
const ENGINE_QUERY = new Set(["EIO", "transport", "sid", "t", "b64", "j"]);

const TOKEN = /^[\w!#$%&'*+.^`|~-]{1,64}$/; // RFC 9110, 5.6.2

export const affinity = v.pipe(
  v.string(EXPECTED),
  v.check((text) => parseAffinity(text) !== undefined, EXPECTED),
  v.check(
    (text) => !ENGINE_QUERY.has(text.replace(/^query:/, "")),
    "expected a parameter that isn't Engine.IO's own",
  ),
  v.transform((text): AffinityKind => parseAffinity(text) ?? { type: "none" }),
);

/** An affinity whose cookie, where it is one, is described beside it. */
export type AffinityKind = Exclude<Affinity, { type: "cookie" }> | { readonly type: "cookie" };

const COOKIE_NAME = 'expected a cookie\'s name: letters, digits, "_", "." and the like';
const COOKIE_PATH = 'expected a path such as "/"';
const COOKIE_DOMAIN = 'expected a domain such as "example.com"';

/** The cookie's attributes, and of those what browsers refuse together (RFC 6265bis). */
export const affinityCookie = v.pipe(
  table({
    name: v.optional(v.pipe(v.string(COOKIE_NAME), v.regex(TOKEN, COOKIE_NAME)), "mooring"),
    ttl: v.optional(span("1s", "400d")),
    path: v.optional(v.pipe(v.string(COOKIE_PATH), v.regex(/^\/[!-:<-~]*$/, COOKIE_PATH)), "/"),
    domain: v.optional(
      v.pipe(v.string(COOKIE_DOMAIN), v.regex(/^\.?[a-z\d-]+(\.[a-z\d-]+)*$/i, COOKIE_DOMAIN)),
    ),
    same_site: v.optional(choice(["Strict", "Lax", "None"]), "Lax"),
    secure: v.optional(flag, false),
    http_only: v.optional(flag, true),
    partitioned: v.optional(flag, false),
  }),
  inspect((cookie, complain) => {
    const isOfHost = /^__host-/i.test(cookie.name);
    const isOfSecure = /^__secure-/i.test(cookie.name) || isOfHost;
    const because = secureBecause(cookie.same_site, cookie.partitioned, isOfSecure);
    if (because !== undefined && !cookie.secure) {
      complain(`expected true ${because}: browsers drop the cookie otherwise`, "secure");
    }
    if (isOfHost && cookie.path !== "/") complain('expected "/" for a name with "__Host-"', "path");
    if (isOfHost && cookie.domain !== undefined) {
      complain('expected none for a name with "__Host-"', "domain");
    }
  }),
  v.transform((cookie): AffinityCookie => ({
    name: cookie.name,
    ttlS: cookie.ttl === undefined ? undefined : Math.ceil(cookie.ttl / 1000),
    path: cookie.path,
    domain: cookie.domain,
    sameSite: cookie.same_site,
    isSecure: cookie.secure,
    isHttpOnly: cookie.http_only,
    isPartitioned: cookie.partitioned,
  })),
);

export const DEFAULT_COOKIE: AffinityCookie = v.parse(affinityCookie, {});

function secureBecause(sameSite: string, isPartitioned: boolean, isNamedSo: boolean) {
  if (sameSite === "None") return 'where same_site is "None"';
  if (isPartitioned) return "where partitioned is";
  return isNamedSo ? 'for a name with "__Secure-" or "__Host-"' : undefined;
}

function parseAffinity(text: string): AffinityKind | undefined {
  if (text === "none" || text === "cookie") return { type: text };
  if (text === "ip" || text === "ip-network") return { type: "ip", isNetwork: text !== "ip" };
  const [, type, name] = /^(header|query):(\S{1,64})$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  if (type === "query") return { type, name };
  return TOKEN.test(name) ? { type: "header", name: name.toLowerCase() } : undefined;
}
