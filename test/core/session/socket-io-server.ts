import { PacketType } from "../../../src/wire/packet.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { formatNote, parseParting } from "../../../src/wire/recovery/note.ts";
import { formatOffset, parseOffset } from "../../../src/wire/recovery/offset.ts";
import { parseReplay } from "../../../src/wire/recovery/replay.ts";
import { formatConnect, isAck, SocketPacketType } from "../../../src/wire/socket-packet.ts";
import { parseStream } from "../../../src/wire/hub/vector.ts";
import type { Message } from "./decoder.ts";
import { answerOf, Decoder, eventOf } from "./decoder.ts";

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

/** The offset behind the `n`th event of a socket's life. */
export function offsetAt(n: number): string {
  return formatOffset({ stream: STREAM, n });
}

/**
 * A server's end of one connection, as stock Socket.IO with `mooring/origin` behaves on the wire, on all that a session
 * could get wrong: it closes on what it can't place, and numbers its acks by itself.
 */
export class ServerWire {
  readonly origin: string;
  readonly toEdge: Packet[] = [];
  readonly toServer: Packet[] = [];
  /** Why the server has closed the connection, which it must never have to. */
  fault: string | undefined;
  /** Events of the client's that the server has got. */
  readonly got: (Emitted & { readonly pid: string; readonly isQuestion: boolean })[] = [];
  /** What the answers of its clients were meant for, where they came for something else. */
  readonly crossed: string[] = [];
  isOpen = true;
  /** By itself: what it had sent still arrives, then its end. */
  hasClosed = false;
  /** Closed by the edge: what is on its way still arrives, then its end. */
  isLeft = false;
  /** Its process goes with the connection. */
  isDying = false;
  hasAnnounced = false;
  /** It has dealt with all that it was sent, and has said so. */
  hasParted = false;
  /** It has taken for a new session what was to go on. */
  hasForgotten = false;
  readonly #decoder = new Decoder();
  readonly #memory: Map<string, Remembered>;
  readonly #spaces = new Map<string, { pid: string; isJoined: boolean; connect: unknown }>();
  readonly #asked = new Map<number, Emitted>();
  #owed: { nsp: string; ack: number; id: number }[] = [];
  readonly #newPid: () => string;
  #lastLeft: string | undefined;
  #acks = 0;

