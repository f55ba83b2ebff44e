import { Causes } from "../../../src/core/session/cause.ts";
import type { Effect, Session, Step } from "../../../src/core/session/session.ts";
import type { SocketPacketHead } from "../../../src/wire/socket-packet.ts";
import { isAck, readHead } from "../../../src/wire/socket-packet.ts";

/** What a step has done wrong about a planned move; `hasParted` says whether the origin is done with what it had. */
export function faultsOfMove(
  before: Session,
  { next, effects }: Step,
  hasParted: boolean,
  now: number,
): string[] {
  const faults: string[] = [];
  const heads = effects.flatMap((effect) => headOf(effect) ?? []);
  const isPutOff = effects.some(({ type }) => type === "put-off");
  if (isPutOff && heads.some(isAck)) {
    faults.push("a move was put off for an answer that the edge held itself");
  }
  if (isWaiting(before) && isWaiting(next) && !heads.every(isAck)) {
    faults.push("something goes up while a move waits for quiet");
  }
  const isLeft = effects.some(({ type }) => type === "close-origin");
  if (isLeft && !hasParted && !isLate(before, now)) {
    faults.push("an origin is left before it is done");
  }
  if (isLeft && (next.spaces.partUp ?? next.spaces.partDown) !== undefined) {
    faults.push("an origin is left in the middle of a message");
  }
  const { transport } = next;
  const isFull = transport.phase === "closed" && transport.cause === Causes.heldTooMuch;
  if (isWaiting(before) && isFull && !isHeldAnyway(before) && !isHeldAnyway(next)) {
    faults.push("a session is closed for what a move holds, which could wait");
  }
  return faults;
}

/** Whether something may be held for an answer of the origin's, too, or for a moment. */
function isHeldAnyway({ spaces }: Session): boolean {
  if (Object.keys(spaces.rests).length > 0) return true;
  return Object.values(spaces.byName).some(
    (space) => space.phase === "pending" || space.replay !== undefined,
  );
}

function isWaiting({ mooring }: Session): boolean {
  return mooring.phase === "moored" && mooring.quietUntil !== undefined;
}

function isLate({ mooring }: Session, now: number): boolean {
  return mooring.phase === "moored" && (mooring.quietUntil ?? Infinity) <= now;
}

function headOf(effect: Effect): SocketPacketHead | undefined {
  const packet = effect.type === "forward" ? effect.packet : "";
  return typeof packet === "string" ? readHead(packet) : undefined;
}
