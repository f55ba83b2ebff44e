import type { ObjectId } from "../../wire/sid.ts";
import type { Counts } from "./counts.ts";
import { sessionsAt, talliesAt } from "./counts.ts";
import { effectiveWeight } from "./slow-start.ts";
import type { OriginStatus } from "./snapshot.ts";

/** How a pool moves live sessions. Rates in sessions a second, spans in ms. */
export interface MovePolicy {
  readonly drainRate: number;
  /** After this, what is left on a draining origin is ended. */
  readonly drainTimeoutMs: number;
  /** Whether sessions move until each origin has its share. */
  readonly isRebalancing: boolean;
  readonly rebalanceRate: number;
}

/** What a pool object remembers of the moves that it has asked for. Plain data, instants in ms. */
export interface Moves {
  /** When it looks again; `undefined` when nothing is to be moved. */
  readonly tickAt: number | undefined;
  readonly lastTickAt: number;
  /** Since when an origin has been draining. */
  readonly drains: Readonly<Record<string, number>>;
  /** What objects have been asked to move, by object and origin, and have not reported since. */
  readonly asked: Readonly<Record<string, Asked>>;
  /** Until when objects are left alone that had no session to give, by object and origin. */
  readonly resting: Readonly<Record<string, number>>;
  /** Parts of a session that a tick had to give, and gave none, by origin. */
  readonly rests: Readonly<Record<string, number>>;
}

interface Asked {
  readonly count: number;
  readonly at: number;
}

export type MoveOrder =
  | {
      readonly type: "move-sessions";
      readonly object: ObjectId;
      readonly origin: string;
      readonly count: number;
    }
  | { readonly type: "end-sessions"; readonly object: ObjectId; readonly origin: string };

export const NO_MOVES: Moves = {
  tickAt: undefined,
  lastTickAt: 0,
  drains: {},
  asked: {},
  resting: {},
  rests: {},
};

const TICK_MS = 100;

/** An object that has not reported in this time is asked again: its sessions may have had no quiet moment. */
const ASK_AGAIN_MS = 2500;

/** What can't move now, as at stock servers, can hardly do so a moment later. */
const RESTING_MS = 60_000;

/** How often it looks where all have been asked in vain; only when something happens, since no timer is worth it. */
const IDLE_TICK_MS = 1000;

/** Less than that above its share, an origin is level. */
const TOLERANCE = 0.05;

/** What is looked at. */
export interface Sight {
  readonly policy: MovePolicy;
  readonly slowStartMs: number;
  readonly origins: readonly OriginStatus[];
  /** Those of them that are to be left by all. */
  readonly leaving: ReadonlySet<string>;
  readonly counts: Counts;
}

interface Due {
  readonly moves: Moves;
  readonly orders: readonly MoveOrder[];
}

/** One look at the pool: whom to ask for how many sessions now. */
export function movesDue(moves: Moves, sight: Sight, now: number): Due {
  const excess = excessOf(sight, now);
  const drains = Object.fromEntries(
    [...sight.leaving].map((name) => [name, moves.drains[name] ?? now] as const),
  );
  if (excess.length === 0) {
    const tickAt = isLevelling(sight, now) ? now + IDLE_TICK_MS : undefined;
    return { moves: { ...NO_MOVES, drains, tickAt }, orders: [] };
  }
  const isDraining = excess.some(({ isDrain }) => isDrain);
  const tickAt = moves.tickAt ?? (isDraining ? now : moves.lastTickAt + IDLE_TICK_MS);
  if (tickAt > now) return { moves: { ...moves, drains }, orders: [] };
  return ordersFor(excess, { ...moves, drains }, sight, now);
}

/** Whether shares change by time alone: while an origin is in its slow start. */
function isLevelling({ policy, origins, counts, slowStartMs }: Sight, now: number): boolean {
  if (!policy.isRebalancing || counts.objects === 0) return false;
  return origins.some(({ upSince }) => upSince + slowStartMs > now);
}

function ordersFor(
  excess: readonly Excess[],
  moves: Moves,
  { policy, counts }: Sight,
  now: number,
): Due {
  const { drains, lastTickAt } = moves;
  // After a pause nothing is caught up on: the rate is a bound, not a debt.
  const passedMs = Math.min(TICK_MS, now - lastTickAt);
  const asked: Record<string, Asked> = fresh(moves.asked, now);
  const resting = stillResting(moves.resting, now);
  const rests: Record<string, number> = {};
  const orders: MoveOrder[] = [];
  let isIdle = true;
  for (const { name, count, isDrain } of excess) {
    const tallies = talliesAt(counts, name).filter(({ object }) => {
      return isDrain || resting[`${object} ${name}`] === undefined;
    });
    isIdle &&= tallies.length === 0;
    const rate = isDrain ? policy.drainRate : policy.rebalanceRate;
    const due = (moves.rests[name] ?? 0) + (rate * passedMs) / 1000;
    const isLate = isDrain && now >= (drains[name] ?? now) + policy.drainTimeoutMs;
    if (isLate) orders.push(...ends(name, tallies, asked, now));
    else {
      const wanted = Math.min(count - outstanding(asked, name), Math.floor(due));
      orders.push(...asks(name, wanted, tallies, asked, now));
    }
    rests[name] = due - Math.floor(due);
  }
  const tickAt = isIdle ? undefined : now + TICK_MS;
  return { moves: { lastTickAt: now, drains, asked, resting, rests, tickAt }, orders };
}

