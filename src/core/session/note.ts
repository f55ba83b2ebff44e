import { PacketType } from "../../wire/packet.ts";
import type { Note } from "../../wire/recovery/note.ts";
import { Causes } from "./cause.ts";
import { close } from "./close.ts";
import { leave } from "./drain.ts";
import { wait, waitingOf, withRecord } from "./downlink.ts";
import { tooYoung } from "./lost.ts";
import { leaveAsked } from "./move.ts";
import { parted } from "./parting.ts";
import type { Effect, Session } from "./session.ts";
import { withSpace } from "./spaces.ts";

/** Takes what an origin with `mooring/origin` tells the edge alone. */
export function noteDown(session: Session, effects: Effect[], note: Note, now: number): Session {
  // About a namespace that its client has left there is nothing to do.
  if ("nsp" in note && session.spaces.byName[note.nsp] === undefined) return session;
  switch (note.type) {
    case "record":
      return recordDown(session, effects, note.nsp, note.record ?? "", now);
    case "gone":
      // Its client has come back by itself, and lives elsewhere.
      return close(session, effects, Causes.superseded);
    case "refused":
      return note.why === "young"
        ? tooYoung(session, effects, now)
        : leave(session, effects, Causes.unrecovered, now);
    case "leave":
      return leaveAsked(session, effects, now);
    case "parted":
      return parted(session, note.n);
    case "closing":
      return session.mooring.phase === "moored"
        ? { ...session, mooring: { ...session.mooring, isClosing: true } }
        : session;
  }
}

// In order with what it speaks of: one that comes before an answer is dropped with that answer's origin.
function recordDown(
  session: Session,
  effects: Effect[],
  nsp: string,
  record: string,
  now: number,
): Session {
  const space = session.spaces.byName[nsp];
  if (space === undefined) return session;
  if (waitingOf(space)) {
    return wait(session, effects, nsp, space, [PacketType.noop + record], now);
  }
  if (space.phase !== "connected") return session;
  return { ...session, spaces: withSpace(session.spaces, nsp, withRecord(space, record)) };
}
