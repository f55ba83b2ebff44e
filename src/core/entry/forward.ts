import { nameOf } from "./query.ts";

/** Header fields as `Headers` iterates them: names in lower case, one entry a name (but for Set-Cookie). */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Where a request came from, as the edge saw it. */
export interface Client {
  readonly address: string;
  /** `http` or `https`. */
  readonly scheme: string;
  readonly host: string;
  /** Whether a proxy of ours stands in front, so that the request's own X-Forwarded-* count. */
  readonly isForwardedTrusted: boolean;
}

/** A client's header fields as its origin gets them in a dial, with X-Forwarded-For, -Proto and -Host. */
export function forwardedHeaders(headers: HeaderList, client: Client): [string, string][] {
  return proxiedHeaders(headers, client).filter(([name]) => name !== "content-type");
}

/** The same where the client's own request goes on to the origin, and its body with it. */
export function proxiedHeaders(headers: HeaderList, client: Client): [string, string][] {
  const forwarded = endToEnd(headers).filter(([name]) => !isPrivate(name));
  const own = (name: string) => (client.isForwardedTrusted ? valueOf(headers, name) : undefined);
  const before = own("x-forwarded-for");
  return [
    ...forwarded,
    ["x-forwarded-for", before === undefined ? client.address : `${before}, ${client.address}`],
    ["x-forwarded-proto", own("x-forwarded-proto") ?? client.scheme],
    ["x-forwarded-host", own("x-forwarded-host") ?? client.host],
  ];
}

/** Names of the fields of a list that are for the next hop alone. */
export function hopByHopNames(headers: HeaderList): string[] {
  const kept = new Set(endToEnd(headers).map(([name]) => name));
  return headers.map(([name]) => name).filter((name) => !kept.has(name));
}

/** What of a handshake, on its way from entry to its object, is for the origin. */
export function dialledHeaders(headers: HeaderList): [string, string][] {
  return endToEnd(headers).filter(([name]) => !name.startsWith(INTERNAL_PREFIX));
}

/** An origin's header fields that are for the client: none that speak of one connection or one encoding. */
export function answeredHeaders(headers: HeaderList): [string, string][] {
  // The words between entry and object are theirs alone: an origin's `mooring-untaken` is no object's answer.
  return endToEnd(headers).filter(
    ([name]) => !OF_ONE_ANSWER.has(name) && !name.startsWith(INTERNAL_PREFIX),
  );
}

/** Header fields of a handshake's answer that are for every later answer of its session too: CORS and the like. */
export function repeatedHeaders(headers: HeaderList): [string, string][] {
  return answeredHeaders(headers).filter(([name]) => name !== "set-cookie");
}

/** Whether a header field belongs to CORS (Fetch standard, "CORS protocol"). */
export function isCorsHeader(name: string): boolean {
  return name.startsWith("access-control-");
}

/**
 * A client's query as the origin's WebSocket gets it, text for text, but for the three parameters that speak of
 * the client's own transport. Names are decoded first: `s%69d` is `sid` to the origin as well.
 */
export function dialledQuery(query: string): string {
  const kept = query.split("&").filter((pair) => pair !== "" && !OF_TRANSPORT.has(nameOf(pair)));
  return [...kept, "transport=websocket"].join("&");
}

/** A client's query without the one parameter that is its session's secret, for whoever has no part in the session. */
export function withoutSid(query: string): string {
  const pairs = query.split("&");
  return pairs.filter((pair) => nameOf(pair) !== "sid").join("&");
}

// `b64` would have the origin send its binary packets as text, which only a client's own transport may need.
const OF_TRANSPORT = new Set(["transport", "sid", "b64"]);

// RFC 9110, 7.6.1, and what else speaks of this one connection.
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-key",
  "sec-websocket-version",
]);

// What speaks of the message on this one connection, and the words by which proxies vouch for a client. The platform
// writes the length of a body by itself.
const PRIVATE = new Set([
  "host",
  "content-length",
  "expect",
  "forwarded",
  "x-real-ip",
  "true-client-ip",
  "cdn-loop",
]);

const INTERNAL_PREFIX = "mooring-";
const PRIVATE_PREFIXES = ["cf-", "x-forwarded-", INTERNAL_PREFIX];

const OF_ONE_ANSWER = new Set([
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "etag",
  "last-modified",
  "cache-control",
  "sec-websocket-protocol",
  "server",
]);

function isPrivate(name: string): boolean {
  return PRIVATE.has(name) || PRIVATE_PREFIXES.some((prefix) => name.startsWith(prefix));
}

function endToEnd(headers: HeaderList): [string, string][] {
  const named =
    valueOf(headers, "connection")
      ?.toLowerCase()
      .split(/\s*,\s*/) ?? [];
  return headers
    .filter(([name]) => !HOP_BY_HOP.has(name) && !named.includes(name))
    .map(([name, value]) => [name, value]);
}

function valueOf(headers: HeaderList, name: string): string | undefined {
  return headers.find(([other]) => other === name)?.[1];
}
