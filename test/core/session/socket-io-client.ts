import type { Packet } from "../../../src/wire/packet.ts";
import { PacketType } from "../../../src/wire/packet.ts";
import { formatConnect, isAck, SocketPacketType } from "../../../src/wire/socket-packet.ts";
import type { Message } from "./decoder.ts";
import { answerOf, Decoder, eventOf } from "./decoder.ts";

/** What a client remembers of a life of its before this session. */
export interface Former {
  readonly pid: string;
  readonly offset: string | undefined;
  readonly got: readonly number[];
}

interface Space {
  phase: "idle" | "connecting" | "connected";
  pid: string | undefined;
  offset: string | undefined;
  /** Events of its life, in the order in which the application got them. */
  got: number[];
  /** What came before the answer to its CONNECT. */
  early: Message[];
  acks: number;
  readonly asked: Map<number, number>;
  owed: { ack: number; id: number }[];
  /** Questions that it has been asked in this life. */
  questions: number[];
  /** What its CONNECTs have said of who it is, since it was last out of the namespace. */
  tokens: number[];
  /** Not a stock one's way: it has sent something before the answer to its CONNECT. */
  isEager: boolean;
}

/** A client of one session, as the stock one behaves: it connects, emits, asks, answers, and leaves. */
export class SocketIoClient {
  readonly toEdge: Packet[] = [];
  readonly faults: string[] = [];
  readonly #spaces = new Map<string, Space>();
  readonly #decoder = new Decoder();
  #tokens = 0;

  constructor(names: readonly string[], former?: Former) {
    for (const name of names) this.#spaces.set(name, fresh());
    const space = former && this.#of("/");
    if (space) Object.assign(space, { ...former, got: [...former.got] });
  }

  phaseOf(nsp: string): Space["phase"] {
    return this.#of(nsp).phase;
  }

  pidOf(nsp: string): string | undefined {
    return this.#of(nsp).pid;
  }

  gotIn(nsp: string): readonly number[] {
    return this.#of(nsp).got;
  }

  /** Questions of its own that have no answer. */
  unansweredIn(nsp: string): number[] {
    return [...this.#of(nsp).asked.values()];
  }

  /** Whether a CONNECT that said so is one of those by which it has come to where it is. */
  hasSaid(nsp: string, token: unknown): boolean {
    return this.#of(nsp).tokens.some((one) => one === token);
  }

  connect(nsp: string): void {
    if (this.#of(nsp).phase === "idle") this.#sendConnect(nsp);
  }

  /** `disconnect()` and `connect()` while its CONNECT is not answered: the stock client sends another. */
  connectAgain(nsp: string): void {
    const { phase, isEager } = this.#of(nsp);
    if (phase === "connecting" && !isEager) this.#sendConnect(nsp);
  }

  #sendConnect(nsp: string): void {
    const space = this.#of(nsp);
    this.#tokens += 1;
    space.phase = "connecting";
    space.tokens.push(this.#tokens);
    const { pid, offset } = space;
    this.toEdge.push(formatConnect(nsp, JSON.stringify({ token: this.#tokens, pid, offset })));
  }

  disconnect(nsp: string): void {
    const space = this.#of(nsp);
    if (space.phase !== "connected") return;
    this.#idle(space);
    const name = nsp === "/" ? "" : `${nsp},`;
    this.toEdge.push(`${PacketType.message}${SocketPacketType.disconnect}${name}`);
  }

  emit(nsp: string, id: number, wantsAck: boolean, attachments: number): void {
    const space = this.#of(nsp);
    const isEarly = space.phase === "connecting" && id % 4 === 0;
    if (space.phase !== "connected" && !isEarly) return;
    space.isEager ||= isEarly;
    const ack = wantsAck ? space.acks : undefined;
    if (ack !== undefined) space.asked.set(ack, id);
    space.acks += wantsAck ? 1 : 0;
    const draft = { nsp, ack, id, attachments, isBase64: id % 4 === 0 };
    this.toEdge.push(...eventOf(draft, wantsAck ? "a" : "e"));
  }

  acknowledge(nsp: string, which: number): boolean {
    const space = this.#of(nsp);
    const owed = space.owed[which % Math.max(1, space.owed.length)];
    if (space.phase !== "connected" || owed === undefined) return false;
    space.owed = space.owed.filter((one) => one !== owed);
    this.toEdge.push(...answerOf({ nsp, ...owed, attachments: owed.id % 3 }));
    return true;
  }

  take(packet: Packet): void {
    if (packet === PacketType.ping) {
      this.toEdge.push(PacketType.pong);
      return;
    }
    const message = this.#decoder.take(packet);
    if (typeof message === "string") this.faults.push(`the client got ${message}`);
    else if (message) this.#message(message);
  }

  #message(message: Message): void {
    const { head, body } = message;
    const space = this.#of(head.nsp);
    if (head.type === SocketPacketType.connect) this.#connected(head.nsp, space, body);
    else if (head.type === SocketPacketType.connectError) this.#idle(space);
    else if (head.type === SocketPacketType.disconnect) this.#idle(space);
    else if (isAck(head)) this.#answered(space, head.ack ?? -1, message.id);
    else if (space.phase === "connecting") space.early.push(message);
    else if (space.phase === "connected") this.#event(space, message);
  }

  #connected(nsp: string, space: Space, body: unknown): void {
    if (space.phase === "connected") this.faults.push(`the client saw a second CONNECT to ${nsp}`);
    if (space.phase !== "connecting") return;
    const pid = typeof body === "object" && body !== null && "pid" in body ? String(body.pid) : "";
    if (pid !== space.pid) {
      space.got = [];
      space.questions = [];
      space.offset = undefined;
    }
    space.pid = pid;
    space.phase = "connected";
    const { early } = space;
    space.early = [];
    for (const message of early) this.#message(message);
  }

  #event(space: Space, { head, body, id }: Message): void {
    const last: unknown = Array.isArray(body) ? body.at(-1) : undefined;
    if (typeof last === "string") space.offset = last;
    const before = head.ack === undefined ? space.got : space.questions;
    if (before.some((one) => one >= id)) this.faults.push(`${id} after ${before.join()}`);
    before.push(id);
    if (head.ack !== undefined) space.owed.push({ ack: head.ack, id });
  }

  #answered(space: Space, ack: number, answers: number): void {
    const asked = space.asked.get(ack);
    space.asked.delete(ack);
    if (asked !== undefined && asked !== answers) {
      this.faults.push(`the client's ${asked} got the answer to ${answers}`);
    }
  }

  #idle(space: Space): void {
    space.phase = "idle";
    space.owed = [];
    space.early = [];
    space.tokens = [];
    space.isEager = false;
    space.asked.clear();
  }

  #of(nsp: string): Space {
    const space = this.#spaces.get(nsp);
    if (space === undefined)
      throw new Error(`Expected one of the client's namespaces, got ${nsp}.`);
    return space;
  }
}

function fresh(): Space {
  return {
    phase: "idle",
    pid: undefined,
    offset: undefined,
    got: [],
    early: [],
    acks: 0,
    asked: new Map(),
    owed: [],
    questions: [],
    tokens: [],
    isEager: false,
  };
}
