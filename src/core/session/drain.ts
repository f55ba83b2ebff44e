import type { Cause } from "./cause.ts";
import { flush } from "./deliver.ts";
import type { Effect, Mooring, Session } from "./session.ts";

/** Engine.IO's `closeTimeout`: how long an ended session waits for the poll that takes its last packets, in ms. */
const LAST_POLL_MS = 30_000;

/**
 * The session's end with its origin: what that had sent still reaches the client, then the transport closes. `end` where the
 * session ends by something else than its origin's `cause`.
 */
export function drain(
  session: Session,
  effects: Effect[],
  cause: Cause,
  now: number,
  end?: Cause,
): Session {
  const dueAt = now + LAST_POLL_MS;
  const mooring: Mooring = { phase: "ended", cause, dueAt, ...(end && { end }) };
  return flush({ ...session, mooring }, effects, now);
}

/** Ends the link to the origin from our side, and the session with it. */
export function leave(session: Session, effects: Effect[], cause: Cause, now: number): Session {
  effects.push({ type: "leave-origin", cause });
  return drain(session, effects, cause, now);
}
