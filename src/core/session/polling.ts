import type { Packet } from "../../wire/packet.ts";
import { PacketType } from "../../wire/packet.ts";
import type { Refusal } from "../../wire/refusal.ts";
import { Refusals } from "../../wire/refusal.ts";
import type { Cause } from "./cause.ts";
import { Causes } from "./cause.ts";
import { close } from "./close.ts";
import { flush } from "./deliver.ts";
import { isTimedOut } from "./heartbeat.ts";
import { isEmpty } from "./queue.ts";
import { receive } from "./receive.ts";
import type { Effect, Mooring, PollId, Polling, PostId, Session } from "./session.ts";

/** How long a session whose POST was too large keeps a poll that its client is about to give up, in ms. */
const LINGER_MS = 1000;

const TOO_LARGE: Refusal = { code: 3, message: "Payload too large", status: 413 };

export function pollOpened(session: Session, effects: Effect[], id: PollId, now: number): Session {
  const { transport } = session;
  if (transport.phase !== "polling") {
    effects.push({ type: "refuse-poll", poll: id, refusal: refusalOf(session) });
    return session;
  }
  if (isTimedOut(session.heartbeat, now)) {
    // Its time is over; that our timer is a moment later doesn't make it longer.
    effects.push({ type: "refuse-poll", poll: id, refusal: Refusals.unknownSid });
    return close(session, effects, Causes.pingTimeout);
  }
  if (transport.poll) {
    // Two polls at once mean that two clients hold one sid. The protocol has us close, not choose.
    effects.push({ type: "refuse-poll", poll: id, refusal: Refusals.badRequest });
    return close(session, effects, Causes.overlappingPolls);
  }
  // What waits is answered in a moment, not now: the rest of it may be on its way from the origin.
  const answerAt = isEmpty(session.down) ? undefined : now;
  const held: Polling = { ...transport, poll: { id, answerAt } };
  const polling = { ...session, transport: held };
  if (!isEmpty(session.down)) return polling;
  if (isOver(session.mooring)) return flush(polling, effects, now);
  return held.probe?.isProbed ? releasePoll(polling, held, effects) : polling;
}

/** Ends a held poll with a noop, so that the client can stop polling and complete its upgrade. */
export function releasePoll(session: Session, transport: Polling, effects: Effect[]): Session {
  const { poll } = transport;
  if (poll === undefined) return session;
  effects.push({ type: "answer-poll", poll: poll.id, packets: [PacketType.noop] });
  return { ...session, transport: { ...transport, poll: undefined } };
}

export function postOpened(session: Session, effects: Effect[], post: PostId): Session {
  const { transport } = session;
  if (transport.phase !== "polling") {
    effects.push({ type: "refuse-post", post, refusal: refusalOf(session) });
    return session;
  }
  if (transport.post !== undefined) {
    effects.push({ type: "refuse-post", post, refusal: Refusals.badRequest });
    return close(session, effects, Causes.overlappingPosts);
  }
  return { ...session, transport: { ...transport, post } };
}

export function postReceived(
  session: Session,
  effects: Effect[],
  post: PostId,
  packets: readonly Packet[],
  now: number,
): Session {
  if (!isReading(session, post)) {
    // The client upgraded under its own POST: its WebSocket is ahead by now, and this would be out of order.
    effects.push({ type: "refuse-post", post, refusal: refusalOf(session) });
    return session;
  }
  let current = session;
  for (const packet of packets) {
    if (isClose(packet)) return acceptAndClose(current, effects, post);
    current = receive(current, effects, packet, now);
    if (current.transport.phase !== "polling") return current;
  }
  return accept(current, effects, post);
}

export function postFailed(
  session: Session,
  effects: Effect[],
  post: PostId,
  cause: Cause,
  now: number,
): Session {
  if (isReading(session, post)) {
    return cause === Causes.payloadTooLarge
      ? refuseTooLarge(session, effects, post, now)
      : close(session, effects, cause);
  }
  effects.push({ type: "refuse-post", post, refusal: refusalOf(session) });
  return session;
}

// A close packet may bring data, as in Engine.IO's server.
function isClose(packet: Packet): boolean {
  return typeof packet === "string" && packet.startsWith(PacketType.close);
}

// A client whose POST was too large has its poll held to the end: see below. By the reason, not by the object, which is
// another one when the state has been written down in between.
function isOver(mooring: Mooring): boolean {
  return mooring.phase === "ended" && mooring.cause.reason !== Causes.payloadTooLarge.reason;
}

// The origin is left at once, but a held poll only after a while: answered now, it would reach the client before the
// status that tells it why.
function refuseTooLarge(session: Session, effects: Effect[], post: PostId, now: number): Session {
  if (session.transport.phase !== "polling") return session;
  const cause = Causes.payloadTooLarge;
  effects.push({ type: "refuse-post", post, refusal: TOO_LARGE });
  if (session.mooring.phase !== "ended") effects.push({ type: "leave-origin", cause });
  return {
    ...session,
    transport: { ...session.transport, post: undefined },
    mooring: { phase: "ended", cause, dueAt: now + LINGER_MS },
  };
}

function acceptAndClose(session: Session, effects: Effect[], post: PostId): Session {
  return close(accept(session, effects, post), effects, Causes.clientClosed);
}

function accept(session: Session, effects: Effect[], post: PostId): Session {
  if (session.transport.phase !== "polling") return session;
  effects.push({ type: "accept-post", post });
  return { ...session, transport: { ...session.transport, post: undefined } };
}

function isReading(session: Session, post: PostId): boolean {
  return session.transport.phase === "polling" && session.transport.post === post;
}

function refusalOf(session: Session): Refusal {
  return session.transport.phase === "closed" ? Refusals.unknownSid : Refusals.badRequest;
}
