import type { Uid } from "../../../src/wire/hub/vector.ts";

/** One origin's link to one shard: frames on their way, in order. */
export class SimLink {
  readonly uid: Uid;
  readonly shard: number;
  readonly up: Uint8Array[] = [];
  readonly down: Uint8Array[] = [];
  receivedBytes = 0;

  constructor(uid: Uid, shard: number) {
    this.uid = uid;
    this.shard = shard;
  }
}
