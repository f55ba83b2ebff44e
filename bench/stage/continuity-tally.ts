import { percentile } from "../report/figures.ts";
import type { Figures } from "../report/results.ts";
import type { ContinuityClient } from "./continuity-client.ts";
import { ORIGIN_NAMES } from "./continuity-kinds.ts";
import type { Struck } from "./continuity-faults.ts";
import type { Taken } from "./continuity-stage.ts";
import { ECHO, UP } from "./continuity-orders.ts";

export const CONTINUITY_COLUMNS = {
  moored: ["at the first origin", 0],
  disconnects: ["disconnects", 0],
  unrecovered: ["unrecovered", 0],
  back: ["99 % work after ms", 0],
  silence: ["silent ms, p99", 0],
  streamLost: ["stream lost", 0],
  streamDoubled: ["doubled", 0],
  streamDisordered: ["out of order", 0],
  upLost: ["events lost", 0],
  upLostLater: ["of those sent later", 0],
  upDoubled: ["doubled", 0],
  upDisordered: ["out of order", 0],
  unanswered: ["echoes unanswered", 0],
  echoedTwice: ["run twice", 0],
  load: ["load", 1],
} as const;

export type ContinuityFigure = keyof typeof CONTINUITY_COLUMNS;

export interface Run extends Struck {
  readonly clients: readonly ContinuityClient[];
  /** The stream's last number. */
  readonly published: number;
  readonly taken: readonly Taken[];
  /** When traffic was under way, and when it ended. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** Whether all that happens does so at once, so that there is a time after which sessions work again. */
  readonly isOneFault: boolean;
  /** Of the machine, over a minute. */
  readonly load: number;
}

/** How often numbers came, of those from 1 to `last`. */
interface Count {
  readonly lost: readonly number[];
  readonly doubled: number;
  /** Those that came after a later one, for the first time. */
  readonly disordered: number;
}

/** What became of a run, over all its clients. */
export function figuresOf(run: Run): Figures<ContinuityFigure> {
  const { clients } = run;
  const [struck] = ORIGIN_NAMES;
  const streams = clients.map(({ stream }) => countOf(stream, run.published));
  const taken = Map.groupBy(run.taken, ({ what, client }) => `${what} ${client}`);
  const numbers = (what: string, { index }: ContinuityClient): number[] =>
    (taken.get(`${what} ${index}`) ?? []).map(({ n }) => n);
  const ups = clients.map((client) => countOf(numbers(UP, client), client.upSentMs.length));
  const later = clients.flatMap(({ upSentMs }, i) =>
    (ups[i]?.lost ?? []).filter((n) => (upSentMs[n - 1] ?? 0) > run.goneMs),
  );
  const echoes = clients.map((client) => countOf(numbers(ECHO, client), client.asked));
  return {
    moored: clients.filter((client) => originOf(client, run.struckMs) === struck).length,
    disconnects: sum(clients.map(({ disconnectedMs }) => disconnectedMs.length)),
    unrecovered: sum(clients.map(({ unrecovered }) => unrecovered)),
    back: run.isOneFault
      ? shareOf(
          0.99,
          clients.map((client) => backAfterMs(client, run.struckMs)),
        )
      : undefined,
    silence: shareOf(
      0.99,
      clients.map((client) => silenceMs(client, run)),
    ),
    streamLost: sum(streams.map(({ lost }) => lost.length)),
    streamDoubled: sum(streams.map(({ doubled }) => doubled)),
    streamDisordered: sum(streams.map(({ disordered }) => disordered)),
    upLost: sum(ups.map(({ lost }) => lost.length)),
    upLostLater: later.length,
    upDoubled: sum(ups.map(({ doubled }) => doubled)),
    upDisordered: sum(ups.map(({ disordered }) => disordered)),
    unanswered: sum(clients.map(({ asked, answers }) => asked - answers.length)),
    echoedTwice: sum(echoes.map(({ doubled }) => doubled)),
    load: run.load,
  };
}

function countOf(numbers: readonly number[], last: number): Count {
  const seen = new Set<number>();
  const counts = { doubled: 0, disordered: 0 };
  let highest = 0;
  for (const n of numbers) {
    if (seen.has(n)) counts.doubled += 1;
    else if (n < highest) counts.disordered += 1;
    seen.add(n);
    highest = Math.max(highest, n);
  }
  const all = Array.from({ length: last }, (_, i) => i + 1);
  return { ...counts, lost: all.filter((n) => !seen.has(n)) };
}

/** The origin that a client was at, by the last answer before. */
export function originOf({ answers }: ContinuityClient, beforeMs: number): string | undefined {
  return answers.findLast(({ atMs }) => atMs < beforeMs)?.by;
}

/**
 * After how long it had an answer that shows that its session works: to what it asked since, or by another origin than
 * the one that it was at.
 */
export function backAfterMs(client: ContinuityClient, struckMs: number): number {
  const before = originOf(client, struckMs);
  const found = client.answers.find(
    ({ sentMs, atMs, by }) => sentMs > struckMs || (atMs > struckMs && by !== before),
  );
  return found === undefined ? Infinity : found.atMs - struckMs;
}

/** The longest that it had no answer for. */
function silenceMs({ answers }: ContinuityClient, { startedMs, endedMs }: Run): number {
  const times = answers.map(({ atMs }) => atMs).filter((ms) => ms > startedMs && ms < endedMs);
  const bounds = [startedMs, ...times, endedMs];
  return Math.max(...bounds.map((ms, i) => ms - (bounds[i - 1] ?? startedMs)));
}

/** What `share` of all are at or below; nothing, if some of these never were. */
export function shareOf(share: number, values: readonly number[]): number | undefined {
  const value = percentile(values, share);
  return Number.isFinite(value) ? value : undefined;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
