import type { Counted } from "../stage/counting-proxy.ts";

// Cloudflare's price list for Durable Objects, without what the plan includes; see docs/hub-costs.md.
const MONTH_S = 730 * 3600;
const USD_A_REQUEST = 0.15 / 1e6;
const MESSAGES_A_REQUEST = 20;
const USD_A_GB_SECOND = 12.5 / 1e6;
const OBJECT_GB = 0.128;

// After a longer silence an object may have slept, and how long it was awake can't be told from messages.
const AWAKE_MS = 1000;

/** What was counted, and where. */
export interface Measured {
  /** Broadcasts a second, as they were wanted. */
  readonly rate: number;
  readonly seconds: number;
  /** Objects of the hub, each of which is awake. */
  readonly shards: number;
  readonly counted: Counted;
}

export const BILL_HEADINGS = [
  "broadcasts/s",
  "in/s",
  "out/s",
  "pings/s",
  "longest silence s",
  "M requests",
  "USD for them",
  "USD for duration",
  "USD a month",
];

/** What a month of that would cost. */
export function billRow({ rate, seconds, shards, counted }: Measured): string[] {
  const each = (count: number): string => (count / seconds).toFixed(1);
  const requests = ((counted.toHub / seconds) * MONTH_S) / MESSAGES_A_REQUEST;
  const forRequests = requests * USD_A_REQUEST;
  const forDuration = awakeShare(counted) * shards * MONTH_S * OBJECT_GB * USD_A_GB_SECOND;
  return [
    `${rate}`,
    each(counted.toHub),
    each(counted.fromHub),
    each(counted.pings),
    (counted.silentMs / 1000).toFixed(2),
    (requests / 1e6).toFixed(2),
    forRequests.toFixed(2),
    forDuration.toFixed(2),
    (forRequests + forDuration).toFixed(2),
  ];
}

function awakeShare({ toHub, silentMs }: Counted): number {
  if (toHub === 0) return 0;
  return silentMs < AWAKE_MS ? 1 : Number.NaN;
}
