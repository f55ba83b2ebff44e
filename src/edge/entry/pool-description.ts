import type { Affinity, Pool } from "../../core/pool/pool.ts";
import type { OriginStatus, Snapshot } from "../../core/pool/snapshot.ts";

/** A pool as the management API gives it: settings by their names in wrangler.toml, instants as ISO 8601. */
export function describePool(pool: Pool, snapshot: Snapshot) {
  return {
    name: pool.name,
    balance: pool.balance,
    affinity: affinityText(pool.affinity),
    websocket: pool.websocket,
    origins: snapshot.origins.map(describeOrigin),
  };
}

function describeOrigin(origin: OriginStatus) {
  const { name, url, weight, isBackup, maxConnections, admin, health, sessions, upSince } = origin;
  return {
    name,
    url,
    weight,
    backup: isBackup,
    max_connections: maxConnections ?? null,
    admin,
    health,
    sessions,
    // 0: up since before the pool's object looked.
    up_since: upSince === 0 ? null : new Date(upSince).toISOString(),
  };
}

function affinityText(affinity: Affinity): string {
  switch (affinity.type) {
    case "none":
    case "cookie":
      return affinity.type;
    case "ip":
      return affinity.isNetwork ? "ip-network" : "ip";
    case "header":
    case "query":
      return `${affinity.type}:${affinity.name}`;
  }
}
