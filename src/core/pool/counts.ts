import type { ObjectId } from "../../wire/sid.ts";
import { roomReported, withoutObjects } from "./open-rooms.ts";
import type { OpenRooms } from "./open-rooms.ts";
import type { Report } from "./report.ts";

/** The last word of each session object, on a lease, and the sums over all of them. */
export interface Counts {
  readonly objects: number;
  /** By a few bits of the object's id, so that one report copies few of the others. */
  readonly buckets: Readonly<Record<string, Bucket>>;
  /** Live sessions by origin name. */
  readonly sessions: Sums;
  readonly open: OpenRooms;
  /** When the first lease may run out; `undefined` without any. */
  readonly sweepAt: number | undefined;
}

export type Bucket = Readonly<Record<string, Tally>>;

export interface Tally {
  readonly object: ObjectId;
  readonly sessions: Sums;
  readonly room: number;
  readonly place: string;
  readonly expiresAt: number;
}

type Sums = Readonly<Record<string, number>>;

/** Objects renew after 30 s at the latest. */
export const LEASE_MS = 60_000;

/** Leases run out together, at whole seconds: a crash of many costs one look at all objects a second, not many. */
const SWEEP_MS = 1000;

/** An object more is not counted. Each has sessions, so that this is some millions of them. */
export const MAX_OBJECTS = 100_000;

const BUCKETS = 256;

/** Gathered for this long by up to 200 objects; more of them each report less often, 200 a second in all. */
const REPORT_MS = 1000;
const REPORT_MS_PER_OBJECT = 5;

/** Half of a lease: from some 6,000 objects on, renewals alone are more than 200 a second. */
const MAX_REPORT_MS = LEASE_MS / 2;

export const NO_COUNTS: Counts = {
  objects: 0,
  buckets: {},
  sessions: {},
  open: {},
  sweepAt: undefined,
};

/** Live sessions at an origin, by the objects' reports. */
export function sessionsAt({ sessions }: Counts, origin: string): number {
  return own(sessions, origin) ?? 0;
}

/** Which objects have sessions at an origin, and how many. */
export function talliesAt(
  counts: Counts,
  origin: string,
): readonly { readonly object: ObjectId; readonly sessions: number }[] {
  return talliesOf(counts)
    .map(({ object, sessions }) => ({ object, sessions: own(sessions, origin) ?? 0 }))
    .filter(({ sessions }) => sessions > 0);
}

/** For how long an object is to gather changes before it reports them. */
export function reportIntervalMs({ objects }: Counts): number {
  return Math.min(Math.max(REPORT_MS, objects * REPORT_MS_PER_OBJECT), MAX_REPORT_MS);
}

/** Puts a report in the place of its object's last; one without sessions leaves nothing. */
export function counted(counts: Counts, report: Report, now: number): Counts {
  const { object } = report;
  const before = tallyOf(counts, object);
  const after = tally(report, now);
  if (!before && (!after || counts.objects >= MAX_OBJECTS)) return counts;
  return {
    objects: counts.objects + (after ? 1 : 0) - (before ? 1 : 0),
    buckets: withTally(counts.buckets, object, after),
    sessions: changed(counts.sessions, before, after),
    open: roomReported(counts.open, before, after),
    sweepAt: after ? earlier(counts.sweepAt, after.expiresAt) : counts.sweepAt,
  };
}

/** Whether an object has sessions, by its last word. */
export function isKnown(counts: Counts, object: ObjectId): boolean {
  return tallyOf(counts, object) !== undefined;
}

/** The objects whose lease has run out: they have crashed, or their reports are lost. */
export function silentAt(counts: Counts, now: number): readonly ObjectId[] {
  if (counts.sweepAt === undefined || counts.sweepAt > now) return [];
  return talliesOf(counts)
    .filter(({ expiresAt }) => expiresAt <= now)
    .map(({ object }) => object);
}

/** Forgets the objects whose lease has run out. */
export function swept(counts: Counts, now: number): Counts {
  if (counts.sweepAt === undefined || counts.sweepAt > now) return counts;
  let { buckets, sessions } = counts;
  const gone = new Set<string>();
  let sweepAt: number | undefined;
  for (const entry of talliesOf(counts)) {
    if (entry.expiresAt > now) {
      sweepAt = earlier(sweepAt, entry.expiresAt);
    } else {
      gone.add(entry.object);
      sessions = changed(sessions, entry, undefined);
    }
  }
  if (gone.size > 0) buckets = withoutTallies(buckets, gone);
  const objects = counts.objects - gone.size;
  return { objects, buckets, sessions, open: withoutObjects(counts.open, gone), sweepAt };
}

function tally(report: Report, now: number): Tally | undefined {
  const sessions = Object.fromEntries(
    Object.entries(report.sessions).filter(([, count]) => count > 0),
  );
  if (Object.keys(sessions).length === 0) return undefined;
  const { object, room, place } = report;
  const expiresAt = Math.ceil((now + LEASE_MS) / SWEEP_MS) * SWEEP_MS;
  return { object, sessions, room, place, expiresAt };
}

function tallyOf({ buckets }: Counts, object: ObjectId): Tally | undefined {
  return own(own(buckets, bucketOf(object)) ?? {}, object);
}

function talliesOf({ buckets }: Counts): readonly Tally[] {
  return Object.values(buckets).flatMap((bucket) => Object.values(bucket));
}

function withTally(
  buckets: Counts["buckets"],
  object: ObjectId,
  after: Tally | undefined,
): Counts["buckets"] {
  const key = bucketOf(object);
  const bucket = own(buckets, key) ?? {};
  if (after) return { ...buckets, [key]: { ...bucket, [object]: after } };
  const { [object]: _, ...rest } = bucket;
  return { ...buckets, [key]: rest };
}

function withoutTallies(buckets: Counts["buckets"], gone: ReadonlySet<string>): Counts["buckets"] {
  const left = Object.entries(buckets)
    .map(([key, bucket]) => {
      const tallies = Object.entries(bucket).filter(([object]) => !gone.has(object));
      return [key, Object.fromEntries(tallies)] as const;
    })
    .filter(([, bucket]) => Object.keys(bucket).length > 0);
  return Object.fromEntries(left);
}

function changed(sums: Sums, before: Tally | undefined, after: Tally | undefined): Sums {
  const next = new Map(Object.entries(sums));
  for (const [origin, count] of Object.entries(before?.sessions ?? {})) {
    next.set(origin, (next.get(origin) ?? 0) - count);
  }
  for (const [origin, count] of Object.entries(after?.sessions ?? {})) {
    next.set(origin, (next.get(origin) ?? 0) + count);
  }
  return Object.fromEntries([...next].filter(([, count]) => count > 0));
}

function bucketOf(object: ObjectId): string {
  let hash = 0;
  for (let i = 0; i < object.length; i++) hash = (hash * 31 + object.charCodeAt(i)) % BUCKETS;
  return String(hash);
}

function earlier(first: number | undefined, second: number): number {
  return first === undefined ? second : Math.min(first, second);
}

// Names come from configuration and reports, and one may be "constructor".
function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
