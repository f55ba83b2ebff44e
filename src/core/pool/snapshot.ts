import type { ObjectId } from "../../wire/sid.ts";
import type { PoolOrigin } from "./origin.ts";

/** What the pool object knows, as entry gets it: plain data, instants in ms since the epoch. */
export interface Snapshot {
  readonly takenAt: number;
  readonly origins: readonly OriginStatus[];
  /** Session objects that have sessions at an origin. */
  readonly objects: number;
  /** Session objects near the caller that have room, fullest first; last such as have some that is promised to nobody. */
  readonly open: readonly OpenRoom[];
}

export interface OpenRoom {
  readonly object: ObjectId;
  /** Sessions that it can still take; of what is offered to a caller, those that it may give to it. */
  readonly room: number;
}

/** An origin's place in the pool now. Weight and the like are what runtime control has made of the configuration. */
export interface OriginStatus extends PoolOrigin {
  readonly admin: AdminState;
  readonly health: HealthState;
  /** Live sessions, by the object's reports. */
  readonly sessions: number;
  /** Since when it has been up; slow start counts from here. */
  readonly upSince: number;
}

/** What an operator has said: `drain` gets no new sessions, `maint` gets neither sessions nor checks. */
export type AdminState = "ready" | "drain" | "maint";

/**
 * `down`: failing its checks; `ejected`: taken out for the faults of sessions; `trial`: one session at a time may show
 * that it is back.
 */
export type HealthState = "up" | "down" | "ejected" | "trial";