/** An object had no session of that origin's to give: what it has there can't move, or not now. */
export function refusalHeard(moves: Moves, object: ObjectId, origin: string, now: number): Moves {
  const resting = { ...moves.resting, [`${object} ${origin}`]: now + RESTING_MS };
  return { ...moves, resting };
}

/** An object's report tells what has come of what it was asked. */
export function reportHeard(moves: Moves, object: ObjectId): Moves {
  const asked = Object.entries(moves.asked).filter(([key]) => !key.startsWith(`${object} `));
  if (asked.length === Object.keys(moves.asked).length) return moves;
  return { ...moves, asked: Object.fromEntries(asked) };
}

interface Excess {
  readonly name: string;
  readonly count: number;
  readonly isDrain: boolean;
}

function excessOf(sight: Sight, now: number): readonly Excess[] {
  const drained = [...sight.leaving].map((name) => {
    return { name, count: sessionsAt(sight.counts, name), isDrain: true };
  });
  const above = sight.policy.isRebalancing ? aboveShare(sight, now) : [];
  return [...drained, ...above].filter(({ count }) => count > 0);
}

function aboveShare({ origins, leaving, slowStartMs }: Sight, now: number): readonly Excess[] {
  const serving = origins.filter(
    ({ name, admin, health, isBackup }) =>
      admin === "ready" && health === "up" && !isBackup && !leaving.has(name),
  );
  const weights = serving.map((origin) => effectiveWeight(origin, slowStartMs, now));
  const weight = weights.reduce((sum, one) => sum + one, 0);
  const sessions = serving.reduce((sum, origin) => sum + origin.sessions, 0);
  return serving.map((origin, i) => {
    const share = weight === 0 ? 0 : (sessions * (weights[i] ?? 0)) / weight;
    const above = origin.sessions - Math.ceil(share);
    // Who has no share is left by the last one, too.
    const isLevel = weight === 0 || (share > 0 && above <= Math.max(1, share * TOLERANCE));
    return { name: origin.name, count: isLevel ? 0 : above, isDrain: false };
  });
}

// From those that have the most, so that no object is asked for more than a few at a time.
function asks(
  origin: string,
  count: number,
  tallies: ReturnType<typeof talliesAt>,
  asked: Record<string, Asked>,
  now: number,
): readonly MoveOrder[] {
  const orders: MoveOrder[] = [];
  const left = tallies
    .map(({ object, sessions }) => {
      const key = `${object} ${origin}`;
      return { key, object, count: sessions - (asked[key]?.count ?? 0) };
    })
    .filter((one) => one.count > 0)
    .toSorted((one, other) => other.count - one.count);
  let rest = count;
  for (const { key, object, count: theirs } of left) {
    if (rest <= 0) break;
    const part = Math.min(rest, theirs);
    orders.push({ type: "move-sessions", object, origin, count: part });
    asked[key] = { count: (asked[key]?.count ?? 0) + part, at: now };
    rest -= part;
  }
  return orders;
}

function ends(
  origin: string,
  tallies: ReturnType<typeof talliesAt>,
  asked: Record<string, Asked>,
  now: number,
): readonly MoveOrder[] {
  return tallies.flatMap(({ object }): MoveOrder[] => {
    const key = `${object} ${origin} end`;
    if (asked[key]) return [];
    asked[key] = { count: 0, at: now };
    return [{ type: "end-sessions", object, origin }];
  });
}

function outstanding(asked: Moves["asked"], origin: string): number {
  const theirs = Object.entries(asked).filter(([key]) => key.endsWith(` ${origin}`));
  return theirs.reduce((sum, [, { count }]) => sum + count, 0);
}

function fresh(asked: Moves["asked"], now: number): Record<string, Asked> {
  return Object.fromEntries(Object.entries(asked).filter(([, { at }]) => at > now - ASK_AGAIN_MS));
}

function stillResting(resting: Moves["resting"], now: number): Moves["resting"] {
  return Object.fromEntries(Object.entries(resting).filter(([, until]) => until > now));
}
