import type { Client } from "../entry/forward.ts";
import { networkOf } from "../entry/network.ts";
import { lastValues } from "../entry/query.ts";
import type { Affinity, Pool } from "./pool.ts";

/** What affinity may know a client by. */
export interface AffinityRequest {
  /** Of the client (`knownAddress`). */
  readonly address: string;
  /** The text behind the URL's `?`. */
  readonly query: string;
  /** A header field's value by its name, in any case. */
  readonly header: (name: string) => string | undefined | null;
}

/**
 * The key whose hash chooses the origin, `undefined` where the balance chooses. `hash` falls back on the client's
 * address where there is no other key, as HAProxy's `balance source` and nginx's `ip_hash` have it.
 */
export function affinityKeyOf(
  pool: Pick<Pool, "affinity" | "balance">,
  request: AffinityRequest,
): string | undefined {
  const key = keyOf(pool.affinity, request);
  // An empty value is nobody's: otherwise all clients that send one would be one client.
  if (key !== undefined && key !== "") return key;
  return pool.balance === "hash" ? addressKey(request.address) : undefined;
}

function keyOf(affinity: Affinity, request: AffinityRequest): string | undefined {
  switch (affinity.type) {
    case "none":
    case "cookie":
      return undefined;
    case "ip":
      return affinity.isNetwork ? networkKey(request.address) : addressKey(request.address);
    case "header":
      return request.header(affinity.name)?.trim();
    case "query":
      return lastValues(request.query).get(affinity.name);
  }
}

/** The address that a client is known by: its connection's, or where that is a trusted proxy's, what the proxy saw. */
export function knownAddress(client: Client, forwardedFor: string | null): string {
  if (!client.isForwardedTrusted || forwardedFor === null) return client.address;
  return forwardedAddress(forwardedFor, client.address) ?? client.address;
}

// The last one, which the proxy has put there: what stands before it is the client's own word, of which it could have one
// for each request. The proxy's own address is passed over, in case something behind it has added that.
function forwardedAddress(field: string, proxy: string): string | undefined {
  const entries = field.split(",").map((entry) => entry.trim());
  const last = entries.findLast((entry) => {
    return entry !== "" && addressKey(addressIn(entry) ?? "") !== addressKey(proxy);
  });
  return last === undefined ? undefined : addressIn(last);
}

/** Without port and brackets; `undefined` where it is no address. */
function addressIn(entry: string): string | undefined {
  // "192.0.2.1:4711", "[2001:db8::1]:4711", "[2001:db8::1]" or an address alone.
  const inner = /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1];
  const address = inner ?? entry;
  return /^[\da-f.:]+$/i.test(address) ? address : undefined;
}

function addressKey(address: string): string {
  const lower = address.toLowerCase();
  // IPv4 in IPv6's notation is the same client.
  return lower.startsWith("::ffff:") && lower.includes(".") ? networkOf(lower) : lower;
}

/** The /24 of an IPv4 address, the /64 of an IPv6 address: what a phone keeps while its address changes. */
function networkKey(address: string): string {
  const network = networkOf(address);
  return network.includes(":") ? network : network.split(".").slice(0, 3).join(".");
}
