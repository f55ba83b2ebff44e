import type { FromHub } from "../../wire/hub/message.ts";
import type { Uid, Vector } from "../../wire/hub/vector.ts";
import type { HubPort } from "./hub.ts";
import type { Publishers } from "./publishers.ts";
import type { Recent } from "./recent.ts";

/** What waits for the event at this position to go first. */
interface Held {
  readonly position: number;
  readonly message: FromHub;
}

/** What a message takes besides its body, about. */
const HELD_BYTES = 64;

/** How long what was sent may stay untaken, and how much longer for each byte of it. */
export const STUCK_MS = 10_000;
const STUCK_MS_PER_BYTE = 1000 / (1024 * 1024);

/**
 * One origin that has said hello. Everything goes to it in the order in which it came, but no further ahead of what the
 * origin has taken than a window: the platform shows no send buffer, and would keep all of it. What comes after waits:
 * events in the recent past, which all links share, at a position of this link's own; anything else in a list.
 */
export class HubLink {
  readonly uid: Uid;
  /** How far the origin is in others' events, or will be with what it has been told. */
  readonly taken: Map<Uid, number>;
  readonly #recent: Recent;
  readonly #port: HubPort;
  readonly #windowBytes: number;
  #position: number;
  #held: Held[] = [];
  #heldBytes = 0;
  #sentBytes: number;
  #takenBytes: number;
  #stuckSince: number | undefined;

  constructor(
    uid: Uid,
    taken: Vector,
    from: { readonly recent: Recent; readonly port: HubPort; readonly windowBytes: number },
    sentBytes = 0,
  ) {
    this.uid = uid;
    this.taken = new Map(taken);
    this.#recent = from.recent;
    this.#port = from.port;
    this.#windowBytes = from.windowBytes;
    this.#position = from.recent.start;
    this.#sentBytes = sentBytes;
    this.#takenBytes = sentBytes;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Whether what waits for it is more than may wait, or has been forgotten. */
  get isTooSlow(): boolean {
    return this.#heldBytes > this.#windowBytes || this.#position < this.#recent.start;
  }

  /** Begins the link: goes before everything in the recent past. */
  greet(welcome: FromHub): void {
    this.#send(welcome);
    this.feed();
  }

  /** Sends a message that is no event, behind all that has come before it. */
  tell(message: FromHub): void {
    if (this.#isOpen && this.#held.length === 0 && this.#position === this.#recent.end) {
      this.#send(message);
      return;
    }
    this.#held.push({ position: this.#recent.end, message });
    this.#heldBytes += heldBytesOf(message);
  }

  /** Sends what may go by now. */
  feed(): void {
    let sent = 0;
    while (this.#isOpen) {
      const held = this.#held[sent];
      if (held !== undefined && held.position <= this.#position) {
        sent += 1;
        this.#heldBytes -= heldBytesOf(held.message);
        this.#send(held.message);
      } else {
        const event = this.#recent.at(this.#position);
        if (event === undefined) break;
        this.#position += 1;
        if (event.uid !== this.uid && event.n > this.takenOf(event.uid)) this.#send(event);
      }
    }
    if (sent > 0) this.#held = this.#held.slice(sent);
  }

  takenOf(uid: Uid): number {
    return this.taken.get(uid) ?? 0;
  }

  /** The origin is there, or will be with what it is told; whether that is news. */
  reaches(uid: Uid, n: number): boolean {
    if (n <= this.takenOf(uid)) return false;
    this.taken.set(uid, n);
    this.#stuckSince = undefined;
    return true;
  }

  /** The origin has taken that much of what came on this link. */
  took(bytes: number): void {
    if (bytes <= this.#takenBytes) return;
    this.#takenBytes = Math.min(bytes, this.#sentBytes);
    this.#stuckSince = undefined;
  }

  /** Whether something waits for it, or is on its way to it. */
  lacks(publishers: Publishers): boolean {
    if (this.#held.length > 0 || this.#position < this.#recent.end) return true;
    for (const [uid, { last }] of publishers.entries()) {
      if (uid !== this.uid && this.takenOf(uid) < last) return true;
    }
    return false;
  }

  /** Whether it takes nothing of what it lacks, and has not for too long. */
  isStuck(publishers: Publishers, now: number): boolean {
    if (!this.lacks(publishers)) {
      this.#stuckSince = undefined;
      return false;
    }
    this.#stuckSince ??= now;
    const onTheirWay = this.#sentBytes - this.#takenBytes;
    return now - this.#stuckSince > STUCK_MS + onTheirWay * STUCK_MS_PER_BYTE;
  }

  get #isOpen(): boolean {
    return this.#sentBytes - this.#takenBytes < this.#windowBytes;
  }

  #send(message: FromHub): void {
    this.#sentBytes += this.#port.send(this.uid, message);
  }
}

function heldBytesOf(message: FromHub): number {
  return HELD_BYTES + ("body" in message ? message.body.byteLength : 0);
}
