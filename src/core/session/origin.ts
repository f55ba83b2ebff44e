import type { Packet } from "../../wire/packet.ts";
import { exceedsKept, PacketType } from "../../wire/packet.ts";
import { parseNote } from "../../wire/recovery/note.ts";
import type { Cause } from "./cause.ts";
import { Causes } from "./cause.ts";
import { sendDown } from "./downlink.ts";
import { drain, leave } from "./drain.ts";
import { isMovable, originLost, searchFrom } from "./lost.ts";
import { noteDown } from "./note.ts";
import type { Effect, Mooring, Session } from "./session.ts";
import { unanswered } from "./spaces.ts";

export function moored(origin: string, silenceMs: number, now: number): Mooring {
  return {
    phase: "moored",
    origin,
    silenceMs,
    silentAt: now + silenceMs,
    search: undefined,
    isClosing: false,
    quietUntil: undefined,
  };
}

/** Takes one packet from the origin. */
export function packetSentByOrigin(
  session: Session,
  effects: Effect[],
  packet: Packet,
  now: number,
): Session {
  const { mooring } = session;
  if (mooring.phase !== "moored" && mooring.phase !== "leaving") return session;
  return packetTaken(withoutAged(session, now), mooring, effects, packet, now);
}

// It lives, and has left these unanswered for so long. While it is silent they count on: it may hang.
function withoutAged(session: Session, now: number): Session {
  const { spaces } = session;
  if (spaces.asked.length === 0) return session;
  const asked = unanswered(spaces.asked, now);
  if (asked.length === spaces.asked.length) return session;
  return { ...session, spaces: { ...spaces, asked } };
}

function packetTaken(
  session: Session,
  mooring: Extract<Mooring, { origin: string }>,
  effects: Effect[],
  packet: Packet,
  now: number,
): Session {
  const type = typeof packet === "string" ? packet.charAt(0) : PacketType.message;
  switch (type) {
    case PacketType.message:
      // It could wait for no client, so it goes to none: which of them gets it is not to be a matter of speed.
      if (exceedsKept(packet, session.limits.queueBytes)) {
        return leave(session, effects, Causes.originPacketTooLarge, now);
      }
      return sendDown(session, effects, packet, now);
    case PacketType.ping:
      // Our end of that connection is closed: to send on it would pass for its end.
      if (mooring.phase === "leaving") return session;
      effects.push({ type: "forward", packet: PacketType.pong });
      return { ...session, mooring: { ...mooring, silentAt: now + mooring.silenceMs } };
    case PacketType.close:
      return leave(session, effects, Causes.originClosed, now);
    case PacketType.noop: {
      const note = parseNote(packet);
      return note ? noteDown(session, effects, note, now) : session;
    }
    default:
      return leave(session, effects, Causes.originRubbish, now);
  }
}

/** The origin's end, as its link tells it. */
export function originEnded(
  session: Session,
  effects: Effect[],
  cause: Cause,
  now: number,
): Session {
  const { mooring } = session;
  if (mooring.phase === "leaving") {
    return originLost(session, effects, Causes.moved, "planned", now);
  }
  if (mooring.phase !== "moored") return session;
  if (mooring.isClosing) return originLost(session, effects, Causes.originLost, "planned", now);
  if (cause.reason === Causes.originLost.reason && cause.text === Causes.originLost.text) {
    return originLost(session, effects, cause, "crash", now);
  }
  const isDoubtful = cause.reason === Causes.originClosed.reason && cause.code === undefined;
  if (!isDoubtful || !isMovable(session, "planned")) return drain(session, effects, cause, now);
  // A server that is going down ends a connection in the same way as an application does that means this one.
  effects.push({ type: "ask-origin" });
  const lost: Mooring = {
    phase: "lost",
    cause,
    dialAt: undefined,
    lost: mooring.origin,
    search: searchFrom(now),
  };
  return { ...session, mooring: lost };
}

/** Whether the origin that has ended the connection lives, and so meant this session. */
export function originAsked(
  session: Session,
  effects: Effect[],
  isAlive: boolean,
  now: number,
): Session {
  const { mooring } = session;
  if (mooring.phase !== "lost" || mooring.dialAt !== undefined) return session;
  return isAlive
    ? drain(session, effects, mooring.cause, now)
    : originLost(session, effects, mooring.cause, "planned", now);
}

/** The origin is silent, or sends nothing that it should: it is left as lost. */
export function giveUp(session: Session, effects: Effect[], cause: Cause, now: number): Session {
  effects.push({ type: "leave-origin", cause });
  return originLost(session, effects, cause, "crash", now);
}
