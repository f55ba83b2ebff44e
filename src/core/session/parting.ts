import { formatParting } from "../../wire/recovery/note.ts";
import type { Effect, Moored, Session } from "./session.ts";

/** Servers with other adapters write down what there is when the connection ends: of them nothing is asked. */
export function hasParted({ mooring, spaces }: Session): boolean {
  if (mooring.phase === "moored" && mooring.parting?.state === "answered") return true;
  return Object.values(spaces.byName).every(
    (space) => space.phase !== "connected" || space.record === undefined,
  );
}

/** Asks the origin to say when it is done: its handlers may still change what the next one has to know. */
export function part(session: Session, mooring: Moored, effects: Effect[]): Session {
  const { parting } = mooring;
  if (parting?.state === "asked") return session;
  const n = (parting?.n ?? 0) + 1;
  effects.push({ type: "forward", packet: formatParting(n) });
  return { ...session, mooring: { ...mooring, parting: { n, state: "asked" } } };
}

/** The origin has dealt with all that came before that parting. */
export function parted(session: Session, n: number): Session {
  const { mooring } = session;
  if (mooring.phase !== "moored" || mooring.parting?.n !== n) return session;
  if (mooring.parting.state !== "asked") return session;
  return { ...session, mooring: { ...mooring, parting: { n, state: "answered" } } };
}

/** Something else goes up to the origin. */
export function unparted(session: Session): Session {
  const { mooring } = session;
  if (mooring.phase !== "moored" || mooring.parting === undefined) return session;
  const { n, state } = mooring.parting;
  if (state === "stale") return session;
  return { ...session, mooring: { ...mooring, parting: { n, state: "stale" } } };
}
