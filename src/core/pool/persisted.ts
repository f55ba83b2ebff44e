import type { PoolOrigin } from "./origin.ts";
import type { AdminState } from "./snapshot.ts";

/** What operators have changed of the configuration, and nothing else: a deploy changes all the rest. */
export interface Persisted {
  readonly standing: readonly Standing[];
  readonly added: readonly PoolOrigin[];
  /** Names of configured origins. */
  readonly removed: readonly string[];
}

/** What holds for an origin until another order; absent parts are the configuration's. */
export interface Standing {
  readonly name: string;
  readonly admin?: Exclude<AdminState, "ready">;
  readonly weight?: number;
}

/** An origin as configuration and operators together have it. */
export interface AdministeredOrigin extends PoolOrigin {
  readonly admin: AdminState;
}

export const NOTHING_PERSISTED: Persisted = { standing: [], added: [], removed: [] };

/** The pool's origins: the configured ones in their order, then those that operators added. */
export function administered(
  configured: readonly PoolOrigin[],
  persisted: Persisted,
): readonly AdministeredOrigin[] {
  const standing = new Map(persisted.standing.map((order) => [order.name, order]));
  return [...keptOf(configured, persisted), ...addedTo(configured, persisted)].map((origin) => {
    const order = standing.get(origin.name);
    const weight = order?.weight ?? origin.weight;
    return { ...origin, weight, admin: order?.admin ?? "ready" };
  });
}

/**
 * What still has a meaning under a new configuration. A name that is configured now is no longer an added one, and
 * orders for names that are gone go with them.
 */
export function pruned(configured: readonly PoolOrigin[], persisted: Persisted): Persisted {
  const kept = keptOf(configured, persisted);
  const added = addedTo(configured, persisted);
  const names = new Set([...kept, ...added].map(({ name }) => name));
  return {
    standing: persisted.standing.filter(({ name }) => names.has(name)),
    added,
    removed: configured.map(({ name }) => name).filter((name) => !isAmong(kept, "name", name)),
  };
}

// Removals that would leave nobody, now that others are gone from the configuration, have lapsed.
function keptOf(configured: readonly PoolOrigin[], persisted: Persisted): readonly PoolOrigin[] {
  const kept = configured.filter(({ name }) => !persisted.removed.includes(name));
  return kept.length === 0 && persisted.added.length === 0 ? configured : kept;
}

function addedTo(configured: readonly PoolOrigin[], persisted: Persisted): readonly PoolOrigin[] {
  const kept = keptOf(configured, persisted);
  return persisted.added.filter(
    ({ name, url }) => !isAmong(kept, "name", name) && !isAmong(kept, "url", url),
  );
}

function isAmong(origins: readonly PoolOrigin[], key: "name" | "url", value: string): boolean {
  return origins.some((origin) => origin[key] === value);
}
