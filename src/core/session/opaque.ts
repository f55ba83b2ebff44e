import { PacketType } from "../../wire/packet.ts";
import { Causes } from "./cause.ts";
import { close } from "./close.ts";
import { deliver } from "./deliver.ts";
import { itemsOf } from "./row.ts";
import { heldUnits } from "./held.ts";
import type { Effect, Session } from "./session.ts";
import type { Spaces } from "./spaces.ts";
import { NO_SPACES } from "./spaces.ts";
import type { Unit } from "./unit.ts";
import { packetsOf } from "./unit.ts";

/**
 * Ceases to look into what passes, since it is more than can be kept. What had to wait goes now: for the answer after
 * which it was due, nobody would look any more.
 */
export function passOnAll(session: Session, effects: Effect[], now: number): Session {
  const { spaces, moorings } = session;
  // Its acks have numbers that its origin does not know.
  if (moorings.count > 0) return close(session, effects, Causes.unrecovered);
  let current: Session = { ...session, spaces: { ...NO_SPACES, isKnown: true, isOpaque: true } };
  for (const unit of waitingUnits(spaces)) {
    for (const packet of unit) current = deliver(current, effects, packet, now);
  }
  const up = [
    ...heldUnits(spaces.held).map(({ unit }) => unit),
    spaces.partUp ? packetsOf(spaces.partUp) : [],
  ];
  for (const packet of up.flat()) effects.push({ type: "forward", packet });
  return current;
}

function waitingUnits({ byName, partDown }: Spaces): readonly Unit[] {
  const waiting = Object.values(byName).flatMap((space) =>
    space.phase === "pending" ? itemsOf(space.waiting.units) : [],
  );
  // A record stands among them that was for the edge.
  const all = waiting.filter(
    ([packet]) => typeof packet !== "string" || !packet.startsWith(PacketType.noop),
  );
  return partDown ? [...all, packetsOf(partDown)] : all;
}
