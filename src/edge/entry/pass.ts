import type { Client } from "../../core/entry/forward.ts";
import type { Origin } from "../../core/pool/origin.ts";
import { noOrigin } from "../answers.ts";
import { log } from "../log.ts";
import { attempt } from "./proxy-attempt.ts";

/**
 * Splices a client that starts with a WebSocket to the first of its origins that takes it. The origin's 101 goes back
 * untouched, so that the platform pumps the frames itself: no session object, and nothing of ours between the two.
 * `taken` is told whose answer it is.
 *
 * An application's refusal goes through as it is. One that destroys the socket in place of an answer (a middleware of
 * engine.io's) looks like a dead port and is asked of each origin in turn, so a broken dial is no proof of a fault.
 */
export async function pass(
  request: Request,
  origins: readonly Origin[],
  client: Client,
  dialTimeoutMs: number,
  taken: (origin: Origin) => void = () => {},
): Promise<Response> {
  for (const origin of origins) {
    const outcome = await attempt(request, origin, client, dialTimeoutMs);
    if (outcome.type === "answered" && outcome.response.status < 500) {
      taken(origin);
      return outcome.response;
    }
    const why = outcome.type === "answered" ? `answered ${outcome.response.status}` : outcome.why;
    log("dial-failed", { origin: origin.name, why });
    if (outcome.type === "answered") await outcome.response.body?.cancel();
  }
  return noOrigin();
}
