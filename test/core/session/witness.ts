import type { Cause } from "../../../src/core/session/cause.ts";
import type { Effect, Limits, Session } from "../../../src/core/session/session.ts";
import { askedBytes, NO_SPACES, spacesBytes } from "../../../src/core/session/spaces.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { isAside } from "../../../src/wire/recovery/note.ts";
import { parseReplay } from "../../../src/wire/recovery/replay.ts";
import { isAck, isEvent, readHead, SocketPacketType } from "../../../src/wire/socket-packet.ts";
import type { Message } from "./decoder.ts";
import { endsOf } from "./endings.ts";
import { Ledger } from "./ledger.ts";
import { isMessage, Passage } from "./passage.ts";
import type { SocketIoClient } from "./socket-io-client.ts";
import { fieldsOf } from "./socket-io-server.ts";

export const NAMESPACES = ["/", "/b"];

/** Sees all that the edge is given and gives on, keeps accounts of it, and tells what it has done wrong. */
export class Witness {
  readonly faults: string[] = [];
  /** What the edge has of the client's and the origins'. */
  readonly up = new Ledger();
  readonly down = new Ledger();
  readonly losses: number[] = [];
  /** How often an origin was too young. */
  refusals = 0;
  /** Whether a server has taken for a new session what was to go on. */
  hasForgotten = false;
  /** Whether a lost origin owed the client an answer that it is to be told of. */
  isOwed = false;
  /** Whether the time for planned moves is over, so that one goes whatever is under way. */
  isHurried = false;
  /** Namespaces that were kicked: a kick that crosses the client's own leaving strands it without an edge, too. */
  readonly kicked = new Set<string>();
  /** Questions of the client's that were too old to count when their origin was lost. */
  readonly aged = new Set<number>();
  readonly limits: Limits;
  now = 0;
  readonly #client: SocketIoClient;
  readonly #asked: number[] = [];
  /** Sessions that the client has left: by a DISCONNECT, and while there was no origin to be told. */
  readonly #left = new Set<unknown>();
  readonly #forgotten = new Set<unknown>();
  #passage = new Passage();
  /** Of a message of the origin's that is not whole. */
  readonly #parts: Packet[] = [];
  /** By what the session may have come to its end. */
  #ends: readonly Cause[] | undefined;
  #isOver = false;

  constructor(client: SocketIoClient, limits: Limits) {
    this.#client = client;
    this.limits = limits;
  }

