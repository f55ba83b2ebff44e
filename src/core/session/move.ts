import { LEFT } from "../../wire/recovery/note.ts";
import type { Cause } from "./cause.ts";
import { Causes } from "./cause.ts";
import { close } from "./close.ts";
import { isMovable, isOwed, originLost } from "./lost.ts";
import { hasParted, part } from "./parting.ts";
import type { Effect, Moored, Session } from "./session.ts";
import { unanswered } from "./spaces.ts";
import { putOff } from "./uplink.ts";

/** How long a planned move waits for a moment in which nothing is under way, in ms. */
const QUIET_MS = 2000;

/** How long the end of the origin's side is waited for. */
const LEAVING_MS = 1000;

export function moveWanted(session: Session, effects: Effect[], now: number): Session {
  const { mooring } = session;
  if (mooring.phase !== "moored" || mooring.quietUntil !== undefined) return session;
  if (!isMovable(session, "planned")) {
    effects.push({ type: "put-off" });
    return session;
  }
  return goWhenQuiet(
    { ...session, mooring: { ...mooring, quietUntil: now + QUIET_MS } },
    effects,
    now,
  );
}

/**
 * Leaves the origin in a moment in which nothing is under way between it and the client. It breaks before it makes, so
 * that the application sees the old socket's end before the new one's beginning.
 */
export function goWhenQuiet(session: Session, effects: Effect[], now: number): Session {
  const { mooring } = session;
  if (mooring.phase !== "moored" || mooring.quietUntil === undefined) return session;
  if (isQuiet(session, now)) {
    if (mooring.quietUntil > now && !hasParted(session)) return part(session, mooring, effects);
    return leaveFor(session, mooring, effects, now);
  }
  if (mooring.quietUntil > now) return session;
  return putOff(session, mooring, effects, now);
}

/** The time for planned moves is over: what can go goes now, whatever is under way, and the rest ends. */
export function moveOverdue(
  session: Session,
  effects: Effect[],
  cause: Cause,
  now: number,
): Session {
  if (session.mooring.phase !== "moored") return session;
  const leaving = leaveAsked(session, effects, now);
  return leaving === session ? close(session, effects, cause) : leaving;
}

/** The origin wants what can go to go now: by our close it gets all that was sent before, and by its own it would not. */
export function leaveAsked(session: Session, effects: Effect[], now: number): Session {
  const { mooring, spaces } = session;
  if (mooring.phase !== "moored" || !isMovable(session, "planned")) return session;
  if (isOwed(session, unanswered(spaces.asked, now))) return session;
  return leaveFor(session, mooring, effects, now);
}

/** The old origin's side has ended, or takes too long. */
export function hasLeft(session: Session, effects: Effect[], now: number): Session {
  return originLost(session, effects, Causes.moved, "planned", now);
}

// By the close of the connection, never by DISCONNECT packets: servers forget a socket that has said goodbye.
function leaveFor(session: Session, mooring: Moored, effects: Effect[], now: number): Session {
  if (mooring.parting?.state === "answered") effects.push({ type: "forward", packet: LEFT });
  effects.push({ type: "close-origin" });
  const { origin } = mooring;
  return { ...session, mooring: { phase: "leaving", origin, dueAt: now + LEAVING_MS } };
}

function isQuiet({ spaces }: Session, now: number): boolean {
  if (spaces.partUp || spaces.partDown) return false;
  if (unanswered(spaces.asked, now).length > 0) return false;
  if (unanswered(spaces.acks.open, now).length > 0) return false;
  return Object.values(spaces.byName).every(
    (space) => space.phase === "connected" && space.replay === undefined,
  );
}
