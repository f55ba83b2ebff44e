import type { Packet } from "../../wire/packet.ts";
import type { SocketPacketHead } from "../../wire/socket-packet.ts";
import {
  isAck,
  isEvent,
  readHead,
  SocketPacketType,
  trailingString,
  withAck,
} from "../../wire/socket-packet.ts";
import { Causes } from "./cause.ts";
import { deliver } from "./deliver.ts";
import { leave } from "./drain.ts";
import { withOffset } from "./offset.ts";
import { firstOffset, readAnswer } from "./replay.ts";
import { appended, isEmptyRow, itemsOf } from "./row.ts";
import type { Effect, Session } from "./session.ts";
import type { Connected, Pending, Space, Waiting } from "./spaces.ts";
import { NOTHING_WAITING, remembered, unanswered, withoutHeld, withSpace } from "./spaces.ts";
import type { Part, Unit } from "./unit.ts";
import { gather, unitBytes } from "./unit.ts";
import { flushHeld } from "./uplink.ts";

/** Takes a message of the origin's for the client. */
export function sendDown(
  session: Session,
  effects: Effect[],
  packet: Packet,
  now: number,
): Session {
  const { spaces, limits } = session;
  if (spaces.isOpaque || !spaces.isKnown) return deliver(session, effects, packet, now);
  const gathered = gather(spaces.partDown, packet, limits.queueBytes);
  switch (gathered.type) {
    case "unit":
      return unitDown(withPart(session, undefined), effects, gathered.head, gathered.unit, now);
    case "part":
      return withPart(session, gathered.part);
    case "rubbish":
      return deliverAll(withPart(session, undefined), effects, gathered.packets, now);
    case "too-large":
      return leave(session, effects, Causes.originPacketTooLarge, now);
  }
}

function withPart(session: Session, partDown: Part | undefined): Session {
  if (session.spaces.partDown === partDown) return session;
  return { ...session, spaces: { ...session.spaces, partDown } };
}

function unitDown(
  session: Session,
  effects: Effect[],
  head: SocketPacketHead,
  unit: Unit,
  now: number,
): Session {
  const space = session.spaces.byName[head.nsp];
  switch (head.type) {
    case SocketPacketType.connect:
      return connectAnswered(session, effects, head, unit, now);
    case SocketPacketType.connectError:
      return connectRefused(session, effects, head, unit, now);
    case SocketPacketType.disconnect:
      return disconnectDown(session, effects, head, unit, now);
    case SocketPacketType.event:
    case SocketPacketType.binaryEvent:
    case SocketPacketType.ack:
    case SocketPacketType.binaryAck:
      // Its client has left, and would take it for rubbish.
      if (space === undefined) return session;
      if (waitingOf(space)) return wait(session, effects, head.nsp, space, unit, now);
      return deliverUnit(session, effects, head, unit, now);
  }
}

/** Keeps what precedes an answer: it is the client's with that answer, or nobody's. */
export function wait(
  session: Session,
  effects: Effect[],
  nsp: string,
  space: Space,
  unit: Unit,
  now: number,
): Session {
  const before = waitingOf(space) ?? NOTHING_WAITING;
  const bytes = before.bytes + unitBytes(unit);
  if (bytes > session.limits.queueBytes) {
    return leave(session, effects, Causes.originPacketTooLarge, now);
  }
  const waiting = { units: appended(before.units, unit), bytes };
  const next = space.phase === "pending" ? { ...space, waiting } : { ...space, replay: waiting };
  return { ...session, spaces: withSpace(session.spaces, nsp, next) };
}

export function waitingOf(space: Space): Waiting | undefined {
  return space.phase === "pending" ? space.waiting : space.replay;
}

function connectAnswered(
  session: Session,
  effects: Effect[],
  head: SocketPacketHead,
  unit: Unit,
  now: number,
): Session {
  const space = session.spaces.byName[head.nsp];
  if (space === undefined) return session;
  const [packet] = unit;
  const pid = readAnswer(typeof packet === "string" ? packet.slice(head.payloadAt) : "");
  if (space.phase === "pending") {
    const connected = connectedFrom(space, pid);
    const next = { ...session, spaces: withSpace(session.spaces, head.nsp, connected) };
    const told = deliverWaiting(next, effects, head.nsp, space.waiting, now);
    return flushHeld(deliverAll(told, effects, unit, now), effects, now, [head.nsp]);
  }
  if (space.replay === undefined) return deliverAll(session, effects, unit, now);
  if (pid !== undefined && pid === space.pid) {
    const restored: Space = { ...space, replay: undefined };
    const next = { ...session, spaces: withSpace(session.spaces, head.nsp, restored) };
    const told = deliverWaiting(next, effects, head.nsp, space.replay, now);
    return flushHeld(placed(told, head.nsp, space), effects, now, [head.nsp]);
  }
  return unrecovered(session, effects, head.nsp, space, pid, unit, now);
}

// @socket.io/mongo-adapter brings what was missed without its offsets: where the client stands then is not known, and it would
// have the same again from a next origin. It is known again with the next event.
function placed(session: Session, nsp: string, before: Connected): Session {
  const space = session.spaces.byName[nsp];
  if (space?.phase !== "connected" || space.record !== undefined) return session;
  if (before.replay === undefined || isEmptyRow(before.replay.units)) return session;
  const isKnown = space.last !== before.last && isObjectId(space.last) === isObjectId(before.last);
  if (isKnown) return session;
  return { ...session, spaces: withSpace(session.spaces, nsp, { ...space, last: "" }) };
}

