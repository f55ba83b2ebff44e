/** What the faults of sessions have made of one origin. Spans and instants in ms. */
export type Passive =
  | {
      readonly phase: "in";
      /** The last ones, oldest first. */
      readonly faults: readonly SeenFault[];
      /** Of the last ejection; 0 before the first. */
      readonly backoffMs: number;
      /** When that ejection's trial was passed. */
      readonly since: number;
    }
  | {
      readonly phase: "ejected";
      readonly backoffMs: number;
      readonly until: number;
      /** By its own word that it is about to close, not for faults. */
      readonly isAnnounced: boolean;
    }
  | {
      readonly phase: "trial";
      readonly backoffMs: number;
      /** Until when it is somebody's to make the one session that shows whether the origin is back. */
      readonly lentUntil: number;
    };

export interface SeenFault {
  readonly network: string;
  readonly at: number;
}

export const FAULT_WINDOW_MS = 10_000;
export const MIN_FAULTS = 3;
const MIN_NETWORKS = 2;

/** More than that of one network prove no more, and must not push the others' out. */
const MAX_FAULTS_OF_NETWORK = MIN_FAULTS;
const MAX_FAULTS = 32;

export const FIRST_BACKOFF_MS = 5000;
export const LAST_BACKOFF_MS = 300_000;

/** An origin that has been in for this many back-offs begins again with the first. */
const QUIET_BACKOFFS = 10;

/** Long enough for a handshake and the report of it. */
export const TRIAL_MS = 5000;

export const NEVER_EJECTED: Passive = { phase: "in", faults: [], backoffMs: 0, since: 0 };

export function faultSeen(passive: Passive, network: string, now: number): Passive {
  if (passive.phase !== "in") return passive;
  const recent = passive.faults.filter((fault) => isRecent(fault, now));
  const own = recent.filter((fault) => fault.network === network);
  const dropped = own.length < MAX_FAULTS_OF_NETWORK ? undefined : own[0];
  const kept = recent.filter((fault) => fault !== dropped);
  return { ...passive, faults: [...kept, { network, at: now }].slice(-MAX_FAULTS) };
}

/** Whether its faults speak for ejection. Those of one network alone do not: anybody can make those. */
export function isCondemned(passive: Passive, isCheckFailing: boolean, now: number): boolean {
  if (passive.phase !== "in") return false;
  const recent = passive.faults.filter((fault) => isRecent(fault, now));
  const networks = new Set(recent.map(({ network }) => network)).size;
  return recent.length >= MIN_FAULTS && (networks >= MIN_NETWORKS || isCheckFailing);
}

export function ejected(passive: Passive, now: number): Passive {
  const backoffMs = nextBackoff(passive, now);
  return { phase: "ejected", backoffMs, until: now + backoffMs, isAnnounced: false };
}

/** Out by its own word, as after a first ejection: by then it may well have started anew. */
export function announced(now: number): Passive {
  const backoffMs = FIRST_BACKOFF_MS;
  return { phase: "ejected", backoffMs, until: now + backoffMs, isAnnounced: true };
}

export function trialBegun({ backoffMs }: Passive): Passive {
  return { phase: "trial", backoffMs, lentUntil: 0 };
}

/** Back in, with its last back-off remembered, so that a flapping origin is out for longer each time. */
export function readmitted({ backoffMs }: Passive, now: number): Passive {
  return { phase: "in", faults: [], backoffMs, since: now };
}

function nextBackoff(passive: Passive, now: number): number {
  const { phase, backoffMs } = passive;
  const isQuiet = phase === "in" && now - passive.since >= QUIET_BACKOFFS * backoffMs;
  if (backoffMs === 0 || isQuiet) return FIRST_BACKOFF_MS;
  return Math.min(2 * backoffMs, LAST_BACKOFF_MS);
}

function isRecent(fault: SeenFault, now: number): boolean {
  return fault.at > now - FAULT_WINDOW_MS;
}
