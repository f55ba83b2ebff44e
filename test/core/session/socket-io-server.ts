import { PacketType } from "../../../src/wire/packet.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { formatNote, parseParting } from "../../../src/wire/recovery/note.ts";
import { formatOffset } from "../../../src/wire/recovery/offset.ts";
import { parseReplay } from "../../../src/wire/recovery/replay.ts";
import type { SocketPacketHead } from "../../../src/wire/socket-packet.ts";
import {
  formatConnect,
  isAck,
  readHead,
  SocketPacketType,
} from "../../../src/wire/socket-packet.ts";
import { parseStream } from "../../../src/wire/hub/vector.ts";

/** One event that a server has emitted, or a client. */
export interface Emitted {
  readonly nsp: string;
  readonly id: number;
}

/** What all servers of a pool remember of a socket: the events of its life, by number. */
export interface Remembered {
  readonly pid: string;
  readonly events: number[];
}

const found = parseStream("AAAAAAAAAAAAAAAA");
if (found === undefined) throw new Error("Expected a stream.");
const STREAM = found;

/**
 * A server's end of one connection, as stock Socket.IO with `mooring/origin` behaves on the wire, on all that a session
 * could get wrong: it closes on what it can't place, and numbers its acks by itself.
 */
export class ServerWire {
  readonly toEdge: Packet[] = [];
  readonly toServer: Packet[] = [];
  /** Why the server has closed the connection, which it must never have to. */
  fault: string | undefined;
  /** Events of the client's that the server has got. */
  readonly got: (Emitted & { readonly pid: string })[] = [];
  /** What the answers of its clients were meant for, where they came for something else. */
  readonly crossed: string[] = [];
  isOpen = true;
  /** By itself: what it had sent still arrives, then its end. */
  hasClosed = false;
  /** Closed by the edge: what is on its way still arrives, then its end. */
  isLeft = false;
  readonly #memory: Map<string, Remembered>;
  readonly #spaces = new Map<string, { pid: string; isJoined: boolean; connect: unknown }>();
  readonly #asked = new Map<number, Emitted>();
  readonly #owed: { nsp: string; ack: number; id: number }[] = [];
  readonly #newPid: () => string;
  #lastLeft: string | undefined;
  #acks = 0;

  constructor(memory: Map<string, Remembered>, newPid: () => string) {
    this.#memory = memory;
    this.#newPid = newPid;
  }

