import type { AffinityCookie } from "./pool.ts";

/** How many cookies of one name are looked at: a browser may hold several, for other paths or a parent domain. */
const MAX_SAME_NAME = 4;

/**
 * The origin that a client's affinity cookie names. `originOf` knows the values that the edge has given out; what it
 * doesn't know (forged, of a removed origin, of another application on the domain) hides no good one behind it.
 */
export function preferredOrigin(
  field: string,
  name: string,
  originOf: (value: string) => string | undefined,
): string | undefined {
  return cookieValues(field, name)
    .map(originOf)
    .find((origin) => origin !== undefined);
}

/** The values of the cookies called `name` in a Cookie field, as they stand, without quotes (RFC 6265, 4.2.1, 5.4). */
export function cookieValues(field: string, name: string): readonly string[] {
  const values: string[] = [];
  for (const pair of field.split(";")) {
    const equals = pair.indexOf("=");
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    values.push(/^".*"$/.test(value) ? value.slice(1, -1) : value);
    if (values.length === MAX_SAME_NAME) break;
  }
  return values;
}

/**
 * A Set-Cookie field. By hand: name, path and domain were checked as settings, the value is base64url, and Hono's
 * would throw on some of it and escape the rest.
 */
export function setCookie(cookie: AffinityCookie, value: string): string {
  const { name, path, domain, ttlS, sameSite, isSecure, isHttpOnly, isPartitioned } = cookie;
  return [
    `${name}=${value}`,
    `Path=${path}`,
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    ...(ttlS === undefined ? [] : [`Max-Age=${ttlS}`]),
    `SameSite=${sameSite}`,
    ...(isSecure ? ["Secure"] : []),
    ...(isHttpOnly ? ["HttpOnly"] : []),
    ...(isPartitioned ? ["Partitioned"] : []),
  ].join("; ");
}
