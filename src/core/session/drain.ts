import type { Cause } from "./cause.ts";
import { flush } from "./deliver.ts";
import type { Effect, Mooring, Session } from "./session.ts";

/** Engine.IO's `closeTimeout`: how long an ended session waits for the poll that takes its last packets, in ms. */
const LAST_POLL_MS = 30_000;

/** The session's end with its origin: what that had sent still reaches the client, then the transport closes. */
export function drain(session: Session, effects: Effect[], cause: Cause, now: number): Session {
  const mooring: Mooring = { phase: "ended", cause, dueAt: now + LAST_POLL_MS };
  return flush({ ...session, mooring }, effects, now);
}

/** Ends the link to the origin from our side, and the session with it. */
export function leave(session: Session, effects: Effect[], cause: Cause, now: number): Session {
  effects.push({ type: "leave-origin", cause });
  return drain(session, effects, cause, now);
}