  constructor(origin: string, memory: Map<string, Remembered>, newPid: () => string) {
    this.origin = origin;
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

  /** What the CONNECT to a namespace said of who comes. */
  tokenOf(nsp: string): unknown {
    return fieldsOf(this.#spaces.get(nsp)?.connect).token;
  }

  /** Takes so many of the packets that have come, as one chunk of the connection. */
  take(count: number): void {
    this.#lastLeft = undefined;
    for (let i = 0; i < count && this.isOpen; i++) {
      const packet = this.toServer.shift();
      if (packet === undefined) return;
      this.#read(packet, i > 0);
    }
  }

  /** Answers a CONNECT: what the client has missed comes before. */
  answer(nsp: string, isForgotten = false): void {
    const space = this.#spaces.get(nsp);
    if (!this.isOpen || space === undefined || space.isJoined) return;
    const asked = wantedOf(space.connect);
    const known = asked && !isForgotten ? this.#memory.get(asked.pid) : undefined;
    this.hasForgotten ||= asked !== undefined && known === undefined;
    const memory = known ?? { pid: this.#newPid(), events: [] };
    this.#memory.set(memory.pid, memory);
    space.isJoined = true;
    space.pid = memory.pid;
    const missed = known && asked ? memory.events.slice(asked.seen) : [];
    for (const [i, id] of missed.entries()) this.#send(nsp, id, (asked?.seen ?? 0) + i + 1);
    this.#record(nsp, memory);
    this.toEdge.push(
      formatConnect(nsp, JSON.stringify({ sid: `s${memory.pid}`, pid: memory.pid })),
    );
  }

  /** Does not remember far enough back to go on with a session that the edge brings it: it says so, and closes. */
  refuse(nsp: string): boolean {
    const space = this.#spaces.get(nsp);
    if (!this.isOpen || space === undefined || space.isJoined) return false;
    if (parseReplay(String(fieldsOf(space.connect).offset)) === undefined) return false;
    this.toEdge.push(formatNote({ type: "refused", nsp, why: "young" }));
    this.#end();
    return true;
  }

  /** Its process ends by itself; with `mooring/origin` it says so before. */
  shutDown(isAnnounced: boolean): void {
    if (!this.isOpen) return;
    if (isAnnounced) this.toEdge.push(formatNote({ type: "closing" }));
    this.isDying = true;
    this.hasAnnounced = isAnnounced;
    this.#end();
  }

  emit(nsp: string, id: number, wantsAck: boolean): void {
    const memory = this.#memoryOf(nsp);
    if (memory === undefined) return;
    if (wantsAck) {
      this.#asked.set(this.#acks, { nsp, id });
      this.toEdge.push(...eventOf({ nsp, ack: this.#acks, id, attachments: id % 3 }, "a"));
      this.#acks += 1;
    } else {
      memory.events.push(id);
      this.#send(nsp, id, memory.events.length);
    }
  }

  /** Answers an event of the client's. */
  acknowledge(which: number): boolean {
    const owed = this.#owed[which % Math.max(1, this.#owed.length)];
    if (owed === undefined || !this.isOpen) return false;
    this.#owed.splice(this.#owed.indexOf(owed), 1);
    this.toEdge.push(...answerOf({ ...owed, attachments: owed.id % 3 }));
    return true;
  }

  kick(nsp: string): void {
    const memory = this.#memoryOf(nsp);
    if (memory === undefined) return;
    this.#memory.delete(memory.pid);
    this.#forget(nsp);
    this.kicked.add(nsp);
    const name = nsp === "/" ? "" : `${nsp},`;
    this.toEdge.push(`${PacketType.message}${SocketPacketType.disconnect}${name}`);
  }

  /** Namespaces that it has thrown its client out of. */
  readonly kicked = new Set<string>();

  #read(packet: Packet, isSameChunk: boolean): void {
    if (typeof packet === "string" && packet.startsWith(PacketType.noop)) {
      const n = parseParting(packet.slice(1));
      if (n === undefined) return;
      this.toEdge.push(formatNote({ type: "parted", n }));
      this.hasParted = true;
      return;
    }
    this.hasParted = false;
    const message = this.#decoder.take(packet);
    if (typeof message === "string") this.#close(message);
    else if (message) this.#message(message, isSameChunk);
  }

  #message(message: Message, isSameChunk: boolean): void {
    const { head, body } = message;
    const { nsp } = head;
    const space = this.#spaces.get(nsp);
    if (head.type === SocketPacketType.connect) {
      if (space) this.#close(`a second CONNECT to ${nsp}`);
      else if (isSameChunk && this.#lastLeft === nsp) {
        this.#close(`DISCONNECT and CONNECT of ${nsp} in one chunk`);
      } else this.#spaces.set(nsp, { pid: "", isJoined: false, connect: body });
    } else if (space === undefined || !space.isJoined) {
      // What crosses a kick on its way is nobody's fault.
      if (this.kicked.has(nsp)) this.#end();
      else this.#close(`a packet for ${nsp}, which is not joined`);
    } else if (head.type === SocketPacketType.disconnect) {
      this.#memory.delete(space.pid);
      this.#forget(nsp);
      this.#lastLeft = nsp;
    } else if (isAck(head)) this.#takeAck(message);
    else this.#takeEvent(message, space.pid);
  }

  // With a socket goes what it has asked.
  #forget(nsp: string): void {
    this.#spaces.delete(nsp);
    this.#owed = this.#owed.filter((one) => one.nsp !== nsp);
    for (const [ack, one] of this.#asked) if (one.nsp === nsp) this.#asked.delete(ack);
  }

  #takeEvent({ head, id }: Message, pid: string): void {
    const { nsp, ack } = head;
    this.got.push({ nsp, id, pid, isQuestion: ack !== undefined });
    if (ack !== undefined) this.#owed.push({ nsp, ack, id });
  }

  #takeAck({ head, id }: Message): void {
    const asked = head.ack === undefined ? undefined : this.#asked.get(head.ack);
    if (head.ack !== undefined) this.#asked.delete(head.ack);
    if (asked && asked.id !== id) {
      this.crossed.push(`the server's ${asked.id} got the answer to ${id}`);
    }
  }

  #memoryOf(nsp: string): Remembered | undefined {
    const pid = this.isOpen ? this.joined.get(nsp) : undefined;
    return pid === undefined ? undefined : this.#memory.get(pid);
  }

  #record(nsp: string, { pid, events }: Remembered): void {
    this.toEdge.push(formatNote({ type: "record", nsp, record: `${pid}-${events.length}` }));
  }

  #send(nsp: string, id: number, n: number): void {
    this.toEdge.push(
      ...eventOf({ nsp, ack: undefined, id, attachments: id % 3 }, "e", offsetAt(n)),
    );
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
  const { pid, offset } = fieldsOf(connect);
  if (typeof pid !== "string" || typeof offset !== "string") return undefined;
  const replay = parseReplay(offset);
  if (replay) {
    const recorded = Number(replay.record.split("-")[1]);
    return { pid, seen: Math.max(recorded, replay.seen.get(STREAM) ?? 0) };
  }
  return { pid, seen: parseOffset(offset)?.n ?? 0 };
}

/** What of a CONNECT's payload tells who comes. */
export function fieldsOf(connect: unknown): Partial<Record<"token" | "pid" | "offset", unknown>> {
  return typeof connect === "object" && connect !== null ? connect : {};
}
