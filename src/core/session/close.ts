import { PacketType } from "../../wire/packet.ts";
import { Refusals } from "../../wire/refusal.ts";
import type { Cause } from "./cause.ts";
import { Causes } from "./cause.ts";
import { emptyQueue } from "./queue.ts";
import type { Effect, Polling, Session } from "./session.ts";

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
  if (mooring.phase === "moored") {
    if (cause === Causes.parseError) effects.push({ type: "forward", packet: UNPARSABLE });
    effects.push({ type: "leave-origin", cause });
  }
  effects.push({ type: "end", cause });
  return { ...session, transport: { phase: "closed", cause }, down: emptyQueue() };
}

function endPolling(transport: Polling, effects: Effect[], cause: Cause): void {
  const { poll, post, probe } = transport;
  if (poll) {
    // A client that closes by itself is not told what it just said; and one whose POST is too large is to see the
    // status of that, for which a close on the poll would leave it no time.
    const isQuiet = cause === Causes.clientClosed || cause === Causes.payloadTooLarge;
    const last = isQuiet ? PacketType.noop : PacketType.close;
    effects.push({ type: "answer-poll", poll: poll.id, packets: [last] });
  }
  if (post !== undefined) effects.push({ type: "refuse-post", post, refusal: refusalOf(cause) });
  if (probe) effects.push({ type: "close-socket", socket: probe.socket, cause });
}

function refusalOf(cause: Cause): (typeof Refusals)["badRequest"] | typeof TOO_LARGE {
  return cause === Causes.payloadTooLarge ? TOO_LARGE : Refusals.badRequest;
}

const TOO_LARGE = { code: 3, message: "Payload too large", status: 413 } as const;
