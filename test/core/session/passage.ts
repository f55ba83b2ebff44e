import type { Packet } from "../../../src/wire/packet.ts";
import { isAck, isEvent, SocketPacketType } from "../../../src/wire/socket-packet.ts";
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

/** What goes over one connection to an origin, as somebody would understand it who listens in at the edge. */
export class Passage {
  readonly faults: string[] = [];
  readonly #up = new Way();
  readonly #down = new Way();

  /** Whether the origin has no half of a message. */
  get isWhole(): boolean {
    return this.#up.decoder.isIdle;
  }

  /** What the client has asked of this origin, and no answer has come to. */
  askedUp(now: number): Question[] {
    return this.#up.open(now);
  }

  /** What it was asked so long ago that it counts no more. */
  tooOld(now: number): number[] {
    return this.#up.tooOld(now);
  }

  /** Questions that somebody waits for the answer to, of either side. */
  asked(now: number): Question[] {
    return [...this.#up.open(now), ...this.#down.open(now)];
  }

  passUp(packet: Packet, now: number): Message | undefined {
    const message = this.#take(this.#up, packet, now);
    if (message && isAck(message.head)) this.#down.questions.delete(message.id);
    if (message?.head.type === SocketPacketType.disconnect) this.forget(message.head.nsp);
    return message;
  }

  passDown(packet: Packet, now: number): Message | undefined {
    const message = this.#take(this.#down, packet, now);
    if (message && isAck(message.head)) this.#up.questions.delete(message.id);
    if (message?.head.type === SocketPacketType.disconnect) this.forget(message.head.nsp);
    return message;
  }

  /** What came down for a namespace that its client has left goes no further. */
  drop(message: Message): void {
    this.#down.questions.delete(message.id);
  }

  forget(nsp: string): void {
    this.#up.forget(nsp);
    this.#down.forget(nsp);
  }

  #take(way: Way, packet: Packet, now: number): Message | undefined {
    if (!isMessage(packet)) return undefined;
    const message = way.take(packet, now);
    if (typeof message !== "string") return message;
    this.faults.push(`an origin's connection carried ${message}`);
    return undefined;
  }
}

/** One direction of it. */
class Way {
  readonly decoder = new Decoder();
  readonly questions = new Map<number, Question>();
  #packets: Packet[] = [];

  take(packet: Packet, now: number): Message | string | undefined {
    this.#packets.push(packet);
    const message = this.decoder.take(packet);
    if (message === undefined) return undefined;
    const packets = this.#packets;
    this.#packets = [];
    if (typeof message === "string") return message;
    const { head, id } = message;
    if (isEvent(head) && head.ack !== undefined) {
      this.questions.set(id, { id, nsp: head.nsp, at: now, packets });
    }
    return message;
  }

  open(now: number): Question[] {
    return [...this.questions.values()].filter(({ at }) => at > now - COUNTS_MS);
  }

  tooOld(now: number): number[] {
    return [...this.questions.values()].filter(({ at }) => at <= now - COUNTS_MS).map(({ id }) => id);
  }

  forget(nsp: string): void {
    for (const [id, one] of this.questions) if (one.nsp === nsp) this.questions.delete(id);
  }
}

/** Whether a packet is Socket.IO's, or a part of what is. */
export function isMessage(packet: Packet): boolean {
  return typeof packet !== "string" || packet.startsWith("4") || packet.startsWith("b");
}
