import type { Packet } from "../../wire/packet.ts";
import { PacketType } from "../../wire/packet.ts";
import { Causes } from "./cause.ts";
import { close } from "./close.ts";
import { acknowledged, flush } from "./deliver.ts";
import { heard, ponged, strayed } from "./heartbeat.ts";
import type { Effect, Session } from "./session.ts";
import { sendUp } from "./uplink.ts";

// A client with forceBase64 sends its binary messages so, on a WebSocket too; any origin's decoder reads them.
const BASE64_MESSAGE = "b";

/** Takes one packet from the client, on whichever transport it came. */
export function receive(session: Session, effects: Effect[], packet: Packet, now: number): Session {
  const type = typeof packet === "string" ? packet.charAt(0) : PacketType.message;
  if (type === PacketType.pong) return receivePong(session, effects, now);
  const heartbeat = heard(session.heartbeat, session.limits, now);
  const current = heartbeat === session.heartbeat ? session : { ...session, heartbeat };
  switch (type) {
    case PacketType.message:
    case BASE64_MESSAGE:
      return sendUp(current, effects, packet, now);
    case PacketType.ping:
      return close(current, effects, Causes.pingFromClient);
    case PacketType.close:
      return close(current, effects, Causes.clientClosed);
    case PacketType.open:
    case PacketType.upgrade:
    case PacketType.noop:
      return current;
    default:
      return close(current, effects, Causes.parseError);
  }
}

// A client that answers before it is asked does not read: it would have its credit back for bytes that still wait in
// the platform's buffers. A few are let pass, since there are clients that send pongs to keep a connection warm.
const MAX_STRAY_PONGS = 16;

function receivePong(session: Session, effects: Effect[], now: number): Session {
  const { transport, limits } = session;
  const isPingOut = transport.phase === "streaming" && transport.credit.pings.length > 0;
  if (session.heartbeat.pongDueAt === undefined && !isPingOut) {
    const heartbeat = strayed(session.heartbeat);
    const next = { ...session, heartbeat };
    const isTooMany = heartbeat.strayPongs > MAX_STRAY_PONGS;
    return isTooMany ? close(next, effects, Causes.pongWithoutPing) : next;
  }
  if (transport.phase !== "streaming") {
    return { ...session, heartbeat: ponged(session.heartbeat, limits, 0, now) };
  }
  const credit = acknowledged(transport.credit);
  const heartbeat = ponged(session.heartbeat, limits, credit.pings.length, now);
  return flush({ ...session, heartbeat, transport: { ...transport, credit } }, effects, now);
}
