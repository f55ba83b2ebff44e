import type { Handover, Place } from "../wire/hub/content.ts";
import { comparePlaces } from "../core/origin/notices.ts";
import type { Known, Restoring } from "../core/origin/origin.ts";
import { parseOffset } from "../wire/recovery/offset.ts";
import type { RecoveryHost } from "./recovery-hooks.ts";

/** What a client says that comes back by itself: where it was, and the last event that it got. */
export interface Return {
  readonly nsp: string;
  readonly pid: string;
  readonly offset: string;
}

/** How long the other origins have for their answers. The client waits meanwhile. */
const ASK_MS = 5000;

/** After so long those are asked again who have come back meanwhile. */
const AGAIN_MS = 200;

const MAX_PID_CHARACTERS = 64; // Socket.IO's have 20

/** Whether this can be a client of ours: its offset is the name of an event, or it has seen none. */
export function mayReturn({ pid, offset }: Return): boolean {
  return pid.length <= MAX_PID_CHARACTERS && (offset === "" || parseOffset(offset) !== undefined);
}

/** What is known of a session whose client has come back, here or elsewhere; `undefined` where nobody knows enough. */
export async function found(host: Asking, back: Return): Promise<Found | undefined> {
  const until = performance.now() + ASK_MS;
  for (;;) {
    const answers = await host.ask({ type: "ask", ...back }, until - performance.now());
    // Its own memory last, since it may have changed while the others answered.
    const own = host.origin.knows(back.nsp, back.pid, back.offset, Date.now());
    const best = bestOf([own, ...answers.filter((one) => one.type === "known")], back.pid);
    if (best) return { place: best.place, restoring: restoringOf(best.handover, back) };
    if (!host.isAwaiting() || performance.now() + AGAIN_MS > until) return undefined;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** What of its host it needs. */
export interface Asking extends Pick<RecoveryHost, "ask" | "isAwaiting"> {
  readonly origin: Pick<RecoveryHost["origin"], "knows">;
}

export interface Found {
  /** Where the session was. */
  readonly place: Place;
  readonly restoring: Omit<Restoring, "place">;
}

type Best = { readonly place: Place; readonly handover: Handover };

function bestOf(answers: readonly (Known | undefined)[], pid: string): Best | undefined {
  let best: Best | undefined;
  for (const answer of answers) {
    if (answer?.handover?.session.pid !== pid) continue;
    const { place, handover } = answer;
    if (best === undefined || comparePlaces(place, best.place) > 0) best = { place, handover };
  }
  return best;
}

function restoringOf(
  { session, vector, tail }: Handover,
  { nsp, offset }: Return,
): Found["restoring"] {
  return { nsp, session, seen: vector, vector, last: offset, tail };
}