/** MongoDB's, as text: what its adapter has for offsets. */
function isObjectId(offset: string): boolean {
  return /^[0-9a-f]{24}$/.test(offset);
}

// The state is gone. The client may only be left connected where its application was asked to live with that.
function unrecovered(
  session: Session,
  effects: Effect[],
  nsp: string,
  space: Connected,
  pid: string | undefined,
  unit: Unit,
  now: number,
): Session {
  if (session.limits.onUnrecovered === "close")
    return leave(session, effects, Causes.unrecovered, now);
  const connected = connectedFrom({ ...space, phase: "pending", waiting: NOTHING_WAITING }, pid);
  const next = { ...session, spaces: withSpace(session.spaces, nsp, connected) };
  const told = deliverAll(next, effects, unit, now);
  const waited = deliverWaiting(told, effects, nsp, space.replay ?? NOTHING_WAITING, now);
  return flushHeld(waited, effects, now, [nsp]);
}

function connectedFrom({ payload }: Pending, pid: string | undefined): Connected {
  return {
    phase: "connected",
    payload,
    pid,
    record: undefined,
    seen: {},
    last: firstOffset(payload, pid),
    replay: undefined,
  };
}

function connectRefused(
  session: Session,
  effects: Effect[],
  head: SocketPacketHead,
  unit: Unit,
  now: number,
): Session {
  const space = session.spaces.byName[head.nsp];
  // Passed on, it would leave a stock client `connected` to nothing for ever.
  if (space?.phase === "connected") return leave(session, effects, Causes.replayRefused, now);
  const next = { ...session, spaces: withoutHeld(session.spaces, head.nsp, isConnect) };
  return flushHeld(deliverAll(next, effects, unit, now), effects, now, [head.nsp]);
}

function disconnectDown(
  session: Session,
  effects: Effect[],
  head: SocketPacketHead,
  unit: Unit,
  now: number,
): Session {
  const { nsp } = head;
  const space = session.spaces.byName[nsp];
  // It is the former socket's, of which the client knows nothing any more.
  if (space?.phase === "pending") return session;
  const waited = space?.replay ? deliverWaiting(session, effects, nsp, space.replay, now) : session;
  const spaces = withoutHeld(waited.spaces, nsp, isConnect);
  return flushHeld(deliverAll({ ...waited, spaces }, effects, unit, now), effects, now, [nsp]);
}

function isConnect([packet]: Unit): boolean {
  return typeof packet === "string" && readHead(packet)?.type === SocketPacketType.connect;
}

function deliverWaiting(
  session: Session,
  effects: Effect[],
  nsp: string,
  waiting: Waiting,
  now: number,
): Session {
  let current = session;
  for (const unit of itemsOf(waiting.units)) {
    const [packet] = unit;
    const head = typeof packet === "string" ? readHead(packet) : undefined;
    if (head) current = deliverUnit(current, effects, head, unit, now);
    // A record of the origin's for the edge stands among them.
    else if (typeof packet === "string") current = noted(current, nsp, packet.slice(1));
  }
  return current;
}

/** An origin's record stands in order with what it sends. */
function noted(session: Session, nsp: string, record: string): Session {
  const space = session.spaces.byName[nsp];
  if (space?.phase !== "connected") return session;
  return { ...session, spaces: withSpace(session.spaces, nsp, withRecord(space, record)) };
}

/** `record` may be "": the session is unrecoverable from now on. */
export function withRecord(space: Connected, record: string): Connected {
  return { ...space, record: record === "" ? undefined : record, seen: {} };
}

function deliverUnit(
  session: Session,
  effects: Effect[],
  head: SocketPacketHead,
  unit: Unit,
  now: number,
): Session {
  const [packet, ...attachments] = unit;
  if (typeof packet !== "string") return deliverAll(session, effects, unit, now);
  if (isAck(head)) return deliverAll(answered(session, head), effects, unit, now);
  if (!isEvent(head)) return deliverAll(session, effects, unit, now);
  if (head.ack !== undefined) {
    const { acks } = session.spaces;
    const ack = acks.base + head.ack;
    const open = remembered(unanswered(acks.open, now), { nsp: head.nsp, ack, at: now });
    const next = { ...acks, open, next: Math.max(acks.next, ack + 1) };
    const spaces = { ...session.spaces, acks: next };
    const own = acks.base === 0 ? packet : withAck(packet, head, ack);
    return deliverAll({ ...session, spaces }, effects, [own, ...attachments], now);
  }
  const offset = trailingString(packet);
  const noticed = offset === undefined ? session : seen(session, head.nsp, offset);
  return deliverAll(noticed, effects, unit, now);
}

function seen(session: Session, nsp: string, offset: string): Session {
  const space = session.spaces.byName[nsp];
  if (space?.phase !== "connected") return session;
  const next = withOffset(space, offset);
  return next === space ? session : { ...session, spaces: withSpace(session.spaces, nsp, next) };
}

function answered(session: Session, head: SocketPacketHead): Session {
  const { asked } = session.spaces;
  const left = asked.filter(({ nsp, ack }) => nsp !== head.nsp || ack !== head.ack);
  return left.length === asked.length
    ? session
    : { ...session, spaces: { ...session.spaces, asked: left } };
}

function deliverAll(session: Session, effects: Effect[], unit: Unit, now: number): Session {
  let current = session;
  for (const packet of unit) current = deliver(current, effects, packet, now);
  return current;
}
