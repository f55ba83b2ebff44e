import type { Effect, Event } from "../../../src/core/session/session.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { packetBytes } from "../../../src/wire/packet.ts";

/** A WebSocket of the client's, and how far its upgrade has come. */
interface Upgrade {
  readonly socket: number;
  state: "open" | "probing" | "pausing" | "upgraded";
  readonly inbox: Packet[];
}

/**
 * A client that does what Engine.IO's own does, each thing when it is told to and only where that one would: one poll
 * and one POST at a time, no new ones once its probe is answered, the upgrade packet when both have ended, and a pong for
 * every ping as soon as it reads it.
 */
export class StockClient {
  /** Messages that the application has got, and has sent. */
  readonly received: Packet[] = [];
  readonly sent: Packet[] = [];
  /** What a stock client would not survive, though it did nothing wrong. */
  readonly troubles: string[] = [];
  readonly #tell: (event: Event) => void;
  #lastId = 100;
  #acts = 0;
  #buffer: Packet[] = [];
  #poll: number | undefined;
  #answer: readonly Packet[] | undefined;
  #post: { readonly id: number; readonly packets: readonly Packet[] } | undefined;
  #upgrade: Upgrade | undefined;
  #isClosed = false;

  constructor(tell: (event: Event) => void) {
    this.#tell = (event) => {
      this.#acts += 1;
      tell(event);
    };
  }

  get isUpgraded(): boolean {
    return this.#upgrade?.state === "upgraded";
  }

  /** Bytes of messages that have come to the WebSocket and are not read. */
  get unreadBytes(): number {
    const messages = (this.#upgrade?.inbox ?? []).filter((packet) => !isOfHeartbeat(packet));
    return messages.reduce((sum, packet) => sum + packetBytes(packet), 0);
  }

  /** How often it has said or read something. */
  get acts(): number {
    return this.#acts;
  }

  see(effect: Effect): void {
    switch (effect.type) {
      case "answer-poll":
        this.#answer = effect.packets;
        break;
      case "accept-post":
        this.#post = undefined;
        break;
      case "send":
        if (effect.socket === this.#upgrade?.socket) this.#upgrade.inbox.push(effect.packet);
        break;
      case "close-socket":
        this.#socketClosed(effect.socket);
        break;
      case "refuse-poll":
      case "refuse-post":
        this.troubles.push(effect.type);
        break;
      case "end":
        this.#isClosed = true;
        break;
      case "forward":
      case "leave-origin":
      case "ask-origin":
      case "close-origin":
      case "dial":
      case "put-off":
        break;
    }
  }

  poll(): void {
    if (!this.#isPolling() || this.#poll !== undefined) return;
    this.#poll = this.#nextId();
    this.#tell({ type: "poll-opened", poll: this.#poll });
  }

  /** Reads the answer of its poll. */
  take(): void {
    const packets = this.#answer;
    if (packets === undefined) return;
    this.#answer = undefined;
    this.#poll = undefined;
    for (const packet of packets) this.#read(packet);
  }

  send(packet: Packet): void {
    this.sent.push(packet);
    this.#buffer.push(packet);
    if (this.isUpgraded) this.#flushSocket();
  }

  /** Opens a POST of what it has to send; its body comes with `deliver`. */
  post(): void {
    if (!this.#isPolling() || this.#post !== undefined || this.#buffer.length === 0) return;
    this.#post = { id: this.#nextId(), packets: this.#buffer };
    this.#buffer = [];
    this.#tell({ type: "post-opened", post: this.#post.id });
  }

  deliver(): void {
    if (this.#post === undefined || this.#isClosed) return;
    const { id, packets } = this.#post;
    this.#tell({ type: "post-received", post: id, packets });
  }

  /** One step of its upgrade. */
  upgrade(): void {
    if (this.#isClosed) return;
    const upgrade = this.#upgrade;
    if (upgrade === undefined) {
      this.#upgrade = { socket: this.#nextId(), state: "open", inbox: [] };
      this.#tell({ type: "socket-opened", socket: this.#upgrade.socket });
    } else if (upgrade.state === "open") {
      upgrade.state = "probing";
      this.#frame("2probe");
    } else if (upgrade.state === "pausing" && this.#poll === undefined && !this.#post) {
      upgrade.state = "upgraded";
      this.#frame("5");
      this.#flushSocket();
    }
  }

  /** Goes on with an upgrade that has begun. */
  goOn(): void {
    if (this.#upgrade !== undefined) this.upgrade();
  }

  /** Closes the WebSocket of an upgrade that is not too far. */
  giveUp(): void {
    const upgrade = this.#upgrade;
    if (upgrade?.state !== "open" && upgrade?.state !== "probing") return;
    this.#upgrade = undefined;
    this.#tell({ type: "socket-closed", socket: upgrade.socket });
  }

  /** Reads one frame. */
  readFrame(): void {
    const packet = this.#upgrade?.inbox.shift();
    if (packet === undefined) return;
    if (packet === "3probe" && this.#upgrade?.state === "probing") this.#upgrade.state = "pausing";
    else this.#read(packet);
  }

  #read(packet: Packet): void {
    this.#acts += 1;
    if (packet === "2") this.#pong();
    else if (packet === "1") this.#isClosed = true;
    else if (typeof packet !== "string" || packet.startsWith("4")) this.received.push(packet);
    else if (packet !== "6") this.troubles.push(`got ${packet}`);
  }

  #pong(): void {
    this.#buffer.push("3");
    if (this.isUpgraded) this.#flushSocket();
  }

  #flushSocket(): void {
    const packets = this.#buffer;
    this.#buffer = [];
    for (const packet of packets) this.#frame(packet);
  }

  #frame(packet: Packet): void {
    if (this.#upgrade === undefined || this.#isClosed) return;
    this.#tell({ type: "packet-received", socket: this.#upgrade.socket, packet });
  }

  #socketClosed(socket: number): void {
    if (socket === this.#upgrade?.socket && !this.isUpgraded) this.#upgrade = undefined;
  }

  #isPolling(): boolean {
    const state = this.#upgrade?.state;
    return !this.#isClosed && state !== "pausing" && state !== "upgraded";
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

function isOfHeartbeat(packet: Packet): boolean {
  return packet === "2" || packet === "3probe";
}
