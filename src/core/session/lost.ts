import type { Cause } from "./cause.ts";
import { Causes } from "./cause.ts";
import { drain } from "./drain.ts";
import { heldUnits, heldWith, NOTHING_HELD } from "./held.ts";
import { replayOf } from "./replay.ts";
import type { Effect, Lost, Moored, Mooring, Search, Session } from "./session.ts";
import type { Asked, Space, Spaces } from "./spaces.ts";
import { isReplaying, NOTHING_WAITING, unanswered, withSpace } from "./spaces.ts";
import { flushHeld } from "./uplink.ts";
import { formatConnect } from "../../wire/socket-packet.ts";

const MAX_LOSSES = 3;
const LOSSES_MS = 60_000;
/** A session that is lost again is not moored again within this. */
const PAUSE_MS = 1000;
/** From one round of dials to the next, and the one after that, and so on: there may be very many sessions. */
const RETRIES_MS = [250, 500, 1000];
/** A server that has just begun has its past from the hub in a moment: one that is too young in all of these will not do. */
const YOUNG_ROUNDS = 4;
/** A server sees the end of a connection a moment after it has answered the close: by TCP's. */
const SEEN_MS = 20;
/** Other adapters write a session down when its connection has ended, and not at once. */
const OTHERS_PERSIST_MS = 250;

/** How an origin's end is taken. */
export type Loss = "crash" | "planned";

/** Whether another origin can go on with the session, so that its client need not hear of it. */
export function isMovable({ spaces, limits }: Session, loss: Loss): boolean {
  if (spaces.isOpaque || Object.keys(spaces.byName).length === 0) return false;
  if (limits.onUnrecovered === "connect") return true;
  return Object.values(spaces.byName).every((space) => isRecoverable(space, loss));
}

// Other adapters write a session down only when its connection ends, which a crash does not leave them the time for. And
// they bring none back that has got no event, whose offset they would begin at.
function isRecoverable(space: Space, loss: Loss): boolean {
  if (space.phase === "pending" || space.record !== undefined) return true;
  return loss === "planned" && space.pid !== undefined && space.last !== "";
}

/** The origin is gone: the session waits for another, or ends. */
export function originLost(
  session: Session,
  effects: Effect[],
  cause: Cause,
  loss: Loss,
  now: number,
): Session {
  if (!isMovable(session, loss)) return drain(session, effects, cause, now);
  const { asked } = session.spaces;
  // One that was silent may have hung since before the oldest of them.
  const isSilent = cause.text === Causes.originSilent.text;
  if (isOwed(session, isSilent ? asked : unanswered(asked, now))) {
    return drain(session, effects, cause, now, Causes.pendingAcks);
  }
  const { moorings } = session;
  const losses =
    loss === "planned"
      ? moorings.losses
      : [...moorings.losses.filter((at) => at > now - LOSSES_MS), now];
  if (losses.length > MAX_LOSSES) {
    return drain(session, effects, cause, now, Causes.lostTooOften);
  }
  const pauseMs = Object.values(session.spaces.byName).some(isOthers) ? OTHERS_PERSIST_MS : SEEN_MS;
  const dialAt = loss === "planned" ? now + pauseMs : Math.max(now, moorings.lastAt + PAUSE_MS);
  const lost = lostIn(session.mooring);
  const mooring: Lost = { phase: "lost", cause, dialAt, lost, search: searchOf(session, now) };
  const spaces = adrift(session.spaces);
  return dialIfDue(
    { ...session, mooring, spaces, moorings: { ...moorings, losses } },
    effects,
    now,
  );
}

function lostIn(mooring: Mooring): string | undefined {
  if (mooring.phase === "lost") return mooring.lost;
  return mooring.phase === "ended" ? undefined : mooring.origin;
}

/** Whether the client waits for an answer to one of these that nobody will give. */
export function isOwed({ limits }: Session, asked: readonly Asked[]): boolean {
  return limits.onPendingAcks !== "keep" && asked.some(({ unit }) => unit === undefined);
}

// An origin that is lost before it has answered was no home: the search goes on, and its time with it.
function searchOf({ mooring }: Session, now: number): Search {
  const search = mooring.phase === "moored" ? mooring.search : undefined;
  return search ?? searchFrom(now);
}

export function searchFrom(now: number): Search {
  return { since: now, young: [], rounds: 0, youngRounds: 0 };
}

/** The search is over when every namespace has its answer. */
export function found(session: Session): Session {
  const { mooring, spaces } = session;
  if (mooring.phase !== "moored" || mooring.search === undefined) return session;
  if (Object.values(spaces.byName).some(isReplaying)) return session;
  return { ...session, mooring: { ...mooring, search: undefined } };
}

function isOthers(space: Space): boolean {
  return space.phase === "connected" && space.record === undefined && space.pid !== undefined;
}

