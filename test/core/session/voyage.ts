import { Causes } from "../../../src/core/session/cause.ts";
import type { Effect, Event, Limits, Session } from "../../../src/core/session/session.ts";
import { nextDeadline, step, streamingSession } from "../../../src/core/session/step.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { readHead } from "../../../src/wire/socket-packet.ts";
import { faultsOfMove } from "./move-rules.ts";
import { Searches } from "./searches.ts";
import { SocketIoClient } from "./socket-io-client.ts";
import type { Remembered } from "./socket-io-server.ts";
import { offsetAt, ServerWire } from "./socket-io-server.ts";
import { isNotForClient, NAMESPACES, Witness } from "./witness.ts";

const SOCKET = 1;
const POOL = ["a", "b", "c"];

/** The events of a life of the client's before this session. */
const FORMER = { pid: "p0", events: [1, 2, 3, 4] };

/** A session between one client and servers that come and go. Everything that is on its way can be held up. */
export class Voyage {
  readonly client: SocketIoClient;
  readonly witness: Witness;
  readonly wires: ServerWire[] = [];
  readonly memory = new Map<string, Remembered>();
  readonly #toClient: Packet[] = [];
  session: Session;
  now = 1_000_000;
  /** While a dial is wanted: at whom not. */
  #except: readonly string[] | undefined;
  #isAsking = false;
  readonly #searches: Searches;
  #ids = 100;
  #pids = 0;

  /** `had` is how much the client has had of a life before this session; `undefined` for a client without one. */
  constructor(limits: Limits, had: number | undefined) {
    const { pid, events } = FORMER;
    if (had !== undefined) this.memory.set(pid, { pid, events: [...events] });
    const offset = had === 0 ? undefined : offsetAt(had ?? 0);
    const former = { pid, offset, got: events.slice(0, had) };
    this.client = new SocketIoClient(NAMESPACES, had === undefined ? undefined : former);
    this.witness = new Witness(this.client, limits);
    this.#searches = new Searches(this.witness.faults);
    this.session = streamingSession(limits, "a", SOCKET, this.now);
    this.#moorAt("a");
  }

  get wire(): ServerWire {
    const last = this.wires.at(-1);
    if (last === undefined) throw new Error("Expected a wire.");
    return last;
  }

  get isClosed(): boolean {
    return this.session.transport.phase === "closed";
  }

  /** Whether the session is moored, and nothing about that is to change. */
  get isSteady(): boolean {
    const { mooring } = this.session;
    return mooring.phase === "moored" && mooring.quietUntil === undefined;
  }

  kick(nsp: string): void {
    if (this.wire.joined.has(nsp)) this.witness.kicked.add(nsp);
    this.wire.kick(nsp);
  }

  nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  handle(event: Event): void {
    const { session, witness, wire, now } = this;
    const taken = step(session, event, now);
    this.session = taken.next;
    witness.now = now;
    witness.hasForgotten ||= wire.hasForgotten;
    witness.isHurried = event.type === "move-overdue";
    if (witness.kicked.size === 0 && !witness.isHurried) {
      witness.faults.push(...faultsOfMove(session, taken, wire.hasParted, now));
    }
    if (taken.effects.some(({ type }) => type === "put-off")) witness.putOff(session);
    for (const effect of taken.effects) this.#perform(effect);
    witness.judge(taken.next, this.#isAsking);
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
        this.witness.faults.push(`something is still due at ${at}, when it is ${this.now}`);
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
    if (this.#isAsking) ways.push(() => this.#hasAsked());
    const way = ways[which % Math.max(1, ways.length)];
    way?.();
    return way !== undefined;
  }

  /** A client that has not been answered gives up and begins again, in the same moment. */
  connectAgain(nsp: string): void {
    const isAnswered = [...this.#toClient, ...this.wire.toEdge].some(
      (packet) => typeof packet === "string" && readHead(packet)?.nsp === nsp,
    );
    if (isAnswered || this.client.toEdge.length > 0 || this.witness.down.hasConnect(nsp)) return;
    this.client.connectAgain(nsp);
    while (this.client.toEdge.length > 0 && !this.isClosed) this.#fromClient();
  }

  /** The origin's process ends; so many of its packets still arrive, and others too late. */
  kill(kept: number): void {
    const { wire } = this;
    if (!wire.isOpen || this.isClosed) return;
    wire.isOpen = false;
    for (let n = kept % (wire.toEdge.length + 1); n > 0 && !this.isClosed; n--) this.#fromServer();
    if (kept % 2 === 0) wire.toEdge.length = 0;
    wire.isLeft = false;
    this.witness.losses.push(this.now);
    this.#lost();
    const { mooring } = this.session;
    const isCrash = mooring.phase === "moored" && !mooring.isClosing;
    this.handle({ type: "origin-ended", cause: Causes.originLost });
    if (this.session.mooring.phase === "lost" && isCrash) this.#searches.crashed(this.now);
  }

  /** An origin is too young for the session that the edge brings it. */
  refuse(nsp: string): void {
    if (this.wire.refuse(nsp)) this.witness.refusals += 1;
  }

  dial(which: number): void {
    if (this.#except === undefined) this.#waitForDial();
    if (this.#except === undefined || this.isClosed) return;
    const except = this.#except;
    const left = POOL.filter((name) => !except.includes(name));
    const origin = left[which % Math.max(1, left.length)];
    if (origin === undefined) {
      this.failDial("none");
      return;
    }
    this.#except = undefined;
    this.#moorAt(origin);
    this.handle({
      type: "dialled",
      origin,
      dial: "DDDDDDDDDDDDDDDD",
      maxPayload: 1e6,
      silenceMs: 1e9,
    });
  }

  /** A session does not dial at once each time. */
  #waitForDial(): void {
    const at = nextDeadline(this.session);
    const isSoon = at !== undefined && at > this.now && at < this.now + 2000;
    if (this.session.mooring.phase === "lost" && isSoon) this.pass(at - this.now);
  }

  failDial(why: "none" | "unreachable"): void {
    if (this.#except === undefined || this.isClosed) return;
    this.#except = undefined;
    this.#searches.failed();
    this.handle({ type: "dial-failed", why });
  }

  #perform(effect: Effect): void {
    this.witness.see(effect);
    switch (effect.type) {
      case "send":
        this.#toClient.push(effect.packet);
        break;
      case "forward":
        if (this.wire.isOpen) this.wire.toServer.push(effect.packet);
        break;
      case "leave-origin":
        this.wire.isOpen = false;
        this.wire.isLeft = false;
        this.#except = undefined;
        this.#lost();
        break;
      case "close-origin":
        this.wire.isLeft = true;
        break;
      case "dial":
        this.#except = effect.except;
        this.#searches.wanted(effect.except);
        break;
      case "ask-origin":
        this.#isAsking = true;
        if (this.wire.hasAnnounced) this.witness.faults.push("asks what it has been told");
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

  #lost(): void {
    this.#searches.lost(this.wire.origin);
    this.witness.lost();
  }

  #hasClosed(): void {
    const { mooring } = this.session;
    this.wire.hasClosed = false;
    if (mooring.phase === "moored" && mooring.isClosing) this.#lost();
    this.handle({ type: "origin-ended", cause: Causes.originClosed });
  }

  /** Whether an origin lives that has closed the connection is known in its time. */
  #hasAsked(): void {
    const isAlive = !this.wire.isDying;
    this.#isAsking = false;
    if (!isAlive) this.#lost();
    this.handle({ type: "origin-asked", isAlive });
  }

  #hasLeft(): void {
    const { wire } = this;
    // What the edge had sent before its close is read before it.
    wire.take(wire.toServer.length);
    while (wire.toEdge.length > 0) this.#fromServer();
    wire.isOpen = false;
    wire.isLeft = false;
    this.#lost();
    this.handle({ type: "origin-ended", cause: Causes.originClosed });
  }

  #fromClient(): void {
    const packet = this.client.toEdge.shift();
    if (packet === undefined) return;
    this.witness.fromClient(packet, this.session);
    this.handle({ type: "packet-received", socket: SOCKET, packet });
  }

  #toTheClient(): void {
    const packet = this.#toClient.shift();
    if (packet !== undefined) this.client.take(packet);
  }

  #fromServer(): void {
    const packet = this.wire.toEdge.shift();
    if (packet === undefined) return;
    const isNotForIt = isNotForClient(packet, this.session);
    const { length } = this.#toClient;
    this.witness.fromServer(packet, this.session);
    this.handle({ type: "packet-sent-by-origin", packet });
    if (isNotForIt && this.#toClient.length > length) {
      this.witness.faults.push("the client hears what it is not to hear, or not yet");
    }
  }

  #moorAt(origin: string): void {
    this.witness.moored();
    const wire = new ServerWire(origin, this.memory, () => {
      this.#pids += 1;
      return `p${this.#pids}`;
    });
    this.wires.push(wire);
  }
}
