import type { Packet } from "../../wire/packet.ts";
import { exceeds, PacketType } from "../../wire/packet.ts";
import type { Cause } from "./cause.ts";
import { Causes } from "./cause.ts";
import { deliver, flush } from "./deliver.ts";
import type { Effect, Limits, Mooring, Session } from "./session.ts";

/** Engine.IO's `closeTimeout`: how long an ended session waits for the poll that takes its last packets, in ms. */
const LAST_POLL_MS = 30_000;

export function moored(limits: Limits, now: number): Mooring {
  return { phase: "moored", silentAt: now + limits.pingInterval + limits.pingTimeout };
}

/** Takes one packet from the origin. */
export function packetSentByOrigin(
  session: Session,
  effects: Effect[],
  packet: Packet,
  now: number,
): Session {
  if (session.mooring.phase !== "moored") return session;
  const type = typeof packet === "string" ? packet.charAt(0) : PacketType.message;
  switch (type) {
    case PacketType.message:
      // It could wait for no client, so it goes to none: which of them gets it is not to be a matter of speed.
      if (exceeds(packet, session.limits.queueBytes)) {
        return leave(session, effects, Causes.originPacketTooLarge, now);
      }
      return deliver(session, effects, packet, now);
    case PacketType.ping:
      effects.push({ type: "forward", packet: PacketType.pong });
      return { ...session, mooring: moored(session.limits, now) };
    case PacketType.close:
      return leave(session, effects, Causes.originClosed, now);
    case PacketType.noop:
      return session;
    default:
      return leave(session, effects, Causes.originRubbish, now);
  }
}

/** The origin's end: what it had sent still reaches the client, then the transport closes. */
export function originEnded(
  session: Session,
  effects: Effect[],
  cause: Cause,
  now: number,
): Session {
  if (session.mooring.phase !== "moored") return session;
  const mooring: Mooring = { phase: "ended", cause, dueAt: now + LAST_POLL_MS };
  return flush({ ...session, mooring }, effects, now);
}

/** Ends the link to the origin from our side. */
export function leave(session: Session, effects: Effect[], cause: Cause, now: number): Session {
  effects.push({ type: "leave-origin", cause });
  return originEnded(session, effects, cause, now);
}
