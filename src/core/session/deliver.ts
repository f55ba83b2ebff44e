import type { Packet } from "../../wire/packet.ts";
import { packetBytes, PacketType } from "../../wire/packet.ts";
import { polledBytes } from "../../wire/payload.ts";
import { Causes } from "./cause.ts";
import { close } from "./close.ts";
import { pinged } from "./heartbeat.ts";
import { append, isEmpty, take } from "./queue.ts";
import type { Credit, Effect, Polling, Session, Streaming } from "./session.ts";

/** Sends a packet to the client, or keeps it until the client can take it. */
export function deliver(session: Session, effects: Effect[], packet: Packet, now: number): Session {
  const { transport } = session;
  switch (transport.phase) {
    case "closed":
      return session;
    case "streaming":
      if (!isEmpty(session.down) || !hasCredit(transport, session)) {
        return enqueue(session, effects, packet);
      }
      return send(session, transport, effects, packet, now);
    case "polling": {
      const queued = enqueue(session, effects, packet);
      return queued.transport.phase === "polling"
        ? { ...queued, transport: gather(queued.transport, now) }
        : queued;
    }
  }
}

/** Sends what waits, as far as the transport takes it, and closes when that was the last of an ended origin. */
export function flush(session: Session, effects: Effect[], now: number): Session {
  switch (session.transport.phase) {
    case "closed":
      return session;
    case "streaming":
      return flushSocket(session, effects, now);
    case "polling":
      return flushPoll(session, session.transport, effects);
  }
}

/** Sends a ping; a WebSocket's goes at once, past what waits for its pong. */
export function ping(session: Session, effects: Effect[], now: number): Session {
  const { transport, limits } = session;
  const heartbeat = pinged(session.heartbeat, limits, now);
  if (transport.phase !== "streaming") {
    return deliver({ ...session, heartbeat }, effects, PacketType.ping, now);
  }
  return send({ ...session, heartbeat }, transport, effects, PacketType.ping, now);
}

/**
 * A new WebSocket's credit. `isPingOut` says that a poll has taken a ping whose pong is still to come: as it comes
 * first, it must not pass for that of the WebSocket's own first ping.
 */
export function freshCredit(isPingOut: boolean): Credit {
  return { sentBytes: 0, readBytes: 0, pings: isPingOut ? [0] : [], lastPingBytes: 0 };
}

/** The credit after a pong: the oldest ping has arrived, and all that was sent before it. */
export function acknowledged(credit: Credit): Credit {
  const [readBytes, ...pings] = credit.pings;
  return readBytes === undefined ? credit : { ...credit, readBytes, pings };
}

function enqueue(session: Session, effects: Effect[], packet: Packet): Session {
  const down = append(session.down, packet);
  if (down.bytes > session.limits.queueBytes) return close(session, effects, Causes.clientTooSlow);
  return { ...session, down };
}

function gather(transport: Polling, now: number): Polling {
  const { poll } = transport;
  if (poll === undefined || poll.answerAt !== undefined) return transport;
  return { ...transport, poll: { ...poll, answerAt: now } };
}

function send(
  session: Session,
  transport: Streaming,
  effects: Effect[],
  packet: Packet,
  now: number,
): Session {
  effects.push({ type: "send", socket: transport.socket, packet });
  const sentBytes = transport.credit.sentBytes + packetBytes(packet);
  const counted = { ...transport.credit, sentBytes };
  const credit = packet === PacketType.ping ? marked(counted) : counted;
  const sent = { ...session, transport: { ...transport, credit } };
  // At half of the credit, so that a reader who keeps up never waits for the pong's way.
  const isPingDue = sentBytes - credit.lastPingBytes >= session.limits.creditBytes / 2;
  return isPingDue ? ping(sent, effects, now) : sent;
}

function flushSocket(session: Session, effects: Effect[], now: number): Session {
  let current = session;
  while (current.transport.phase === "streaming" && !isEmpty(current.down)) {
    if (!hasCredit(current.transport, current)) return current;
    const { taken, rest } = take(current.down, 0, packetBytes);
    current = { ...current, down: rest };
    for (const packet of taken) current = sendIfOpen(current, effects, packet, now);
  }
  return closeIfEnded(current, effects);
}

function sendIfOpen(session: Session, effects: Effect[], packet: Packet, now: number): Session {
  if (session.transport.phase !== "streaming") return session;
  return send(session, session.transport, effects, packet, now);
}

function flushPoll(session: Session, transport: Polling, effects: Effect[]): Session {
  const { poll } = transport;
  if (poll === undefined) return session;
  if (isEmpty(session.down)) return closeIfEnded(session, effects);
  const { taken, rest } = take(session.down, session.limits.maxPayload, polledBytes);
  // No close goes with them, even if the origin has ended: the stock client hands packets on in its next turn, but acts
  // on a close at once, and would drop what stood before it. The next poll is answered with it.
  effects.push({ type: "answer-poll", poll: poll.id, packets: taken });
  return { ...session, transport: { ...transport, poll: undefined }, down: rest };
}

function closeIfEnded(session: Session, effects: Effect[]): Session {
  const { mooring } = session;
  if (mooring.phase !== "ended") return session;
  return close(session, effects, mooring.end ?? mooring.cause);
}

function hasCredit(transport: Streaming, session: Session): boolean {
  return transport.credit.sentBytes - transport.credit.readBytes < session.limits.creditBytes;
}

function marked(credit: Credit): Credit {
  const { sentBytes, pings } = credit;
  return { ...credit, pings: [...pings, sentBytes], lastPingBytes: sentBytes };
}
