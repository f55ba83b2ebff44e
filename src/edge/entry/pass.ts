import { waitUntil } from "cloudflare:workers";
import type { Client } from "../../core/entry/forward.ts";
import type { Origin } from "../../core/pool/origin.ts";
import { noOrigin } from "../answers.ts";
import { log } from "../log.ts";
import { attempt } from "./proxy-attempt.ts";

/** Told of the origins' answers. */
export interface PassListener {
  /** The client has this one's answer: its 101, or its refusal. */
  taken(origin: Origin, isOpened: boolean): void;
  /** It has not answered, or with 5xx. */
  failed(origin: Origin): void;
}

/**
 * Splices a client that starts with a WebSocket to the first of its origins that takes it. The origin's 101 goes back
 * untouched, so that the platform pumps the frames itself: no session object, and nothing of ours between the two.
 *
 * An application's refusal goes through as it is. One that destroys the socket in place of an answer (a middleware of
 * engine.io's) looks like a dead port. The next origin is asked at once then, and beside that this one, whether it
 * answers anything: only if not, it is a fault.
 */
export async function pass(
  request: Request,
  origins: readonly Origin[],
  client: Client,
  dialTimeoutMs: number,
  listener: PassListener,
): Promise<Response> {
  for (const origin of origins) {
    const outcome = await attempt(request, origin, client, dialTimeoutMs);
    if (outcome.type === "answered" && outcome.response.status < 500) {
      listener.taken(origin, outcome.response.status === 101);
      return outcome.response;
    }
    const why = outcome.type === "answered" ? `answered ${outcome.response.status}` : outcome.why;
    log("dial-failed", { origin: origin.name, why });
    if (outcome.type === "broken") waitUntil(judge(request, origin, dialTimeoutMs, listener));
    else listener.failed(origin);
    if (outcome.type === "answered") await outcome.response.body?.cancel();
  }
  return noOrigin();
}

/** A session that nobody has: every Engine.IO server refuses it, and none opens one for it. */
const NO_SESSION = "?EIO=4&transport=polling&sid=none";

async function judge(
  request: Request,
  origin: Origin,
  timeoutMs: number,
  listener: PassListener,
): Promise<void> {
  const { pathname } = new URL(request.url);
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(origin.url + pathname + NO_SESSION, {
      redirect: "manual",
      signal,
    });
    await response.body?.cancel();
    if (response.status >= 500) listener.failed(origin);
  } catch {
    listener.failed(origin);
  }
}
