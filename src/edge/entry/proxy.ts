import type { Client } from "../../core/entry/forward.ts";
import { isRepeatable, isUnreached } from "../../core/entry/retry.ts";
import type { Origin } from "../../core/pool/origin.ts";
import { json, noOrigin } from "../answers.ts";
import { log } from "../log.ts";
import type { Attempt } from "./proxy-attempt.ts";
import { attempt } from "./proxy-attempt.ts";

/** As the platform's own limit for an answer of an origin's, which says nothing where there is no platform. */
const ANSWER_TIMEOUT_MS = 120_000;

/**
 * Passes a request on to the best of its origins, and the answer back; both bodies flow as they come, and a WebSocket
 * is the origin's own. `taken` is told whose answer it is.
 *
 * Another origin is asked when one can't be reached or breaks off before it answers, as nginx does (`error`), but only
 * for what is safe to repeat. An answer is an answer, 502, 503 and 504 too, as with nginx, HAProxy and Traefik unless
 * they are told otherwise; and who has kept a client waiting until the limit is not followed by a second one.
 */
export async function proxy(
  request: Request,
  origins: readonly Origin[],
  client: Client,
  taken: (origin: Origin) => void = () => {},
): Promise<Response> {
  const hasBody = request.body !== null;
  const canRepeat = isRepeatable(request.method, hasBody);
  const candidates = canRepeat ? origins : origins.slice(0, 1);
  // An upload takes what it takes, and its answer comes after it.
  const timeoutMs = hasBody ? undefined : ANSWER_TIMEOUT_MS;
  for (const [i, origin] of candidates.entries()) {
    const outcome = await attempt(request, origin, client, timeoutMs);
    const why = faultOf(outcome);
    if (why !== undefined) log("proxy-failed", { origin: origin.name, why });
    if (outcome.type === "late") return tooLate();
    if (outcome.type === "broken") continue;
    if (why === undefined) taken(origin);
    // The platform's word for what went wrong says more than ours.
    if (why === undefined || i === candidates.length - 1) return outcome.response;
    await outcome.response.body?.cancel();
  }
  return canRepeat || candidates.length === 0 ? noOrigin() : brokenOff();
}

function faultOf(outcome: Attempt): string | undefined {
  if (outcome.type !== "answered") return outcome.why;
  const { status } = outcome.response;
  return isUnreached(status) ? `answered ${status}` : undefined;
}

function brokenOff(): Response {
  return json(502, { code: "BROKEN_OFF", message: "The origin broke off before it answered." });
}

function tooLate(): Response {
  return json(504, { code: "TOO_LATE", message: "The origin did not answer in time." });
}
