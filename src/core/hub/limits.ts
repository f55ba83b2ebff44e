import type { HubSettings } from "./hub.ts";

const MIB = 1024 * 1024;

/** All shards may be in one isolate, which has 128 MB, with the objects of sessions beside them. */
const RECENT_BYTES = 32 * MIB;

const MAX_RECENT_BYTES = 16 * MIB;

const LINK_BYTES = 4 * MIB;

/** What one of so many shards of a hub keeps and sends at most. */
export function limitsOf(shards: number, graceMs: number): HubSettings {
  // A link that is a window behind goes on from the recent past: that is no smaller.
  const recentBytes = Math.max(Math.floor(RECENT_BYTES / shards), LINK_BYTES);
  return {
    shards,
    graceMs,
    recentBytes: Math.min(recentBytes, MAX_RECENT_BYTES),
    linkBytes: LINK_BYTES,
  };
}
