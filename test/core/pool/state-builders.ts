import type { HealthCheck, Pool } from "../../../src/core/pool/pool.ts";
import type { Report } from "../../../src/core/pool/report.ts";
import type { HealthState, Snapshot } from "../../../src/core/pool/snapshot.ts";
import type { Effect, Event, PoolState } from "../../../src/core/pool/state.ts";
import { begin, snapshotOf, step } from "../../../src/core/pool/state.ts";
import type { ObjectId } from "../../../src/wire/sid.ts";
import { objectId } from "../../../src/wire/sid.ts";

export const HEALTH: HealthCheck = {
  method: "HEAD",
  path: "/health",
  status: 200,
  intervalMs: 2000,
  timeoutMs: 500,
  rise: 2,
  fall: 3,
};

export function object(number: number): ObjectId {
  return objectId(number.toString(16).padStart(64, "0"));
}

export function report(number: number, change: Partial<Omit<Report, "object">> = {}): Report {
  const base = { sessions: {}, room: 0, place: "AMS", faults: [], opened: [] };
  return { object: object(number), ...base, ...change };
}

/** Faults of sessions at one origin, one from each network. */
export function faults(name: string, networks: readonly string[]): Report {
  return report(0, { faults: networks.map((network) => ({ origin: name, network })) });
}

/** A pool object's state with a clock, and all that it has ordered since it was last asked. */
export class PoolShell {
  now: number;
  state: PoolState;
  #effects: Effect[] = [];

  constructor(pool: Pool, now = 1_000_000) {
    this.now = now;
    this.state = begin(pool, undefined, now);
  }

  /** Lets a moment pass, then something happen; gives what is to be done. */
  on(event: Event, afterMs = 0): readonly Effect[] {
    this.now += afterMs;
    const { next, effects } = step(this.state, event, this.now);
    this.state = next;
    this.#effects.push(...effects);
    return effects;
  }

  pass(ms: number): readonly Effect[] {
    return this.on({ type: "time-passed" }, ms);
  }

  report(told: Report): readonly Effect[] {
    return this.on({ type: "reported", report: told });
  }

  /** Answers the latest check of an origin. */
  check(name: string, isOk: boolean): readonly Effect[] {
    const check = this.checkOf(name) ?? -1;
    return this.on({ type: "checked", origin: name, check, isOk });
  }

  /** The check of an origin that was asked for last. */
  checkOf(name: string): number | undefined {
    const found = this.#effects.findLast((one) => one.type === "check" && one.origin.name === name);
    return found?.type === "check" ? found.check : undefined;
  }

  snapshot(): Snapshot {
    return snapshotOf(this.state, "AMS", this.now);
  }

  healthOf(name: string): HealthState | undefined {
    return this.snapshot().origins.find((one) => one.name === name)?.health;
  }

  get health(): readonly HealthState[] {
    return this.snapshot().origins.map(({ health }) => health);
  }
}

/** Ejects an origin: three faults from as many networks. */
export function eject(shell: PoolShell, name: string): void {
  shell.report(faults(name, ["192.0.2.1", "192.0.2.2", "192.0.2.3"]));
}
