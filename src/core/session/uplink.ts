import type { Packet } from "../../wire/packet.ts";
import { packetBytes } from "../../wire/packet.ts";
import type { SocketPacketHead } from "../../wire/socket-packet.ts";
import { isAck, isEvent, readHead, SocketPacketType, withAck } from "../../wire/socket-packet.ts";
import { Causes } from "./cause.ts";
import { close } from "./close.ts";
import { isAwaited, isBlocked, isHeld, mayConnect } from "./hold.ts";
import { unparted } from "./parting.ts";
import { passOnAll } from "./opaque.ts";
import { anew, comingBack } from "./replay.ts";
import type { Effect, Session } from "./session.ts";
import type { HeldUnit, Unit } from "./spaces.ts";
import {
  askedBytes,
  heldOf,
  heldUnits,
  heldWith,
  isNothingHeld,
  isWithinBounds,
  MAX_SPACES,
  NOTHING_HELD,
  NOTHING_WAITING,
  remembered,
  unitBytes,
  withoutSpace,
  withSpace,
} from "./spaces.ts";

/** Long enough that a CONNECT does not come in one chunk with the DISCONNECT before it: a server closes on that. */
const REST_MS = 10;

/** Takes a message of the client's for the origin, or keeps it until an origin can take it. */
export function sendUp(session: Session, effects: Effect[], packet: Packet, now: number): Session {
  const { spaces } = session;
  if (spaces.isOpaque) return relay(session, effects, [packet]);
  if (spaces.partUp) return attachmentUp(session, effects, packet, now);
  const head = typeof packet === "string" ? readHead(packet) : undefined;
  if (head === undefined || (!spaces.isKnown && head.type !== SocketPacketType.connect)) {
    // The first message decides; a known client that sends rubbish is the origin's to judge.
    const isOpaque = !spaces.isKnown;
    return relay({ ...session, spaces: { ...spaces, isOpaque } }, effects, [packet]);
  }
  if (head.attachments === 0) return unitUp(session, effects, head, [packet], now);
  const partUp = {
    packets: [packet],
    missing: head.attachments,
    bytes: packetBytes(packet),
  } as const;
  return { ...session, spaces: { ...spaces, partUp } };
}

/** Sends what is held, in order, as far as each namespace's answer has come. */
export function flushHeld(session: Session, effects: Effect[], now: number): Session {
  if (isNothingHeld(session.spaces) || session.mooring.phase !== "moored") return session;
  const kept: HeldUnit[] = [];
  const stopped = new Set<string>();
  let current: Session = { ...session, spaces: { ...session.spaces, held: NOTHING_HELD } };
  for (const held of heldUnits(session.spaces)) {
    const head = headOf(held.unit);
    if (current.spaces.isOpaque) current = relay(current, effects, held.unit);
    else if (stopped.has(held.nsp) || isBlocked(current, held.nsp, head, now)) {
      stopped.add(held.nsp);
      kept.push(held);
    } else {
      current = unitNow(current, effects, head, held.unit, now, held.isAgain);
    }
  }
  if (current.spaces.isOpaque) return relayAll(current, effects, kept);
  return { ...current, spaces: { ...current.spaces, held: heldOf(kept) } };
}

function attachmentUp(session: Session, effects: Effect[], packet: Packet, now: number): Session {
  const { spaces, limits } = session;
  const { partUp } = spaces;
  if (partUp === undefined) return session;
  const packets: Unit = [...partUp.packets, packet];
  const bytes = partUp.bytes + packetBytes(packet);
  const without = { ...session, spaces: { ...spaces, partUp: undefined } };
  // Text where an attachment was due is a parse error, which is for the origin to say.
  if (isText(packet)) return relay(without, effects, packets);
  if (bytes > limits.holdBytes) return close(session, effects, Causes.heldTooMuch);
  if (partUp.missing > 1) {
    const next = { packets, missing: partUp.missing - 1, bytes };
    return { ...session, spaces: { ...spaces, partUp: next } };
  }
  return unitUp(without, effects, headOf(packets), packets, now);
}

// forceBase64 has a client send its binary messages as text that begins with "b".
function isText(packet: Packet): boolean {
  return typeof packet === "string" && !packet.startsWith("b");
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
  if (isBehind || isBlocked(session, nsp, head, now)) return hold(session, effects, nsp, unit);
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
  const [packet] = unit;
  const hasLeft = session.spaces.left.includes(nsp);
  // It left that session, even if no origin has heard of it.
  const asked = hasLeft ? anew : comingBack;
  const own: Unit = typeof packet === "string" ? [asked(packet, head)] : unit;
  const left = session.spaces.left.filter((name) => name !== nsp);
  const known = { ...session, spaces: { ...session.spaces, isKnown: true, left } };
  if (isHeld(known, nsp) || isBlocked(known, nsp, head, now)) {
    return hold(known, effects, nsp, own);
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
  if (session.mooring.phase === "lost") return forget(leaving, nsp);
  if (isHeld(leaving, nsp) || isBlocked(leaving, nsp, head, now)) {
    return hold(leaving, effects, nsp, unit);
  }
  return unitNow(leaving, effects, head, unit, now);
}

/** A namespace that its client has left before any origin had it again. */
function forget(session: Session, nsp: string): Session {
  const held = heldOf(heldUnits(session.spaces).filter((one) => one.nsp !== nsp));
  return { ...session, spaces: { ...withoutSpace(session.spaces, nsp), held } };
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
  const [packet] = unit;
  // The answer to the first serves.
  if (spaces.byName[head.nsp]?.phase === "pending") return session;
  const payload = typeof packet === "string" ? packet.slice(head.payloadAt) : "";
  if (!isWithinBounds(spaces, payload)) {
    return relay(passOnAll(session, effects, now), effects, unit);
  }
  if (!mayConnect(spaces, head.nsp)) return relay(session, effects, unit);
  const pending = { phase: "pending", payload, waiting: NOTHING_WAITING } as const;
  return relay({ ...session, spaces: withSpace(spaces, head.nsp, pending) }, effects, unit);
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
  return { ...session, spaces: { ...spaces, asked: remembered(spaces.asked, one, now) } };
}

function hold(session: Session, effects: Effect[], nsp: string, unit: Unit): Session {
  const held = heldWith(session.spaces.held, { nsp, unit }, session.limits.holdBytes);
  if (held === undefined) return close(session, effects, Causes.heldTooMuch);
  return { ...session, spaces: { ...session.spaces, held } };
}

// After its origin's end a session only drains; as in Engine.IO's server, what comes up then goes nowhere.
function relay(session: Session, effects: Effect[], unit: Unit): Session {
  if (session.mooring.phase !== "moored") return session;
  for (const packet of unit) effects.push({ type: "forward", packet });
  return unparted(session);
}

function relayAll(session: Session, effects: Effect[], units: readonly HeldUnit[]): Session {
  for (const { unit } of units) relay(session, effects, unit);
  return session;
}

function headOf(unit: Unit): SocketPacketHead {
  const [packet] = unit;
  const head = typeof packet === "string" ? readHead(packet) : undefined;
  if (head === undefined) throw new Error("Expected a unit to begin with a Socket.IO packet.");
  return head;
}
