import { Causes } from "../../../src/core/session/cause.ts";
import type { Effect, Event, Limits, Session } from "../../../src/core/session/session.ts";
import { nextDeadline, step, streamingSession } from "../../../src/core/session/step.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { isAck, isEvent, readHead, SocketPacketType } from "../../../src/wire/socket-packet.ts";
import { SocketIoClient } from "./socket-io-client.ts";
import type { Remembered } from "./socket-io-server.ts";
import { ServerWire } from "./socket-io-server.ts";

export const NAMESPACES = ["/", "/b"];

const SOCKET = 1;

/** A session between one client and servers that come and go. Everything that is on its way can be held up. */
export class Voyage {
  readonly client = new SocketIoClient(NAMESPACES);
  readonly wires: ServerWire[] = [];
  readonly memory = new Map<string, Remembered>();
  readonly faults: string[] = [];
  readonly #toClient: Packet[] = [];
  session: Session;
  now = 1_000_000;
  isDialling = false;
  isAsking = false;
  moves = 0;
  readonly #kicked = new Set<string>();
  /** Events of the client's that the edge has got and not sent on, with their namespaces. */
  readonly #unsent = new Map<Packet, string>();
  #ids = 0;
  #pids = 0;

  constructor(limits: Limits) {
    this.session = streamingSession(limits, "o0", SOCKET, this.now);
    this.wires.push(this.#newWire());
  }

  get wire(): ServerWire {
    const last = this.wires.at(-1);
    if (last === undefined) throw new Error("Expected a wire.");
    return last;
  }

  get isClosed(): boolean {
    return this.session.transport.phase === "closed";
  }

  /** A kick that crosses the client's own leaving and coming strands it without an edge, too. */
  kick(nsp: string): void {
    if (this.wire.joined.has(nsp)) this.#kicked.add(nsp);
    this.wire.kick(nsp);
  }

  wasKicked(nsp: string): boolean {
    return this.#kicked.has(nsp);
  }

  /** What the edge has kept of a namespace's events, for itself. */
  unsentIn(nsp: string): Packet[] {
    return [...this.#unsent].filter(([, of]) => of === nsp).map(([packet]) => packet);
  }

  nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  handle(event: Event): void {
    const { next, effects } = step(this.session, event, this.now);
    this.session = next;
    if (effects.some(({ type }) => type === "put-off") && effects.some(isAnswer)) {
      this.faults.push("a move was put off for an answer that the edge held itself");
    }
    for (const effect of effects) this.#perform(effect);
  }

  /** Lets time pass; what is on its way to the server gets there in it. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (let at = nextDeadline(this.session); at !== undefined && at <= until;) {
      this.#arrive(at);
      this.handle({ type: "time-passed" });
      const next = nextDeadline(this.session);
      // The shell would come back to it at once, for ever.
      if (next === undefined || next > this.now) at = next;
      else {
        this.faults.push(`there is still something due at ${at}, when it is ${this.now}`);
        at = undefined;
      }
    }
    this.#arrive(until);
  }

  #arrive(at: number): void {
    if (at > this.now && this.wire.isOpen) this.wire.take(Infinity);
    this.now = Math.max(this.now, at);
  }

  /** Takes one thing that is on its way a step further; `false` when nothing is. */
  carry(which: number, howMany: number): boolean {
    const ways: (() => void)[] = [];
    if (this.client.toEdge.length > 0) ways.push(() => this.#fromClient());
    if (this.#toClient.length > 0) ways.push(() => this.#toTheClient());
    const { wire } = this;
    if (wire.isOpen && wire.toServer.length > 0) ways.push(() => wire.take(howMany));
    if (wire.toEdge.length > 0) ways.push(() => this.#fromServer());
    else if (wire.isLeft) ways.push(() => this.#hasLeft());
    else if (wire.hasClosed) ways.push(() => this.#hasClosed());
    const way = ways[which % Math.max(1, ways.length)];
    way?.();
    return way !== undefined;
  }

  /** The origin's process ends; so many of its packets still arrive. */
  kill(kept: number): void {
    const { wire } = this;
    if (!wire.isOpen || this.isClosed) return;
    wire.isOpen = false;
    wire.isLeft = false;
    wire.toEdge.length = Math.min(kept % (wire.toEdge.length + 1), wire.toEdge.length);
    while (wire.toEdge.length > 0 && !this.isClosed) this.#fromServer();
    this.handle({ type: "origin-ended", cause: Causes.originLost });
  }

  dial(): void {
    if (!this.isDialling || this.isClosed) return;
    this.isDialling = false;
    this.wires.push(this.#newWire());
    const origin = `o${this.wires.length - 1}`;
    this.handle({
      type: "dialled",
      origin,
      dial: "DDDDDDDDDDDDDDDD",
      maxPayload: 1e6,
      silenceMs: 1e9,
    });
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "send":
        this.#toClient.push(effect.packet);
        break;
      case "forward":
        this.#unsent.delete(effect.packet);
        if (this.wire.isOpen) this.wire.toServer.push(effect.packet);
        break;
      case "leave-origin":
        this.wire.isOpen = false;
        this.isDialling = false;
        break;
      case "close-origin":
        this.wire.isLeft = true;
        this.moves += 1;
        break;
      case "dial":
        this.isDialling = true;
        break;
      case "ask-origin":
        this.isAsking = true;
        break;
      case "close-socket":
        this.#toClient.length = 0;
        break;
      case "answer-poll":
      case "refuse-poll":
      case "accept-post":
      case "refuse-post":
      case "put-off":
      case "end":
        break;
    }
  }

  #hasClosed(): void {
    this.wire.hasClosed = false;
    this.handle({ type: "origin-ended", cause: Causes.originClosed });
    if (!this.isAsking) return;
    this.isAsking = false;
    this.handle({ type: "origin-asked", isAlive: true });
  }

  #hasLeft(): void {
    const { wire } = this;
    // What the edge had sent before its close is read before it.
    wire.take(wire.toServer.length);
    while (wire.toEdge.length > 0) this.#fromServer();
    wire.isOpen = false;
    wire.isLeft = false;
    this.handle({ type: "origin-ended", cause: Causes.originClosed });
  }

  #fromClient(): void {
    const packet = this.client.toEdge.shift();
    if (packet === undefined) return;
    this.#note(packet);
    this.handle({ type: "packet-received", socket: SOCKET, packet });
  }

  // With a namespace that it leaves, a client gives up what it has sent to it and no origin has got.
  #note(packet: Packet): void {
    const head = typeof packet === "string" ? readHead(packet) : undefined;
    if (head === undefined) return;
    if (isEvent(head)) this.#unsent.set(packet, head.nsp);
    if (head.type !== SocketPacketType.disconnect) return;
    for (const one of this.unsentIn(head.nsp)) this.#unsent.delete(one);
  }

  #toTheClient(): void {
    const packet = this.#toClient.shift();
    if (packet !== undefined) this.client.take(packet);
  }

  #fromServer(): void {
    const packet = this.wire.toEdge.shift();
    if (packet !== undefined) this.handle({ type: "packet-sent-by-origin", packet });
  }

  #newWire(): ServerWire {
    return new ServerWire(this.memory, () => {
      this.#pids += 1;
      return `p${this.#pids}`;
    });
  }
}

function isAnswer(effect: Effect): boolean {
  const packet = effect.type === "forward" ? effect.packet : "";
  const head = typeof packet === "string" ? readHead(packet) : undefined;
  return head !== undefined && isAck(head);
}
