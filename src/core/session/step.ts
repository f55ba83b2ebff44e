import { close } from "./close.ts";
import { Causes } from "./cause.ts";
import { flush, freshCredit, ping } from "./deliver.ts";
import { heartbeatAt, isTimedOut, startHeartbeat } from "./heartbeat.ts";
import { leave, moored, originEnded, packetSentByOrigin } from "./origin.ts";
import { pollOpened, postFailed, postOpened, postReceived } from "./polling.ts";
import { emptyQueue } from "./queue.ts";
import type { Effect, Event, Limits, Session, SocketId, Step, Transport } from "./session.ts";
import { dropProbe, packetReceived, socketClosed, socketOpened } from "./socket.ts";

/** A moored session whose client will poll. */
export function pollingSession(limits: Limits, now: number): Session {
  return begin(
    limits,
    { phase: "polling", poll: undefined, post: undefined, probe: undefined },
    now,
  );
}

/** A moored session whose client began with a WebSocket. */
export function streamingSession(limits: Limits, socket: SocketId, now: number): Session {
  return begin(limits, { phase: "streaming", socket, credit: freshCredit(false) }, now);
}

/** Decides what an event means. `now` is in ms and given, never read, so that a test can hold the clock. */
export function step(session: Session, event: Event, now: number): Step {
  const effects: Effect[] = [];
  return { next: apply(session, effects, event, now), effects };
}

/** The instant at which the session wants `time-passed`, in ms; `undefined` when it is closed. */
export function nextDeadline(session: Session): number | undefined {
  const { transport, mooring, heartbeat } = session;
  if (transport.phase === "closed") return undefined;
  const mooringAt = mooring.phase === "moored" ? mooring.silentAt : mooring.dueAt;
  let earliest = Math.min(heartbeatAt(heartbeat), mooringAt);
  if (transport.phase === "polling") {
    if (transport.poll?.answerAt !== undefined) {
      earliest = Math.min(earliest, transport.poll.answerAt);
    }
    if (transport.probe) earliest = Math.min(earliest, transport.probe.dueAt);
  }
  return earliest;
}

function begin(limits: Limits, transport: Transport, now: number): Session {
  return {
    limits,
    transport,
    mooring: moored(limits, now),
    heartbeat: startHeartbeat(limits, now),
    down: emptyQueue(),
  };
}

function apply(session: Session, effects: Effect[], event: Event, now: number): Session {
  // What a client still asks of a closed session is refused; the rest has nobody to be told to.
  if (session.transport.phase === "closed" && !isRequest(event)) return session;
  switch (event.type) {
    case "packet-received":
      return packetReceived(session, effects, event.socket, event.packet, now);
    case "packet-sent-by-origin":
      return packetSentByOrigin(session, effects, event.packet, now);
    case "poll-opened":
      return pollOpened(session, effects, event.poll, now);
    case "post-opened":
      return postOpened(session, effects, event.post);
    case "post-received":
      return postReceived(session, effects, event.post, event.packets, now);
    case "post-failed":
      return postFailed(session, effects, event.post, event.cause, now);
    case "socket-opened":
      return socketOpened(session, effects, event.socket, now);
    case "socket-closed":
      return socketClosed(session, effects, event.socket);
    case "origin-ended":
      return originEnded(session, effects, event.cause, now);
    case "time-passed":
      return timePassed(session, effects, now);
    case "condemned":
      return close(session, effects, event.cause);
  }
}

function isRequest(event: Event): boolean {
  return /^(poll|post|socket)-/.test(event.type);
}

function timePassed(session: Session, effects: Effect[], now: number): Session {
  const { heartbeat } = session;
  if (isTimedOut(heartbeat, now)) return close(session, effects, Causes.pingTimeout);
  const isPingDue = heartbeat.pongDueAt === undefined && heartbeat.nextPingAt <= now;
  return mooringTimePassed(isPingDue ? ping(session, effects, now) : session, effects, now);
}

function mooringTimePassed(session: Session, effects: Effect[], now: number): Session {
  const { mooring, transport } = session;
  if (transport.phase === "closed") return session;
  switch (mooring.phase) {
    case "moored":
      if (mooring.silentAt > now) return transportTimePassed(session, effects, now);
      return leave(session, effects, Causes.originSilent, now);
    case "ended":
      if (mooring.dueAt > now) return transportTimePassed(session, effects, now);
      return close(session, effects, mooring.cause);
  }
}

function transportTimePassed(session: Session, effects: Effect[], now: number): Session {
  const { transport } = session;
  if (transport.phase !== "polling") return session;
  const { poll, probe } = transport;
  if (probe && probe.dueAt <= now) {
    return transportTimePassed(dropProbe(session, transport, probe, effects), effects, now);
  }
  const isAnswerDue = poll?.answerAt !== undefined && poll.answerAt <= now;
  return isAnswerDue ? flush(session, effects, now) : session;
}
