import type { Match, Pool } from "./pool.ts";

/** How closely a match fits a request: its host counts before its path. */
interface Fit {
  /** 2: the very host; 1: by a wildcard; 0: any host. */
  readonly host: number;
  /** Characters of the path. */
  readonly path: number;
}

/** Below every match's. */
const ANYTHING_LEFT: Fit = { host: -1, path: 0 };

/**
 * The pool that a request belongs to: that of the closest match, the exact host before the wildcard before none, then
 * the longer path; the first of equal ones. `host` is the Host field, `path` the URL's, as it was sent.
 */
export function poolFor(pools: readonly Pool[], host: string, path: string): Pool | undefined {
  const bare = bareHost(host);
  let closest: { readonly pool: Pool; readonly fit: Fit } | undefined;
  for (const pool of pools) {
    const fit = poolFit(pool, bare, path);
    if (fit === undefined) continue;
    if (closest === undefined || compare(fit, closest.fit) > 0) closest = { pool, fit };
  }
  return closest?.pool;
}

/** Whether a match takes a request. */
export function isMatch(match: Match, host: string, path: string): boolean {
  return fitOf(match, bareHost(host), path) !== undefined;
}

function poolFit(pool: Pool, host: string, path: string): Fit | undefined {
  if (pool.matches.length === 0) return ANYTHING_LEFT;
  return pool.matches
    .map((match) => fitOf(match, host, path))
    .filter((fit) => fit !== undefined)
    .toSorted((one, other) => compare(other, one))[0];
}

function fitOf(match: Match, host: string, path: string): Fit | undefined {
  const hostFit = match.host === undefined ? 0 : fitHost(bareHost(match.host), host);
  const pathFit = match.path === undefined ? 0 : fitPath(match.path, path);
  return hostFit === undefined || pathFit === undefined
    ? undefined
    : { host: hostFit, path: pathFit };
}

function fitHost(wanted: string, host: string): number | undefined {
  if (wanted === host) return 2;
  // One label and no more, as in certificates and Kubernetes' Ingress (RFC 6125, 6.4.3).
  const dot = host.indexOf(".");
  return wanted.startsWith("*.") && dot > 0 && host.slice(dot) === wanted.slice(1) ? 1 : undefined;
}

function fitPath(prefix: string, path: string): number | undefined {
  const bare = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
  const isWithin =
    path.startsWith(bare) && (path.length === bare.length || path[bare.length] === "/");
  return isWithin ? bare.length : undefined;
}

/** Without port and the root's dot, in small letters. */
function bareHost(host: string): string {
  return host.replace(/:\d*$/, "").replace(/\.$/, "").toLowerCase();
}

function compare(one: Fit, other: Fit): number {
  return one.host - other.host || one.path - other.path;
}
