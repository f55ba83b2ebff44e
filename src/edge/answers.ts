import type { Answer } from "../core/entry/answer.ts";
import type { HeaderList } from "../core/entry/forward.ts";
import { answeredHeaders } from "../core/entry/forward.ts";
import type { Refusal } from "../wire/refusal.ts";
import type { Untaken } from "./contracts.ts";
import { UNTAKEN_HEADER } from "./contracts.ts";

/** Seconds after which a client without an origin may ask again. */
const RETRY_AFTER_S = 5;

/** An answer as an HTTP response. Its pairs are lists here, since a call between objects forgets a tuple's length. */
export function respond(from: CalledAnswer): Response {
  const headers = from.headers.map((pair) => [...pair]);
  return new Response(from.body, { status: from.status, headers });
}

interface CalledAnswer {
  readonly status: number;
  readonly headers: readonly (readonly string[])[];
  readonly body: string;
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
  const body = JSON.stringify({ code: "NO_ORIGIN", message: "No origin answers." });
  const headers = [["retry-after", String(RETRY_AFTER_S)]] as const;
  return respond(uncached(503, "application/json", body, headers));
}

/** From a session object to entry: another object is to take this handshake, or none can. */
export function untaken(why: Untaken): Response {
  return new Response(null, { status: 503, headers: { [UNTAKEN_HEADER]: why } });
}

export function json(status: number, body: unknown): Response {
  return respond(uncached(status, "application/json", JSON.stringify(body)));
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
