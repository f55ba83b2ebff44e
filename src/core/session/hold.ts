import type { SocketPacketHead } from "../../wire/socket-packet.ts";
import { isAck, SocketPacketType } from "../../wire/socket-packet.ts";
import type { Session } from "./session.ts";
import type { Spaces } from "./spaces.ts";
import { isReplaying } from "./spaces.ts";

/** Whether something of that namespace waits, so that what follows has to wait behind it. */
export function isHeld(session: Session, nsp: string): boolean {
  return session.spaces.held.byName[nsp] !== undefined;
}

/** Whether a move waits for this answer, which then may not wait behind what the move holds. */
export function isAwaited({ mooring }: Session, head: SocketPacketHead): boolean {
  return isAck(head) && mooring.phase === "moored" && mooring.quietUntil !== undefined;
}

/** Whether a message has to wait: for an origin, for a namespace's answer, for a move, or for a moment. */
export function isBlocked(
  session: Session,
  nsp: string,
  head: SocketPacketHead,
  now: number,
): boolean {
  const { mooring, spaces } = session;
  // An ended session holds nothing: it drains.
  if (mooring.phase === "ended") return false;
  if (mooring.phase !== "moored") return true;
  if (mooring.quietUntil !== undefined && !isAwaited(session, head)) return true;
  const space = spaces.byName[nsp];
  if (isReplaying(space)) return true;
  if (head.type === SocketPacketType.connect) return (spaces.rests[nsp] ?? 0) > now;
  // The server closes the connection on anything for a namespace that it has not joined.
  return space?.phase === "pending";
}

/** A second CONNECT of a namespace that is connected is the origin's to judge: it closes the connection. */
export function mayConnect(spaces: Spaces, nsp: string): boolean {
  return spaces.byName[nsp] === undefined;
}
