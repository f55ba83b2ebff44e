import type { RankRequest } from "../../../src/core/pool/rank.ts";
import type { OriginStatus, Snapshot } from "../../../src/core/pool/snapshot.ts";
import { origin as poolOrigin } from "./pool-builders.ts";

/** Long after every origin came up, unless a test says otherwise. */
export const NOW = 1_000_000_000;

export function origin(name: string, parts: Partial<OriginStatus> = {}): OriginStatus {
  return {
    ...poolOrigin(name),
    admin: "ready",
    health: "up",
    sessions: 0,
    upSince: 0,
    ...parts,
  };
}

export function snapshot(...origins: readonly OriginStatus[]): Snapshot {
  return { takenAt: NOW, origins, objects: 0, open: [] };
}

export function request(parts: Partial<RankRequest> = {}): RankRequest {
  return {
    affinityKey: undefined,
    preferred: undefined,
    mayTry: false,
    turn: 0,
    randoms: [0, 0],
    now: NOW,
    ...parts,
  };
}

/** Numbers from 0 to below 1, the same for the same seed (Weyl sequence through Murmur's finaliser). */
export function randomness(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