  /** The namespaces that are joined here, with their pids. */
  get joined(): ReadonlyMap<string, string> {
    const all = [...this.#spaces].filter(([, { isJoined }]) => isJoined);
    return new Map(all.map(([nsp, { pid }]) => [nsp, pid]));
  }

  get pending(): string[] {
    return [...this.#spaces].filter(([, { isJoined }]) => !isJoined).map(([nsp]) => nsp);
  }

  /** What it has asked in a namespace, and has no answer to. */
  unansweredIn(nsp: string): number[] {
    return [...this.#asked.values()].filter((one) => one.nsp === nsp).map(({ id }) => id);
  }

  /** Takes so many of the packets that have come, as one chunk of the connection. */
  take(count: number): void {
    this.#lastLeft = undefined;
    for (let i = 0; i < count && this.isOpen; i++) {
      const packet = this.toServer.shift();
      if (packet === undefined) return;
      if (typeof packet === "string") this.#read(packet, i > 0);
    }
  }

  /** Answers a CONNECT: what the client has missed comes before. */
  answer(nsp: string, isForgotten = false): void {
    const space = this.#spaces.get(nsp);
    if (!this.isOpen || space === undefined || space.isJoined) return;
    const asked = wantedOf(space.connect);
    const known = asked && !isForgotten ? this.#memory.get(asked.pid) : undefined;
    const memory = known ?? { pid: this.#newPid(), events: [] };
    this.#memory.set(memory.pid, memory);
    space.isJoined = true;
    space.pid = memory.pid;
    const missed = known && asked ? memory.events.slice(asked.seen) : [];
    for (const [i, id] of missed.entries()) {
      this.#send(nsp, `["e",${id}]`, (asked?.seen ?? 0) + i + 1);
    }
    this.#record(nsp, memory);
    this.toEdge.push(
      formatConnect(nsp, JSON.stringify({ sid: `s${memory.pid}`, pid: memory.pid })),
    );
  }

  emit(nsp: string, id: number, wantsAck: boolean): void {
    const memory = this.#memoryOf(nsp);
    if (memory === undefined) return;
    if (wantsAck) {
      this.#asked.set(this.#acks, { nsp, id });
      this.#text(nsp, SocketPacketType.event, `${this.#acks}["a",${id}]`);
      this.#acks += 1;
    } else {
      memory.events.push(id);
      this.#send(nsp, `["e",${id}]`, memory.events.length);
    }
  }

  /** Answers an event of the client's. */
  acknowledge(which: number): void {
    const owed = this.#owed[which % Math.max(1, this.#owed.length)];
    if (owed === undefined || !this.joined.has(owed.nsp)) return;
    this.#owed.splice(this.#owed.indexOf(owed), 1);
    this.#text(owed.nsp, SocketPacketType.ack, `${owed.ack}[${owed.id}]`);
  }

  kick(nsp: string): void {
    const memory = this.#memoryOf(nsp);
    if (memory === undefined) return;
    this.#memory.delete(memory.pid);
    this.#forget(nsp);
    this.#kicked.add(nsp);
    this.#text(nsp, SocketPacketType.disconnect, "");
  }

  readonly #kicked = new Set<string>();

  #read(packet: string, isSameChunk: boolean): void {
    const head = readHead(packet);
    if (head === undefined) {
      const n = parseParting(packet.slice(1));
      if (n !== undefined) this.toEdge.push(formatNote({ type: "parted", n }));
      return;
    }
    const { nsp } = head;
    const space = this.#spaces.get(nsp);
    if (head.type === SocketPacketType.connect) {
      if (space) this.#close(`a second CONNECT to ${nsp}`);
      else if (isSameChunk && this.#lastLeft === nsp) {
        this.#close(`DISCONNECT and CONNECT of ${nsp} in one chunk`);
      } else this.#spaces.set(nsp, { pid: "", isJoined: false, connect: bodyOf(packet, head) });
    } else if (space === undefined || !space.isJoined) {
      // What crosses a kick on its way is nobody's fault.
      if (this.#kicked.has(nsp)) this.#end();
      else this.#close(`a packet for ${nsp}, which is not joined`);
    } else if (head.type === SocketPacketType.disconnect) {
      this.#memory.delete(space.pid);
      this.#forget(nsp);
      this.#lastLeft = nsp;
    } else if (isAck(head)) this.#takeAck(head, packet);
    else this.#takeEvent(head, packet, space.pid);
  }

  // With a socket goes what it has asked.
  #forget(nsp: string): void {
    this.#spaces.delete(nsp);
    for (const [ack, one] of this.#asked) if (one.nsp === nsp) this.#asked.delete(ack);
  }

  #takeEvent(head: SocketPacketHead, packet: string, pid: string): void {
    const id = numberIn(bodyOf(packet, head), 1);
    this.got.push({ nsp: head.nsp, id, pid });
    if (head.ack !== undefined) this.#owed.push({ nsp: head.nsp, ack: head.ack, id });
  }

  #takeAck(head: SocketPacketHead, packet: string): void {
    const asked = head.ack === undefined ? undefined : this.#asked.get(head.ack);
    const answers = numberIn(bodyOf(packet, head), 0);
    if (head.ack !== undefined) this.#asked.delete(head.ack);
    if (asked && asked.id !== answers) {
      this.crossed.push(`the server's ${asked.id} got the answer to ${answers}`);
    }
  }

  #memoryOf(nsp: string): Remembered | undefined {
    const pid = this.isOpen ? this.joined.get(nsp) : undefined;
    return pid === undefined ? undefined : this.#memory.get(pid);
  }

  #record(nsp: string, { pid, events }: Remembered): void {
    this.toEdge.push(formatNote({ type: "record", nsp, record: `${pid}-${events.length}` }));
  }

  #send(nsp: string, event: string, n: number): void {
    const offset = formatOffset({ stream: STREAM, n });
    this.#text(nsp, SocketPacketType.event, `${event.slice(0, -1)},"${offset}"]`);
  }

  #text(nsp: string, type: string, body: string): void {
    const name = nsp === "/" ? "" : `${nsp},`;
    this.toEdge.push(`${PacketType.message}${type}${name}${body}`);
  }

  #close(why: string): void {
    this.fault = why;
    this.#end();
  }

  #end(): void {
    this.isOpen = false;
    this.hasClosed = true;
  }
}

/** What a CONNECT asks to go on with: by a replay of the edge's, or by what a stock client remembers. */
function wantedOf(connect: unknown): { pid: string; seen: number } | undefined {
  if (typeof connect !== "object" || connect === null) return undefined;
  if (!("pid" in connect) || !("offset" in connect)) return undefined;
  const { pid, offset } = connect;
  if (typeof pid !== "string" || typeof offset !== "string") return undefined;
  const replay = parseReplay(offset);
  if (replay) {
    const recorded = Number(replay.record.split("-")[1]);
    return { pid, seen: Math.max(recorded, replay.seen.get(STREAM) ?? 0) };
  }
  return { pid, seen: offset === "" ? 0 : parseInt(offset.slice(STREAM.length + 2), 36) };
}

function bodyOf(packet: string, head: SocketPacketHead): unknown {
  const text = packet.slice(head.payloadAt);
  return text === "" ? undefined : JSON.parse(text);
}

function numberIn(body: unknown, at: number): number {
  const value: unknown = Array.isArray(body) ? body[at] : undefined;
  if (typeof value !== "number") throw new TypeError("Expected a number in a packet of the model.");
  return value;
}
