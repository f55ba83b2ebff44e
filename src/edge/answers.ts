import type { HeaderList } from "../core/entry/forward.ts";
import { answeredHeaders } from "../core/entry/forward.ts";
import type { Answer } from "../core/upstream/verdict.ts";
import type { Refusal } from "../wire/refusal.ts";
import type { Untaken } from "./contracts.ts";
import { UNTAKEN_HEADER } from "./contracts.ts";

/** Seconds after which a client without an origin may ask again. */
const RETRY_AFTER_S = 5;

/**
 * A refusal as Engine.IO's server gives it: JSON for polling; the bare message, and 400 whatever the code, where a
 * WebSocket was asked for. `headers` are what the session's origin wants on every answer.
 */
export function refuse(refusal: Refusal, isUpgrade: boolean, headers: HeaderList = []): Response {
  const { code, message, status } = refusal;
  return isUpgrade
    ? respond(400, "text/html", message, headers)
    : respond(status, "application/json", JSON.stringify({ code, message }), headers);
}

/** An origin's own answer to what was asked for a client. */
export function answer(from: Answer): Response {
  const type = from.headers.find(([name]) => name === "content-type")?.[1];
  return respond(from.status, type ?? "text/plain", from.body, answeredHeaders(from.headers));
}

export function noOrigin(): Response {
  const message = "No origin answers.";
  const headers = [["retry-after", String(RETRY_AFTER_S)]] as const;
  return respond(503, "application/json", JSON.stringify({ code: "NO_ORIGIN", message }), headers);
}

/** From a session object to entry: another object is to take this handshake, or none can. */
export function untaken(why: Untaken): Response {
  return new Response(null, { status: 503, headers: { [UNTAKEN_HEADER]: why } });
}

export function json(status: number, body: unknown): Response {
  return respond(status, "application/json", JSON.stringify(body), []);
}

function respond(status: number, type: string, body: string, headers: HeaderList): Response {
  const response = new Response(body, { status });
  for (const [name, value] of headers) response.headers.append(name, value);
  response.headers.set("content-type", type);
  response.headers.set("cache-control", "no-store");
  return response;
}
