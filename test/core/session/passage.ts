import type { Packet } from "../../../src/wire/packet.ts";
import { isAck, SocketPacketType } from "../../../src/wire/socket-packet.ts";
import type { Message } from "./decoder.ts";
import type { Question } from "./questions.ts";
import { Questions } from "./questions.ts";

/** What goes over one connection to an origin, as somebody understands it who listens in at the edge. */
export class Passage {
  readonly #up = new Questions();
  readonly #down = new Questions();
  readonly #connecting = new Set<string>();

  /** Whether the origin has no half of a message. */
  get isWhole(): boolean {
    return this.#up.isWhole;
  }

  /** Namespaces whose CONNECT it has, and whose answer it owes. */
  get connecting(): string[] {
    return [...this.#connecting];
  }

  /** What the client has asked of this origin, and has no answer to. */
  askedUp(now: number): Question[] {
    return this.#up.open(now);
  }

  /** What it asked so long ago that it counts no more. */
  agedUp(now: number): Question[] {
    return this.#up.aged(now);
  }

  /** Questions of either side that somebody waits for the answer to. */
  asked(now: number): Question[] {
    return [...this.#up.open(now), ...this.#down.open(now)];
  }

  /** The message that is whole with what the edge sends, or a text that says what is wrong with it. */
  passUp(packet: Packet, now: number): Message | string | undefined {
    return this.#pass(packet, now, this.#up, this.#down);
  }

  passDown(packet: Packet, now: number): Message | string | undefined {
    return this.#pass(packet, now, this.#down, this.#up);
  }

  /** What came down for a namespace that its client has left goes no further. */
  drop({ id }: Message): void {
    this.#down.close(id);
  }

  /** Who has left a namespace waits for nothing in it. */
  forget(nsp: string): void {
    this.#up.forget(nsp);
    this.#down.forget(nsp);
  }

  #pass(
    packet: Packet,
    now: number,
    along: Questions,
    against: Questions,
  ): Message | string | undefined {
    const message = isMessage(packet) ? along.take(packet, now) : undefined;
    if (message === undefined || typeof message === "string") return message;
    const { head, id } = message;
    if (isAck(head)) against.close(id);
    if (head.type === SocketPacketType.connect) {
      if (along === this.#up) this.#connecting.add(head.nsp);
      else this.#connecting.delete(head.nsp);
    }
    if (head.type === SocketPacketType.disconnect) this.forget(head.nsp);
    return message;
  }
}

/** Whether a packet is Socket.IO's, or a part of what is. */
export function isMessage(packet: Packet): boolean {
  return typeof packet !== "string" || packet.startsWith("4") || packet.startsWith("b");
}