// What an origin had begun to answer goes with it, and so do the questions that the client could only answer to it.
function adrift(spaces: Spaces): Spaces {
  const byName: Record<string, Space> = {};
  for (const [nsp, space] of Object.entries(spaces.byName)) {
    byName[nsp] =
      space.phase === "pending"
        ? { ...space, waiting: NOTHING_WAITING }
        : { ...space, replay: undefined };
  }
  let held = NOTHING_HELD;
  for (const { nsp, unit } of spaces.asked) if (unit) held = heldWith(held, nsp, unit, true);
  for (const { nsp, unit, isAgain } of heldUnits(spaces.held)) {
    held = heldWith(held, nsp, unit, isAgain);
  }
  const acks = { base: spaces.acks.next, next: spaces.acks.next, open: [] };
  return { ...spaces, byName, held, asked: [], acks, partDown: undefined };
}

/** Dials, when it is time to. */
export function dialIfDue(session: Session, effects: Effect[], now: number): Session {
  const { mooring, limits } = session;
  if (mooring.phase !== "lost") return session;
  if (now >= mooring.search.since + limits.lossGraceMs) {
    const { cause } = mooring;
    const isMove = cause.reason === Causes.moved.reason;
    return drain(session, effects, isMove ? Causes.originLost : cause, now);
  }
  if (mooring.dialAt === undefined || mooring.dialAt > now) return session;
  const { lost, search } = mooring;
  const except = lost === undefined ? search.young : [lost, ...search.young];
  effects.push({ type: "dial", except });
  return { ...session, mooring: { ...mooring, dialAt: undefined } };
}

export function dialFailed(
  session: Session,
  effects: Effect[],
  why: "unreachable" | "none" | "refused",
  now: number,
): Session {
  const { mooring } = session;
  if (mooring.phase !== "lost") return session;
  // The client comes back with fresh credentials, and hears it itself.
  if (why === "refused") return drain(session, effects, Causes.replayRefused, now);
  const { rounds, young, youngRounds } = mooring.search;
  const search: Search = {
    ...mooring.search,
    young: [],
    rounds: rounds + 1,
    youngRounds: youngRounds + (young.length > 0 ? 1 : 0),
  };
  // It is better begun anew where it can be than held for an origin that may never come.
  if (search.youngRounds >= YOUNG_ROUNDS) return drain(session, effects, Causes.unrecovered, now);
  const dialAt = now + (RETRIES_MS[rounds] ?? Math.max(...RETRIES_MS));
  // After a round of all others, the one that was lost may be back.
  const next: Lost = { ...mooring, dialAt, lost: undefined, search };
  return dialIfDue({ ...session, mooring: next }, effects, now);
}

/** The next origin is there: every namespace is replayed, and what is held follows as the answers come. */
export function dialled(
  session: Session,
  effects: Effect[],
  to: { origin: string; dial: string; maxPayload: number; silenceMs: number },
  now: number,
): Session {
  const { search } = session.mooring.phase === "lost" ? session.mooring : {};
  if (search === undefined) return session;
  const { origin, dial, maxPayload, silenceMs } = to;
  const mooring: Moored = {
    phase: "moored",
    origin,
    silenceMs,
    silentAt: now + silenceMs,
    search,
    isClosing: false,
    quietUntil: undefined,
  };
  const moorings = { ...session.moorings, count: session.moorings.count + 1, lastAt: now };
  const limits = {
    ...session.limits,
    maxPayload: Math.min(session.limits.maxPayload, maxPayload),
  };
  let spaces = session.spaces;
  for (const [nsp, space] of Object.entries(session.spaces.byName)) {
    if (space.phase === "pending") {
      effects.push({ type: "forward", packet: formatConnect(nsp, space.payload) });
    } else {
      effects.push({ type: "forward", packet: replayOf(nsp, space, dial) });
      spaces = withSpace(spaces, nsp, { ...space, replay: NOTHING_WAITING });
    }
  }
  return flushHeld({ ...session, mooring, moorings, limits, spaces }, effects, now);
}

/** That origin can't go on with the session: an older one may, or itself a moment later. */
export function tooYoung(session: Session, effects: Effect[], now: number): Session {
  const { mooring } = session;
  if (mooring.phase !== "moored") return session;
  effects.push({ type: "leave-origin", cause: Causes.tooYoung });
  // In another namespace it may have been asked something already.
  if (isOwed(session, unanswered(session.spaces.asked, now))) {
    return drain(session, effects, Causes.tooYoung, now, Causes.pendingAcks);
  }
  const search = mooring.search ?? searchFrom(now);
  const next: Lost = {
    phase: "lost",
    cause: Causes.tooYoung,
    dialAt: now,
    lost: undefined,
    search: { ...search, young: [...search.young, mooring.origin] },
  };
  return dialIfDue({ ...session, mooring: next, spaces: adrift(session.spaces) }, effects, now);
}
