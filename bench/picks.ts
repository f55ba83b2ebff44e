/**
 * Picks: how many new sessions the pool's ranking finds an origin for in a second of CPU, in this Node process.
 *
 * `node bench/picks.ts [--rounds 5] [--milliseconds 300]`
 */
import type { Balance, Pool } from "../src/core/pool/pool.ts";
import type { RankRequest } from "../src/core/pool/rank.ts";
import { rank } from "../src/core/pool/rank.ts";
import type { Snapshot } from "../src/core/pool/snapshot.ts";
import { median, table } from "./report/figures.ts";
import { readOptions } from "./report/options.ts";

const { rounds, milliseconds } = readOptions({ rounds: 5, milliseconds: 300 });

const BALANCES = ["least-connections", "round-robin", "random", "hash"] as const;
const SIZES = [3, 30, 300] as const;

/** An instant long after every origin came up, so that slow start is over. */
const NOW = 1_000_000_000;

/** Requests that take turns, made beforehand: what makes them is no part of a pick. */
const REQUESTS = 1024;

/** Calls between two looks at the clock. */
const BATCH = 32;

const rows = BALANCES.map((balance) => {
  return {
    balance,
    cells: SIZES.map((origins) => ({ origins, rates: pickRates(balance, origins) })),
  };
});
const headings = SIZES.map((size) => `${size} origins`);
const texts = rows.map(({ balance, cells }) => {
  return [balance, ...cells.map(({ rates }) => (median(rates) ?? Number.NaN).toFixed(0))];
});
console.log(`picks a second of CPU\n\n${table(["", ...headings], texts)}\n`);
for (const { balance, cells } of rows) {
  for (const cell of cells) console.log(JSON.stringify({ benchmark: "picks", balance, ...cell }));
}

function pickRates(balance: Balance, size: number): number[] {
  const pool = poolOf(balance, size);
  const snapshot = snapshotOf(pool);
  const requests = Array.from({ length: REQUESTS }, (_, turn) => requestOf(balance, turn));
  pickFor(pool, snapshot, requests); // V8's compiler is not in the figures
  return Array.from({ length: rounds }, () => pickFor(pool, snapshot, requests));
}

/** Picks a second of CPU, over `milliseconds` of it. */
function pickFor(pool: Pool, snapshot: Snapshot, requests: readonly RankRequest[]): number {
  const startedAt = process.cpuUsage();
  let picks = 0;
  let us = 0;
  while (us < milliseconds * 1000) {
    for (let i = 0; i < BATCH; i += 1) {
      const request = requests[picks % requests.length];
      // Counted only when there was an origin, which also keeps the call from being left out.
      if (request && rank(pool, snapshot, request).type === "ranked") picks += 1;
      else throw new Error("Expected an origin, got none.");
    }
    const { user, system } = process.cpuUsage(startedAt);
    us = user + system;
  }
  return (picks * 1e6) / us;
}

function requestOf(balance: Balance, turn: number): RankRequest {
  return {
    affinityKey: balance === "hash" ? `198.51.${turn >> 8}.${turn & 255}` : undefined,
    preferred: undefined,
    turn,
    randoms: [Math.random(), Math.random()],
    mayTry: true,
    now: NOW,
  };
}

/** Weights 1 to 3 and uneven loads: equal ones would spare the policies their work. */
function poolOf(balance: Balance, size: number): Pool {
  const origins = Array.from({ length: size }, (_, i) => ({
    name: `origin-${i}`,
    url: `http://198.51.100.1:${3000 + i}`,
    weight: 1 + (i % 3),
    isBackup: false,
    maxConnections: undefined,
  }));
  return {
    name: "default",
    matches: [],
    origins,
    enginePath: "/socket.io/",
    balance,
    affinity: { type: "none" },
    health: undefined,
    cors: undefined,
    slowStartMs: 0,
    queueTimeoutMs: 0,
    isProxying: false,
    websocket: "own",
    rehomeRate: 1000,
    moves: { drainRate: 50, drainTimeoutMs: 60_000, isRebalancing: false, rebalanceRate: 10 },
  };
}

function snapshotOf({ origins }: Pool): Snapshot {
  const statuses = origins.map((origin, i) => ({
    ...origin,
    admin: "ready" as const,
    health: "up" as const,
    sessions: (i * 7919) % 101,
    upSince: 0,
  }));
  return { takenAt: NOW, origins: statuses, objects: 0, open: [] };
}
