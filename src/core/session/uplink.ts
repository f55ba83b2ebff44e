import type { Packet } from "../../wire/packet.ts";
import type { SocketPacketHead } from "../../wire/socket-packet.ts";
import { isAck, isEvent, SocketPacketType, withAck } from "../../wire/socket-packet.ts";
import { Causes } from "./cause.ts";
import { close } from "./close.ts";
import type { HeldUnit } from "./held.ts";
import { firstHeld, heldAfter, heldWith } from "./held.ts";
import { isAwaited, isBlocked, isHeld, mayConnect } from "./hold.ts";
import { passOnAll } from "./opaque.ts";
import { unparted } from "./parting.ts";
import { anew, comingBack } from "./replay.ts";
import type { Effect, Moored, Session } from "./session.ts";
import type { Spaces } from "./spaces.ts";
import {
  askedBytes,
  isWithinBounds,
  MAX_SPACES,
  NOTHING_WAITING,
  remembered,
  withoutHeld,
  withoutSpace,
  withSpace,
} from "./spaces.ts";
import type { Gathered, Part, Unit } from "./unit.ts";
import { gather, headOf, unitBytes } from "./unit.ts";

/** Long enough that a CONNECT does not come in one chunk with the DISCONNECT before it: a server closes on that. */
const REST_MS = 10;

/** Takes a message of the client's for the origin, or keeps it until an origin can take it. */
export function sendUp(session: Session, effects: Effect[], packet: Packet, now: number): Session {
  const { spaces, limits } = session;
  if (spaces.isOpaque) return relay(session, effects, [packet]);
  const gathered = gather(spaces.partUp, packet, limits.queueBytes);
  // The first message decides.
  if (!spaces.isKnown && !isConnect(gathered)) {
    return relay({ ...session, spaces: { ...spaces, isOpaque: true } }, effects, [packet]);
  }
  switch (gathered.type) {
    case "unit":
      return unitUp(withPart(session, undefined), effects, gathered.head, gathered.unit, now);
    case "part":
      return withPart(session, gathered.part);
    case "rubbish":
      // It is the origin's to judge.
      return relay(withPart(session, undefined), effects, gathered.packets);
    case "too-large":
      return close(session, effects, Causes.payloadTooLarge);
  }
}

function isConnect(gathered: Gathered): boolean {
  return gathered.type === "unit" && gathered.head.type === SocketPacketType.connect;
}

function withPart(session: Session, partUp: Part | undefined): Session {
  if (session.spaces.partUp === partUp) return session;
  return { ...session, spaces: { ...session.spaces, partUp } };
}

/** Sends what is held in these namespaces, in order, as far as each one's answer has come. */
export function flushHeld(
  session: Session,
  effects: Effect[],
  now: number,
  names: readonly string[] = Object.keys(session.spaces.held.byName),
): Session {
  let current = session;
  let open = names;
  for (;;) {
    const first = firstHeld(current.spaces.held, open);
    if (first === undefined || current.mooring.phase !== "moored") return current;
    const { nsp, unit, isAgain } = first;
    const head = headOf(unit);
    if (isBlocked(current, nsp, head, now)) open = open.filter((name) => name !== nsp);
    else if (isTooMuch(current.spaces, head, unit)) return passOnAll(current, effects, now);
    else current = unitNow(withoutFirst(current, first), effects, head, unit, now, isAgain);
  }
}

function unitUp(
  session: Session,
  effects: Effect[],
  head: SocketPacketHead,
  unit: Unit,
  now: number,
): Session {
  const { nsp, type } = head;
  if (type === SocketPacketType.connect) return connectUp(session, effects, head, unit, now);
  if (type === SocketPacketType.disconnect) return disconnectUp(session, effects, head, unit, now);
  const isBehind = isHeld(session, nsp) && !isAwaited(session, head);
  if (isBehind || isBlocked(session, nsp, head, now))
    return hold(session, effects, head, unit, now);
  return unitNow(session, effects, head, unit, now);
}

function connectUp(
  session: Session,
  effects: Effect[],
  head: SocketPacketHead,
  unit: Unit,
  now: number,
): Session {
  const { nsp } = head;
  // The answer to the first serves.
  if (session.spaces.byName[nsp]?.phase === "pending" && !isHeld(session, nsp)) return session;
  const [packet] = unit;
  const hasLeft = session.spaces.left.includes(nsp);
  // It left that session, even if no origin has heard of it.
  const asked = hasLeft ? anew : comingBack;
  const own: Unit = typeof packet === "string" ? [asked(packet, head)] : unit;
  const left = session.spaces.left.filter((name) => name !== nsp);
  const known = { ...session, spaces: { ...session.spaces, isKnown: true, left } };
  if (isHeld(known, nsp) || isBlocked(known, nsp, head, now)) {
    return hold(known, effects, headOf(own), own, now);
  }
  return unitNow(known, effects, headOf(own), own, now);
}

function disconnectUp(
  session: Session,
  effects: Effect[],
  head: SocketPacketHead,
  unit: Unit,
  now: number,
): Session {
  const { nsp } = head;
  const isIn = session.spaces.byName[nsp] !== undefined || isHeld(session, nsp);
  if (!isIn) return toNobody(session, effects, unit);
  const others = session.spaces.left.filter((name) => name !== nsp);
  const left = [...others, nsp].slice(-MAX_SPACES);
  const leaving = { ...session, spaces: { ...session.spaces, left } };
  if (session.mooring.phase === "lost") {
    // No origin has it again, and none is to.
    return { ...leaving, spaces: withoutHeld(leaving.spaces, nsp, () => false) };
  }
  if (isHeld(leaving, nsp) || isBlocked(leaving, nsp, head, now)) {
    return hold(leaving, effects, head, unit, now);
  }
  return unitNow(leaving, effects, head, unit, now);
}

