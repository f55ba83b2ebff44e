import type { Handover, Place } from "../wire/hub/content.ts";
import type { Restoring } from "../core/origin/origin.ts";
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

const MAX_PID_CHARACTERS = 64; // Socket.IO's have 20

/** Whether this can be a client of ours: its offset is the name of an event, or it has seen none. */
export function mayReturn({ pid, offset }: Return): boolean {
  return pid.length <= MAX_PID_CHARACTERS && (offset === "" || parseOffset(offset) !== undefined);
}

/** What is known of a session whose client has come back, here or elsewhere; `undefined` where nobody knows enough. */
export async function found(
  host: RecoveryHost,
  back: Return,
): Promise<{ place: Place; restoring: Omit<Restoring, "place"> } | undefined> {
  const answers = await host.ask({ type: "ask", ...back }, ASK_MS);
  // Its own memory last, since it may have changed while the others answered.
  const own = host.origin.knows(back.nsp, back.pid, back.offset, Date.now());
  let best: { place: Place; handover: Handover } | undefined;
  for (const answer of [own, ...answers.filter((one) => one.type === "known")]) {
    if (answer?.handover === undefined || answer.handover.session.pid !== back.pid) continue;
    const { place, handover } = answer;
    if (best === undefined || isLater(place, best.place)) best = { place, handover };
  }
  if (best === undefined) return undefined;
  const { session, vector, tail } = best.handover;
  const restoring = { nsp: back.nsp, session, seen: vector, vector, last: back.offset, tail };
  return { place: best.place, restoring };
}

function isLater(one: Place, other: Place): boolean {
  return one.birth > other.birth || (one.birth === other.birth && one.moorings > other.moorings);
}
