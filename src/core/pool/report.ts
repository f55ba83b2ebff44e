import type { ObjectId } from "../../wire/sid.ts";

/** What dials have met: a session object's, and those of WebSockets that entry passes. */
export interface Met {
  /** Faults since it was told last. */
  readonly faults: readonly Fault[];
  /** Handshakes that succeeded since then, by origin name: what ends an ejection's trial. */
  readonly opened: readonly string[];
}

/** What a session object tells its pool: absolute numbers, so that a lost or repeated report does no harm. */
export interface Report extends Met {
  readonly object: ObjectId;
  /** Live sessions by origin name; origins without any are left out. */
  readonly sessions: Readonly<Record<string, number>>;
  /** Sessions that it can still take. */
  readonly room: number;
  /** Where it runs (the colo), as far as it knows. */
  readonly place: string;
  /** Places that the pool had granted, and that `sessions` now counts. */
  readonly reservations?: readonly string[];
}

/** A dial that failed, or a session whose origin was lost. A refusal by the application is none. */
export interface Fault {
  readonly origin: string;
  /** What the client's address is counted by: nobody may eject an origin alone. */
  readonly network: string;
}
