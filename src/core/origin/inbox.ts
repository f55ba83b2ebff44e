import { shardOf } from "../../wire/hub/shard.ts";
import type { Uid, Vector } from "../../wire/hub/vector.ts";
import type { Publishers } from "./publishers.ts";

/** What a shard has told of where others' events begin. */
export interface Beginnings {
  readonly shard: number;
  /** How many there are. */
  readonly shards: number;
  readonly bases: Vector;
  /** Whether this process has never heard anything from that shard, nor served anybody for long without. */
  readonly isNew: boolean;
}

/** Others' events: each once, in its publisher's order, and never past a hole unnoticed. */
export class Inbox {
  readonly #uid: Uid;
  readonly #publishers: Publishers;
  readonly #missed: (now: number) => void;

  constructor(uid: Uid, publishers: Publishers, missed: (now: number) => void) {
    this.#uid = uid;
    this.#publishers = publishers;
    this.#missed = missed;
  }

  /**
   * On a shard that is new to this process, whoever it has never heard of begins where the shard's memory does; else what
   * lies before that was missed.
   */
  begin({ shard, shards, bases, isNew }: Beginnings, now: number): void {
    for (const [uid, base] of bases) {
      if (uid === this.#uid || this.#publishers.knows(uid)) continue;
      // A shard to which somebody does not publish has none of his events by all means: that tells nothing of them.
      const isTold = base > 0 || shardOf(uid, shards) === shard;
      if (isTold && (isNew || base === 0)) this.#publishers.beginsAfter(uid, base, now);
    }
    this.#close(
      [...bases].filter(([uid, base]) => this.#isHole(uid, base)),
      now,
    );
  }

  /** Whether an event is the next of its publisher's, if need be by a hole; else it is here already. */
  admits(uid: Uid, n: number, now: number): boolean {
    if (uid === this.#uid || n <= this.#publishers.lastOf(uid)) return false;
    if (this.#isHole(uid, n - 1)) this.#close([[uid, n - 1]], now);
    return true;
  }

  #isHole(uid: Uid, base: number): boolean {
    return uid !== this.#uid && this.#publishers.lastOf(uid) < base;
  }

  /** Some events will never come: first those who lack them leave, then it goes on behind. */
  #close(holes: readonly (readonly [Uid, number])[], now: number): void {
    if (holes.length === 0) return;
    this.#missed(now);
    for (const [uid, base] of holes) this.#publishers.beginsAfter(uid, base, now);
  }
}