  /** Whether the client is in no namespace, so that nothing of it could go on elsewhere. */
  get isNowhere(): boolean {
    return !NAMESPACES.some((nsp) => this.#isIn(nsp));
  }

  moored(): void {
    this.#passage = new Passage();
  }

  fromClient(packet: Packet, { mooring }: Session): void {
    if (!isMessage(packet)) return;
    const head = typeof packet === "string" ? readHead(packet) : undefined;
    if (head?.type === SocketPacketType.disconnect) {
      const pid = this.#client.pidOf(head.nsp);
      this.#left.add(pid);
      if (mooring.phase === "lost") {
        this.#forgotten.add(pid);
        this.up.forget(head.nsp);
        this.#passage.forget(head.nsp);
        return;
      }
    }
    this.up.add(packet);
  }

  fromServer(packet: Packet, { mooring, spaces }: Session): void {
    if (mooring.phase !== "moored" && mooring.phase !== "leaving") return;
    // Records wait in order with what they speak of.
    if (isMessage(packet) || isAside(packet)) this.down.add(packet);
    if (isMessage(packet)) this.#parts.push(packet);
    const message = this.#passage.passDown(packet, this.now);
    if (typeof message !== "object") return;
    const parts = this.#parts.splice(0);
    const space = spaces.byName[message.head.nsp];
    if (space === undefined) this.#passage.drop(message);
    // Whose answer the client has heard, and who is not replayed: nothing of it may be dropped.
    else if (space.phase === "connected" && !space.replay && isOfApplication(message)) {
      this.down.addDue(parts);
    }
  }

  /** An origin is gone, and with it what it was asked. */
  lost(): void {
    const { onPendingAcks } = this.limits;
    const asked = this.#passage.askedUp(this.now);
    // Once more, and no more.
    const again = asked.filter(({ id }) => this.#asked.indexOf(id) === this.#asked.lastIndexOf(id));
    // Where little is kept, it may be too little for a question.
    const isKept =
      onPendingAcks === "replay" && again.length === asked.length && this.limits.holdBytes > 1000;
    this.isOwed = asked.length > 0 && !isKept && onPendingAcks !== "keep";
    if (onPendingAcks === "replay") this.up.addAgain(again.flatMap(({ packets }) => packets));
    for (const { id } of this.#passage.agedUp(this.now)) this.aged.add(id);
    this.#passage = new Passage();
    this.#parts.length = 0;
  }

  /** A planned move has found no moment in which nothing is under way. */
  putOff({ spaces }: Session): void {
    const all = Object.values(spaces.byName);
    if (this.up.bytes > this.limits.holdBytes) return;
    if (all.length === 0 || spaces.partUp || spaces.partDown) return;
    const isSettled = all.every((space) => space.phase === "connected" && !space.replay);
    if (isSettled && this.#passage.asked(this.now).length === 0) {
      this.faults.push("a planned move is put off for nothing");
    }
  }

  see(effect: Effect): void {
    if (effect.type === "send") this.down.delete(effect.packet);
    if (effect.type === "forward") this.#forwarded(effect.packet);
    if (effect.type === "close-origin" && !this.isHurried) this.#leaving();
  }

  /** By a planned move, which is to leave nothing behind. */
  #leaving(): void {
    const connects = this.#passage.connecting.map((nsp) => ({ nsp, what: "a CONNECT" }));
    const asked = this.#passage.asked(this.now);
    const questions = asked.map(({ nsp, id }) => ({ nsp, what: `question ${id}` }));
    for (const { nsp, what } of [...connects, ...questions]) {
      if (!this.kicked.has(nsp)) this.faults.push(`a planned move leaves ${what} in ${nsp} behind`);
    }
  }

  /** After a step: what must be true of any session. */
  judge(session: Session, isAsking: boolean): void {
    const { mooring, spaces, transport } = session;
    if (transport.phase === "closed" || mooring.phase === "ended") {
      this.#ending(transport);
      return;
    }
    if (!this.#passage.isWhole) this.faults.push("an origin has half of a message");
    this.#holdToBounds(session);
    this.#balance(session);
    // While an origin is asked whether it lives, it is not given up.
    if (mooring.phase === "lost" && !isAsking && spacesBytes(spaces) > upBytes(spaces)) {
      this.faults.push("what a lost origin had begun to say is kept");
    }
  }

  /** What has come to its end still goes down before it closes. */
  #ending(transport: Session["transport"]): void {
    this.#ends ??= endsOf(this);
    if (transport.phase !== "closed" || this.#isOver) return;
    const { cause } = transport;
    this.#isOver = true;
    if ([...this.#ends, ...endsOf(this)].includes(cause)) return;
    this.faults.push(`the session has ended with "${cause.text}" (${cause.reason})`);
  }

  #forwarded(packet: Packet): void {
    this.up.delete(packet);
    const message = this.#passage.passUp(packet, this.now);
    if (typeof message === "string") this.faults.push(`an origin was sent ${message}`);
    if (typeof message !== "object") return;
    if (isEvent(message.head) && message.head.ack !== undefined) this.#asked.push(message.id);
    if (message.head.type === SocketPacketType.connect) this.#connecting(message);
  }

  #connecting({ head, body }: Message): void {
    const { pid, offset } = fieldsOf(body);
    if (pid === undefined || this.kicked.has(head.nsp)) return;
    if (offset === undefined) this.faults.push(`a session in ${head.nsp} is not brought back`);
    const isReplay = parseReplay(String(offset)) !== undefined;
    if (this.#forgotten.has(pid) || (this.#left.has(pid) && !isReplay)) {
      this.faults.push(`a session in ${head.nsp} that its client had left is brought back`);
    }
  }

  #holdToBounds({ spaces, down }: Session): void {
    const { holdBytes, queueBytes, onPendingAcks } = this.limits;
    const { partUp, partDown, byName } = spaces;
    const asked = askedBytes(spaces);
    const part = partUp?.bytes ?? 0;
    const held = upBytes(spaces) - asked - part;
    // What is asked again comes on top of what is held.
    const most = onPendingAcks === "replay" ? 2 * holdBytes : holdBytes;
    const events = NAMESPACES.map((nsp) => (this.#isIn(nsp) ? this.up.eventBytes(nsp) : 0));
    const counts: [string, number, number][] = [
      ["are held", held, most],
      ["of events are held", events.reduce((sum, bytes) => sum + bytes, 0) - part, most],
      ["are kept to be asked again", asked, holdBytes],
      ["wait for an attachment of the client's", part, queueBytes],
      ["wait for an attachment of the origin's", partDown?.bytes ?? 0, queueBytes],
      ["are queued", down.bytes, queueBytes],
    ];
    for (const [nsp, space] of Object.entries(byName)) {
      const bytes = spacesBytes({ ...NO_SPACES, byName: { [nsp]: space } });
      counts.push([`wait for an answer in ${nsp}`, bytes, queueBytes]);
    }
    for (const [what, bytes, limit] of counts) {
      if (bytes > limit) this.faults.push(`${bytes} bytes ${what}, of ${limit}`);
    }
  }

  /** A session that says that it keeps nothing has given on all that it has to. */
  #balance({ spaces, down }: Session): void {
    if (upBytes(spaces) === askedBytes(spaces)) {
      for (const nsp of NAMESPACES) {
        const bytes = this.#isIn(nsp) ? this.up.eventBytes(nsp) : 0;
        if (bytes > 0) this.faults.push(`${bytes} bytes of events in ${nsp} are lost`);
      }
      this.up.clear();
    }
    const isDownEmpty = down.bytes === 0 && spacesBytes(spaces) === upBytes(spaces);
    if (!isDownEmpty) return;
    for (const key of this.down.due) this.faults.push(`${key} has come down, and got lost`);
    this.down.clear();
  }

  /** Whether what the client has sent to a namespace has to get there. */
  #isIn(nsp: string): boolean {
    return this.#client.phaseOf(nsp) === "connected" && !this.kicked.has(nsp);
  }
}

/**
 * What comes of an origin that is gone, the end of a socket that its client has left for another, and what comes before the
 * answer to a CONNECT.
 */
export function isNotForClient(packet: Packet, { mooring, spaces }: Session): boolean {
  if (mooring.phase === "lost") return true;
  const head = typeof packet === "string" ? readHead(packet) : undefined;
  const space = head && spaces.byName[head.nsp];
  if (head?.type === SocketPacketType.disconnect) return space?.phase === "pending";
  const isAnswered = space?.phase === "connected" && !space.replay;
  return space !== undefined && !isAnswered && head?.type !== SocketPacketType.connect;
}

function isOfApplication({ head }: Message): boolean {
  return isEvent(head) || isAck(head);
}

/** Bytes of the client's that a session keeps. */
function upBytes(spaces: Session["spaces"]): number {
  return spacesBytes({ ...spaces, byName: {}, partDown: undefined });
}
