import type { PoolOrigin } from "../../../src/core/pool/origin.ts";
import type { Pool } from "../../../src/core/pool/pool.ts";

/** An origin with one share and no maximum, at the host that is its name. */
export function origin(name: string, change: Partial<PoolOrigin> = {}): PoolOrigin {
  const url = `http://${name}`;
  return { name, url, weight: 1, isBackup: false, maxConnections: undefined, ...change };
}

/** A pool of these origins, by name or in full, with the defaults of the settings. */
export function poolOf(
  origins: readonly (string | PoolOrigin)[],
  change: Partial<Omit<Pool, "origins">> = {},
): Pool {
  return {
    name: "default",
    matches: [],
    origins: origins.map((one) => (typeof one === "string" ? origin(one) : one)),
    enginePath: "/socket.io/",
    balance: "least-connections",
    affinity: { type: "none" },
    health: undefined,
    cors: undefined,
    slowStartMs: 0,
    queueTimeoutMs: 0,
    isProxying: false,
    websocket: "own",
    rehomeRate: 1000,
    moves: { drainRate: 50, drainTimeoutMs: 60_000, isRebalancing: false, rebalanceRate: 10 },
    ...change,
  };
}
