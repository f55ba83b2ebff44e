import { close } from "./close.ts";
import { leave } from "./drain.ts";
import { Causes } from "./cause.ts";
import { flush, freshCredit, ping } from "./deliver.ts";
import { isNothingHeld } from "./held.ts";
import { heartbeatAt, isPingDue, isTimedOut, startHeartbeat } from "./heartbeat.ts";
import { dialFailed, dialIfDue, dialled, found } from "./lost.ts";
import { goWhenQuiet, hasLeft, moveOverdue, moveWanted } from "./move.ts";
import { giveUp, moored, originAsked, originEnded, packetSentByOrigin } from "./origin.ts";
import { pollOpened, postFailed, postOpened, postReceived } from "./polling.ts";
import { emptyQueue } from "./queue.ts";
import type {
  Effect,
  Event,
  Limits,
  Mooring,
  Session,
  SocketId,
  Step,
  Transport,
} from "./session.ts";
import type { Spaces } from "./spaces.ts";
import { NO_SPACES } from "./spaces.ts";
import { dropProbe, packetReceived, socketClosed, socketOpened } from "./socket.ts";
import { flushHeld } from "./uplink.ts";

/** A moored session whose client will poll. */
export function pollingSession(limits: Limits, origin: string, now: number): Session {
  return begin(
    limits,
    origin,
    { phase: "polling", poll: undefined, post: undefined, probe: undefined },
    now,
  );
}

/** A moored session whose client began with a WebSocket. */
export function streamingSession(
  limits: Limits,
  origin: string,
  socket: SocketId,
  now: number,
): Session {
  return begin(limits, origin, { phase: "streaming", socket, credit: freshCredit(false) }, now);
}

/** Decides what an event means. `now` is in ms and given, never read, so that a test can hold the clock. */
export function step(session: Session, event: Event, now: number): Step {
  const effects: Effect[] = [];
  // Not by time alone: where there is too little CPU, timers are seconds late while packets come and go.
  const applied = apply(pingedIfDue(session, effects, now), effects, event, now);
  return { next: goWhenQuiet(found(applied), effects, now), effects };
}

/** The instant at which the session wants `time-passed`, in ms; `undefined` when it is closed. */
export function nextDeadline(session: Session): number | undefined {
  const { transport, mooring, heartbeat, limits, spaces } = session;
  if (transport.phase === "closed") return undefined;
  let earliest = Math.min(heartbeatAt(heartbeat), mooringAt(mooring, limits));
  // Without an origin there is nobody to send a CONNECT to that has rested.
  if (mooring.phase === "moored") earliest = Math.min(earliest, restsAt(spaces));
  if (transport.phase === "polling") {
    if (transport.poll?.answerAt !== undefined) {
      earliest = Math.min(earliest, transport.poll.answerAt);
    }
    if (transport.probe) earliest = Math.min(earliest, transport.probe.dueAt);
  }
  return earliest;
}

function mooringAt(mooring: Mooring, limits: Limits): number {
  switch (mooring.phase) {
    case "moored":
      return Math.min(
        mooring.silentAt,
        mooring.quietUntil ?? Infinity,
        mooring.search ? mooring.search.since + limits.lossGraceMs : Infinity,
      );
    case "leaving":
    case "ended":
      return mooring.dueAt;
    case "lost":
      return Math.min(mooring.dialAt ?? Infinity, mooring.search.since + limits.lossGraceMs);
  }
}

function restsAt(spaces: Spaces): number {
  return isNothingHeld(spaces.held) ? Infinity : Math.min(...Object.values(spaces.rests), Infinity);
}

function begin(limits: Limits, origin: string, transport: Transport, now: number): Session {
  return {
    limits,
    transport,
    mooring: moored(origin, limits.silenceMs, now),
    heartbeat: startHeartbeat(limits, now),
    down: emptyQueue(),
    spaces: NO_SPACES,
    moorings: { count: 0, lastAt: 0, losses: [] },
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
    case "origin-asked":
      return originAsked(session, effects, event.isAlive, now);
    case "move-wanted":
      return moveWanted(session, effects, now);
    case "move-overdue":
      return moveOverdue(session, effects, event.cause, now);
    case "dialled":
      return dialled(session, effects, event, now);
    case "dial-failed":
      return dialFailed(session, effects, event.why, now);
    case "time-passed":
      return timePassed(session, effects, now);
    case "condemned":
      return close(session, effects, event.cause);
  }
}

function isRequest(event: Event): boolean {
  return /^(poll|post|socket)-/.test(event.type);
}

function pingedIfDue(session: Session, effects: Effect[], now: number): Session {
  if (session.transport.phase === "closed" || !isPingDue(session.heartbeat, now)) return session;
  return ping(session, effects, now);
}

function timePassed(session: Session, effects: Effect[], now: number): Session {
  if (isTimedOut(session.heartbeat, now)) return close(session, effects, Causes.pingTimeout);
  return mooringTimePassed(session, effects, now);
}

function mooringTimePassed(session: Session, effects: Effect[], now: number): Session {
  const { mooring, transport } = session;
  if (transport.phase === "closed") return session;
  switch (mooring.phase) {
    case "moored":
      if (mooring.silentAt <= now) return giveUp(session, effects, Causes.originSilent, now);
      if (mooring.search && mooring.search.since + session.limits.lossGraceMs <= now) {
        return leave(session, effects, Causes.replayUnanswered, now);
      }
      return transportTimePassed(restsPassed(session, effects, now), effects, now);
    case "leaving":
      if (mooring.dueAt > now) return transportTimePassed(session, effects, now);
      effects.push({ type: "leave-origin", cause: Causes.moved });
      return hasLeft(session, effects, now);
    case "lost":
      return transportTimePassed(dialIfDue(session, effects, now), effects, now);
    case "ended":
      if (mooring.dueAt > now) return transportTimePassed(session, effects, now);
      return close(session, effects, mooring.end ?? mooring.cause);
  }
}

// A CONNECT has waited so that it does not follow its namespace's DISCONNECT too closely.
function restsPassed(session: Session, effects: Effect[], now: number): Session {
  const { rests } = session.spaces;
  const over = Object.keys(rests).filter((nsp) => (rests[nsp] ?? 0) <= now);
  if (over.length === 0) return session;
  const left = Object.entries(rests).filter(([, until]) => until > now);
  const spaces = { ...session.spaces, rests: Object.fromEntries(left) };
  return flushHeld({ ...session, spaces }, effects, now, over);
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
