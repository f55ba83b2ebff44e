import { PacketType } from "../../wire/packet.ts";
import { Refusals } from "../../wire/refusal.ts";
import type { Cause } from "./cause.ts";
import { Causes } from "./cause.ts";
import { emptyQueue } from "./queue.ts";
import type { Effect, Polling, PostId, Session } from "./session.ts";

// No type of Engine.IO's begins so: the server closes its side with "parse error", which is what happened.
const UNPARSABLE = "parse error";

/** Ends both sides at once. */
export function close(session: Session, effects: Effect[], cause: Cause): Session {
  const { transport, mooring } = session;
  switch (transport.phase) {
    case "closed":
      return session;
    case "polling":
      endPolling(transport, effects, cause);
      break;
    case "streaming":
      effects.push({ type: "close-socket", socket: transport.socket, cause });
      break;
  }
  if (mooring.phase === "moored" && cause === Causes.parseError) {
    effects.push({ type: "forward", packet: UNPARSABLE });
  }
  // A dial that is under way is called off as well.
  if (mooring.phase !== "ended") effects.push({ type: "leave-origin", cause });
  effects.push({ type: "end", cause });
  return { ...session, transport: { phase: "closed", cause }, down: emptyQueue() };
}

// There is nothing wrong with one that is only more than can be held: its client is to hear of the close, which a refusal
// could come before.
function lastAnswer(post: PostId, cause: Cause): Effect {
  if (cause === Causes.heldTooMuch) return { type: "accept-post", post };
  return { type: "refuse-post", post, refusal: Refusals.badRequest };
}

function endPolling(transport: Polling, effects: Effect[], cause: Cause): void {
  const { poll, post, probe } = transport;
  if (poll) {
    // A client that closes by itself is not told what it just said.
    const last = cause === Causes.clientClosed ? PacketType.noop : PacketType.close;
    effects.push({ type: "answer-poll", poll: poll.id, packets: [last] });
  }
  if (post !== undefined) effects.push(lastAnswer(post, cause));
  if (probe) effects.push({ type: "close-socket", socket: probe.socket, cause });
}
