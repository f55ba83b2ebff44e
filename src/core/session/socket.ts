import type { Packet } from "../../wire/packet.ts";
import { exceeds, PacketType, PROBE_PING, PROBE_PONG } from "../../wire/packet.ts";
import { Causes } from "./cause.ts";
import { close } from "./close.ts";
import { flush, freshCredit } from "./deliver.ts";
import { includes, isEmpty } from "./queue.ts";
import { releasePoll } from "./polling.ts";
import { receive } from "./receive.ts";
import type { Effect, Polling, Probe, Session, SocketId } from "./session.ts";

/** Engine.IO's `upgradeTimeout`, in ms. */
const UPGRADE_TIMEOUT_MS = 10_000;

/** A WebSocket with the session's sid: the one that a polling client wants to upgrade to, or one too many. */
export function socketOpened(
  session: Session,
  effects: Effect[],
  socket: SocketId,
  now: number,
): Session {
  const { transport } = session;
  if (transport.phase !== "polling" || transport.probe) {
    effects.push({ type: "close-socket", socket, cause: undefined });
    return session;
  }
  const probe: Probe = { socket, isProbed: false, dueAt: now + UPGRADE_TIMEOUT_MS };
  return { ...session, transport: { ...transport, probe } };
}

export function packetReceived(
  session: Session,
  effects: Effect[],
  socket: SocketId,
  packet: Packet,
  now: number,
): Session {
  const { transport } = session;
  switch (transport.phase) {
    case "closed":
      return session;
    case "streaming":
      if (transport.socket !== socket) return session;
      if (exceeds(packet, session.limits.maxPayload)) {
        return close(session, effects, Causes.payloadTooLarge);
      }
      return receive(session, effects, packet, now);
    case "polling":
      if (transport.probe?.socket !== socket) return session;
      return probed(session, transport, transport.probe, effects, packet, now);
  }
}

export function socketClosed(session: Session, effects: Effect[], socket: SocketId): Session {
  const { transport } = session;
  switch (transport.phase) {
    case "closed":
      return session;
    case "streaming":
      return transport.socket === socket ? close(session, effects, Causes.clientClosed) : session;
    case "polling":
      if (transport.probe?.socket !== socket) return session;
      return { ...session, transport: { ...transport, probe: undefined } };
  }
}

/** Gives up an upgrade; the client goes on polling. */
export function dropProbe(
  session: Session,
  transport: Polling,
  probe: Probe,
  effects: Effect[],
): Session {
  effects.push({ type: "close-socket", socket: probe.socket, cause: undefined });
  return { ...session, transport: { ...transport, probe: undefined } };
}

function probed(
  session: Session,
  transport: Polling,
  probe: Probe,
  effects: Effect[],
  packet: Packet,
  now: number,
): Session {
  switch (packet) {
    case PROBE_PING: {
      effects.push({ type: "send", socket: probe.socket, packet: PROBE_PONG });
      const polling: Polling = { ...transport, probe: { ...probe, isProbed: true } };
      const next = { ...session, transport: polling };
      return isEmpty(session.down) ? releasePoll(next, polling, effects) : next;
    }
    case PacketType.upgrade:
      return upgrade(session, transport, probe, effects, now);
    default:
      return dropProbe(session, transport, probe, effects);
  }
}

// A packet is in the queue until a poll's answer takes it out, so that the WebSocket goes on exactly behind it.
function upgrade(
  session: Session,
  transport: Polling,
  probe: Probe,
  effects: Effect[],
  now: number,
): Session {
  const released = releasePoll(session, transport, effects);
  const isPingOut =
    session.heartbeat.pongDueAt !== undefined && !includes(session.down, PacketType.ping);
  const credit = freshCredit(isPingOut);
  const streaming = { phase: "streaming", socket: probe.socket, credit } as const;
  return flush({ ...released, transport: streaming }, effects, now);
}
