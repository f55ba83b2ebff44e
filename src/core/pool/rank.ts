import type { Candidate, Draw } from "./balance.ts";
import { orders } from "./balance.ts";
import type { Pool } from "./pool.ts";
import { byKey } from "./rendezvous.ts";
import { effectiveWeight } from "./slow-start.ts";
import type { OriginStatus, Snapshot } from "./snapshot.ts";

/** One session that wants an origin. */
export interface RankRequest extends Draw {
  /** By which the pool's affinity, or its balance `hash`, knows the client again; `affinityKeyOf` finds it. */
  readonly affinityKey: string | undefined;
  /** The origin that the client's affinity cookie names. */
  readonly preferred: string | undefined;
  /** Whether this session may be the one that tries an origin on trial. Spent when such an origin is ranked first. */
  readonly mayTry: boolean;
  readonly now: number;
}

export type Ranking =
  /** At least one, best first. */
  | { readonly type: "ranked"; readonly origins: readonly OriginStatus[] }
  /** All that may have it have as many sessions as they may. These are worth waiting for, best first. */
  | { readonly type: "full"; readonly origins: readonly OriginStatus[] }
  | { readonly type: "none" };

/**
 * Origins for one new session, best first, so that the session object can go on to the next one on a fault.
 *
 * 1. Those that are up and no backups: by key where there is one, otherwise as the pool balances; the cookie's first.
 * 2. Backups, in the same way, if no other is up. Whoever has failed this session isn't up to it, so they end a list
 *    that has all the others; but one that is full is up (as with HAProxy: then the session waits, and backups idle).
 * 3. Those on trial. With `mayTry` they come first instead, or the one that has the trial would never get a session
 *    while others are well. But sessions that have a key or a cookie try only their own origin: a trial moves nobody.
 *
 * Weight 0, drain and maint are not up, whatever the health (as with HAProxy's usable servers).
 */
export function rank(pool: Pool, snapshot: Snapshot, request: RankRequest): Ranking {
  const tiers = tiersOf(snapshot.origins.filter(isUsable));
  const ordered = (parts: readonly (readonly OriginStatus[])[]) =>
    parts.flatMap((part) => order(part, pool, request));
  const roomy = tiers.map((tier) => tier.filter(hasRoom));
  const lead = roomy.find((tier) => tier.length > 0);
  if (lead === undefined) {
    const full = ordered(tiers);
    return full.length > 0 ? { type: "full", origins: full } : { type: "none" };
  }
  const isLast = (origin: OriginStatus, tier: readonly OriginStatus[]) =>
    isOnTrial(origin) && !(request.mayTry && tier === lead);
  const origins = ordered([
    ...roomy.map((tier) => tier.filter((origin) => !isLast(origin, tier))),
    ...roomy.map((tier) => tier.filter((origin) => isLast(origin, tier))),
  ]);
  return { type: "ranked", origins };
}

function isUsable({ admin, health, weight }: OriginStatus): boolean {
  return admin === "ready" && weight > 0 && (health === "up" || health === "trial");
}

function hasRoom({ sessions, maxConnections }: OriginStatus): boolean {
  return maxConnections === undefined || sessions < maxConnections;
}

/** Whose turn comes first, and whose after them. */
function tiersOf(usable: readonly OriginStatus[]): readonly (readonly OriginStatus[])[] {
  const main = usable.filter(({ isBackup }) => !isBackup);
  const isWaitedFor = main.some((origin) => origin.health === "up" && !hasRoom(origin));
  return isWaitedFor ? [main] : [main, usable.filter(({ isBackup }) => isBackup)];
}

function order(
  origins: readonly OriginStatus[],
  pool: Pool,
  request: RankRequest,
): readonly OriginStatus[] {
  const candidates = origins.map((origin) => ({
    origin,
    weight: effectiveWeight(origin, pool.slowStartMs, request.now),
  }));
  const isPreferred = ({ name }: OriginStatus) => name === request.preferred;
  if (request.affinityKey !== undefined) {
    return first(byKey(candidates, request.affinityKey).map(originOf), isPreferred);
  }
  const balanced = orders[pool.balance](candidates, request).map(originOf);
  return first(first(balanced, isOnTrial), isPreferred);
}

function originOf({ origin }: Candidate): OriginStatus {
  return origin;
}

function isOnTrial({ health }: OriginStatus): boolean {
  return health === "trial";
}

/** Those of a kind first, otherwise as they stood. */
function first(
  origins: readonly OriginStatus[],
  isOfKind: (origin: OriginStatus) => boolean,
): readonly OriginStatus[] {
  return [...origins.filter(isOfKind), ...origins.filter((origin) => !isOfKind(origin))];
}
