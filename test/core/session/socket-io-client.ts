import type { Packet } from "../../../src/wire/packet.ts";
import { PacketType } from "../../../src/wire/packet.ts";
import {
  formatConnect,
  isAck,
  readHead,
  SocketPacketType,
} from "../../../src/wire/socket-packet.ts";

interface Space {
  phase: "idle" | "connecting" | "connected";
  pid: string | undefined;
  offset: string | undefined;
  /** Events of its life, in the order in which the application got them. */
  got: number[];
  /** What came before the answer to its CONNECT. */
  early: string[];
  acks: number;
  readonly asked: Map<number, number>;
  owed: { ack: number; id: number }[];
}

/** A client of one session, as the stock one behaves: it connects, emits, asks, answers, and leaves. */
export class SocketIoClient {
  readonly toEdge: Packet[] = [];
  readonly faults: string[] = [];
  readonly #spaces = new Map<string, Space>();

  constructor(names: readonly string[]) {
    for (const name of names) this.#spaces.set(name, fresh());
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

  connect(nsp: string): void {
    const space = this.#of(nsp);
    if (space.phase !== "idle") return;
    space.phase = "connecting";
    const { pid, offset } = space;
    const payload = pid === undefined ? "" : JSON.stringify({ pid, offset });
    this.toEdge.push(formatConnect(nsp, payload));
  }

  disconnect(nsp: string): void {
    const space = this.#of(nsp);
    if (space.phase !== "connected") return;
    this.#idle(space);
    this.#text(nsp, SocketPacketType.disconnect, "");
  }

  /** Gives the id back where it was sent. */
  emit(nsp: string, id: number, wantsAck: boolean): number | undefined {
    const space = this.#of(nsp);
    if (space.phase !== "connected") return undefined;
    if (wantsAck) {
      space.asked.set(space.acks, id);
      this.#text(nsp, SocketPacketType.event, `${space.acks}["a",${id}]`);
      space.acks += 1;
    } else this.#text(nsp, SocketPacketType.event, `["e",${id}]`);
    return id;
  }

  acknowledge(nsp: string, which: number): void {
    const space = this.#of(nsp);
    const owed = space.owed[which % Math.max(1, space.owed.length)];
    if (space.phase !== "connected" || owed === undefined) return;
    space.owed = space.owed.filter((one) => one !== owed);
    this.#text(nsp, SocketPacketType.ack, `${owed.ack}[${owed.id}]`);
  }

  take(packet: Packet): void {
    if (typeof packet !== "string") return;
    if (packet === PacketType.ping) {
      this.toEdge.push(PacketType.pong);
      return;
    }
    const head = readHead(packet);
    if (head === undefined) {
      this.faults.push(`the client got ${packet}`);
      return;
    }
    const space = this.#of(head.nsp);
    const body: unknown =
      packet.length > head.payloadAt ? JSON.parse(packet.slice(head.payloadAt)) : [];
    if (head.type === SocketPacketType.connect) this.#connected(head.nsp, space, body);
    else if (head.type === SocketPacketType.connectError) space.phase = "idle";
    else if (head.type === SocketPacketType.disconnect) this.#idle(space);
    else if (isAck(head)) this.#answered(space, head.ack ?? -1, body);
    else if (space.phase === "connecting") space.early.push(packet);
    else if (space.phase === "connected") this.#event(space, head.ack, body);
  }

  #connected(nsp: string, space: Space, body: unknown): void {
    if (space.phase === "connected") this.faults.push(`the client saw a second CONNECT to ${nsp}`);
    if (space.phase !== "connecting") return;
    const pid = typeof body === "object" && body !== null && "pid" in body ? String(body.pid) : "";
    if (pid !== space.pid) {
      space.got = [];
      space.offset = undefined;
    }
    space.pid = pid;
    space.phase = "connected";
    const { early } = space;
    space.early = [];
    for (const packet of early) this.take(packet);
  }

  #event(space: Space, ack: number | undefined, body: unknown): void {
    if (!Array.isArray(body)) return;
    const id = Number(body[1]);
    const last: unknown = body.at(-1);
    if (typeof last === "string") space.offset = last;
    if (ack === undefined) space.got.push(id);
    else space.owed.push({ ack, id });
  }

  #answered(space: Space, ack: number, body: unknown): void {
    const asked = space.asked.get(ack);
    const answers: unknown = Array.isArray(body) ? body[0] : undefined;
    space.asked.delete(ack);
    if (asked !== undefined && asked !== answers) {
      this.faults.push(`the client's ${asked} got the answer to ${String(answers)}`);
    }
  }

  #idle(space: Space): void {
    space.phase = "idle";
    space.owed = [];
    space.early = [];
    space.asked.clear();
  }

  #text(nsp: string, type: string, body: string): void {
    const name = nsp === "/" ? "" : `${nsp},`;
    this.toEdge.push(`${PacketType.message}${type}${name}${body}`);
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
  };
}
