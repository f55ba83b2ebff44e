import type { ToHub } from "../../wire/hub/message.ts";
import type { Uid } from "../../wire/hub/vector.ts";

/** Taken events are told together: after this many events, this many bytes, or this long. */
const TOLD_EVENTS = 256;
const TOLD_BYTES = 64 * 1024;
const TOLD_MS = 200;

/** An open link to one shard, and what has come by it that the shard does not know of yet. */
export class ShardLink {
  /** The hello is answered: events and requests may be sent. */
  isWelcome = false;
  /** Who else is linked to that shard. */
  readonly peers = new Set<Uid>();
  #taken = new Map<Uid, number>();
  #hasHeard = false;
  #events = 0;
  #bytes = 0;
  #sinceAt = 0;

  /** Something came that is no event. */
  heard(): void {
    this.#hasHeard = true;
  }

  /** `last`: how far this origin is now in the events of `uid`. */
  took(uid: Uid, last: number, bytes: number, now: number): void {
    if (this.#events === 0) this.#sinceAt = now;
    this.#events += 1;
    this.#bytes += bytes;
    this.#taken.set(uid, last);
  }

  /** Whether what has been taken is much, or old. */
  isDue(now: number): boolean {
    if (this.#events === 0) return false;
    return (
      this.#events >= TOLD_EVENTS || this.#bytes >= TOLD_BYTES || now - this.#sinceAt >= TOLD_MS
    );
  }

  /** What the shard is to be told, if anything. */
  tell(): ToHub | undefined {
    if (this.#events === 0 && !this.#hasHeard) return undefined;
    const vector = this.#taken;
    this.#taken = new Map();
    this.#hasHeard = false;
    this.#events = 0;
    this.#bytes = 0;
    // The bytes are those of frames, which only the link itself has counted.
    return { type: "taken", vector, bytes: 0 };
  }
}
