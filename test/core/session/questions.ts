import type { Packet } from "../../../src/wire/packet.ts";
import { isEvent } from "../../../src/wire/socket-packet.ts";
import type { Message } from "./decoder.ts";
import { Decoder } from "./decoder.ts";

/** An event that wants an answer. */
export interface Question {
  readonly id: number;
  readonly nsp: string;
  readonly at: number;
  readonly packets: readonly Packet[];
}

/** A question that is older no longer counts, in ms. */
const COUNTS_MS = 10_000;

/** The questions that go one way over a connection, and have no answer. */
export class Questions {
  readonly #decoder = new Decoder();
  readonly #open = new Map<number, Question>();
  #packets: Packet[] = [];

  /** Whether no message is half there. */
  get isWhole(): boolean {
    return this.#decoder.isIdle;
  }

  take(packet: Packet, now: number): Message | string | undefined {
    this.#packets.push(packet);
    const message = this.#decoder.take(packet);
    if (message === undefined) return undefined;
    const packets = this.#packets;
    this.#packets = [];
    if (typeof message === "string") return message;
    const { head, id } = message;
    if (isEvent(head) && head.ack !== undefined) {
      this.#open.set(id, { id, nsp: head.nsp, at: now, packets });
    }
    return message;
  }

  open(now: number): Question[] {
    return [...this.#open.values()].filter(({ at }) => at > now - COUNTS_MS);
  }

  /** Those that have waited for so long that they count no more. */
  aged(now: number): Question[] {
    return [...this.#open.values()].filter(({ at }) => at <= now - COUNTS_MS);
  }

  close(id: number): void {
    this.#open.delete(id);
  }

  forget(nsp: string): void {
    for (const [id, one] of this.#open) if (one.nsp === nsp) this.#open.delete(id);
  }
}
