import type { Answer } from "../core/entry/answer.ts";
import type { HeaderList } from "../core/entry/forward.ts";
import { answeredHeaders } from "../core/entry/forward.ts";
import type { Refusal } from "../wire/refusal.ts";
import type { Untaken } from "./contracts.ts";
import { UNTAKEN_HEADER } from "./contracts.ts";

/** Seconds after which a client without an origin may ask again. */
const RETRY_AFTER_S = 5;

/** The header fields of every answer to a poll. */
export const POLL_HEADERS: HeaderList = [
  ["content-type", "text/plain; charset=UTF-8"],
  ["cache-control", "no-store"],
];

/**
 * An answer as an HTTP response; a text alone is the payload of a poll. Pairs are lists here, since a call between objects
 * forgets a tuple's length.
 */
export function respond(from: CalledAnswer | string): Response {
  if (typeof from === "string") return new Response(from, { headers: headersOf(POLL_HEADERS) });
  return new Response(from.body, { status: from.status, headers: headersOf(from.headers) });
}

interface CalledAnswer {
  readonly status: number;
  readonly headers: CalledHeaders;
  readonly body: string;
}

type CalledHeaders = readonly (readonly string[])[];

// Making them anew took a tenth of what a poll costs, and nearly every answer of a session has the same.
const known = new WeakMap<CalledHeaders, Headers>();

function headersOf(list: CalledHeaders): Headers {
  const headers = known.get(list) ?? new Headers(list.map((pair) => [...pair]));
  known.set(list, headers);
  return headers;
}

/** An origin's own answer to what was asked for a client. */
export function passOn({ status, headers, body }: Answer): Response {
  const type = headers.find(([name]) => name === "content-type")?.[1];
  return respond(uncached(status, type ?? "text/plain", body, answeredHeaders(headers)));
}

/**
 * A refusal as Engine.IO's server gives it: JSON for polling; the bare message, and 400 whatever the code, where a
 * WebSocket was asked for. `repeated` is what the session's origin wants on every answer.
 */
export function refusal(from: Refusal, isUpgrade: boolean, repeated: HeaderList = []): Answer {
  const { code, message, status } = from;
  return isUpgrade
    ? uncached(400, "text/html", message, repeated)
    : uncached(status, "application/json", JSON.stringify({ code, message }), repeated);
}

export function refuse(from: Refusal, isUpgrade: boolean): Response {
  return respond(refusal(from, isUpgrade));
}

export function noOrigin(): Response {
  const body = { code: "NO_ORIGIN", message: "No origin answers." };
  return json(503, body, [["retry-after", String(RETRY_AFTER_S)]]);
}

export function notFound(): Response {
  return json(404, { code: "NOT_FOUND", message: "Nothing is served here." });
}

/** From a session object to entry: another object is to take this handshake, or none can. */
export function untaken(why: Untaken): Response {
  return new Response(null, { status: 503, headers: { [UNTAKEN_HEADER]: why } });
}

export function json(status: number, body: unknown, headers: HeaderList = []): Response {
  return respond(uncached(status, "application/json", JSON.stringify(body), headers));
}

/** An answer that no cache keeps, with header fields that its own type and caching take the place of. */
export function uncached(
  status: number,
  type: string,
  body: string,
  others: HeaderList = [],
): Answer {
  const kept = others.filter(([name]) => name !== "content-type" && name !== "cache-control");
  const headers = [...kept, ["content-type", type], ["cache-control", "no-store"]] as const;
  return { status, headers, body };
}