function unitNow(
  session: Session,
  effects: Effect[],
  head: SocketPacketHead,
  unit: Unit,
  now: number,
  isAgain = false,
): Session {
  const { nsp, type } = head;
  const space = session.spaces.byName[nsp];
  if (type === SocketPacketType.connect) return connectNow(session, effects, head, unit, now);
  if (space === undefined) return toNobody(session, effects, unit);
  if (type === SocketPacketType.disconnect) {
    const rests = { ...session.spaces.rests, [nsp]: now + REST_MS };
    const spaces = { ...withoutSpace(session.spaces, nsp), rests };
    return relay({ ...session, spaces }, effects, unit);
  }
  if (isAck(head)) return ackNow(session, effects, head, unit);
  return relay(asking(session, head, isAgain ? undefined : unit, now), effects, unit);
}

// Its first origin knows best what the client may send, and closes the session of one that is at fault. Another would take
// for a fault what was meant for the one before.
function toNobody(session: Session, effects: Effect[], unit: Unit): Session {
  return session.moorings.count === 0 ? relay(session, effects, unit) : session;
}

function connectNow(
  session: Session,
  effects: Effect[],
  head: SocketPacketHead,
  unit: Unit,
  now: number,
): Session {
  const { spaces } = session;
  // The answer to the first serves.
  if (spaces.byName[head.nsp]?.phase === "pending") return session;
  if (isTooMuch(spaces, head, unit)) {
    const passed = passOnAll(session, effects, now);
    return passed.spaces.isOpaque ? relay(passed, effects, unit) : passed;
  }
  if (!mayConnect(spaces, head.nsp)) return relay(session, effects, unit);
  const payload = payloadOf(head, unit);
  const pending = { phase: "pending", payload, waiting: NOTHING_WAITING } as const;
  return relay({ ...session, spaces: withSpace(spaces, head.nsp, pending) }, effects, unit);
}

/** A CONNECT that is more than a session is kept movable with. */
function isTooMuch(spaces: Spaces, head: SocketPacketHead, unit: Unit): boolean {
  if (head.type !== SocketPacketType.connect) return false;
  if (spaces.byName[head.nsp]?.phase === "pending") return false;
  return !isWithinBounds(spaces, payloadOf(head, unit));
}

function payloadOf(head: SocketPacketHead, [packet]: Unit): string {
  return typeof packet === "string" ? packet.slice(head.payloadAt) : "";
}

// An answer to what another origin had asked answers nothing here.
function ackNow(session: Session, effects: Effect[], head: SocketPacketHead, unit: Unit): Session {
  const { acks } = session.spaces;
  const [packet, ...attachments] = unit;
  if (head.ack === undefined || typeof packet !== "string") return relay(session, effects, unit);
  if (head.ack < acks.base) return session;
  const open = acks.open.filter(({ nsp, ack }) => nsp !== head.nsp || ack !== head.ack);
  const spaces = { ...session.spaces, acks: { ...acks, open } };
  const own = acks.base === 0 ? packet : withAck(packet, head, head.ack - acks.base);
  return relay({ ...session, spaces }, effects, [own, ...attachments]);
}

function asking(
  session: Session,
  head: SocketPacketHead,
  unit: Unit | undefined,
  now: number,
): Session {
  const { spaces, limits } = session;
  if (head.ack === undefined || !isEvent(head)) return session;
  // What does not fit is not asked again: the session ends where its answer is owed.
  const isWanted = limits.onPendingAcks === "replay" && unit !== undefined;
  const bytes = isWanted ? unitBytes(unit) : 0;
  const isKept = isWanted && bytes + askedBytes(spaces) <= limits.holdBytes;
  const kept = isKept ? { bytes, unit } : { bytes: 0, unit: undefined };
  const one = { nsp: head.nsp, ack: head.ack, at: now, ...kept };
  return { ...session, spaces: { ...spaces, asked: remembered(spaces.asked, one) } };
}

function hold(
  session: Session,
  effects: Effect[],
  head: SocketPacketHead,
  unit: Unit,
  now: number,
): Session {
  const { spaces, limits, mooring } = session;
  const held = heldWith(spaces.held, head.nsp, unit);
  if (held.bytes <= limits.holdBytes && Object.keys(held.byName).length <= MAX_SPACES) {
    return { ...session, spaces: { ...spaces, held } };
  }
  // Its origin is there: the move can wait.
  if (mooring.phase === "moored" && mooring.quietUntil !== undefined) {
    const staying = putOff(session, mooring, effects, now);
    if (staying.transport.phase === "closed") return staying;
    return unitUp(staying, effects, head, unit, now);
  }
  return close(session, effects, Causes.heldTooMuch);
}

/** Gives up a planned move for now, and sends what was held for it. */
export function putOff(session: Session, mooring: Moored, effects: Effect[], now: number): Session {
  effects.push({ type: "put-off" });
  return flushHeld({ ...session, mooring: { ...mooring, quietUntil: undefined } }, effects, now);
}

function withoutFirst(session: Session, first: HeldUnit): Session {
  const held = heldAfter(session.spaces.held, first);
  return { ...session, spaces: { ...session.spaces, held } };
}

// After its origin's end a session only drains; as in Engine.IO's server, what comes up then goes nowhere.
function relay(session: Session, effects: Effect[], unit: Unit): Session {
  if (session.mooring.phase !== "moored") return session;
  for (const packet of unit) effects.push({ type: "forward", packet });
  return unparted(session);
}
