import type { Packet } from "../../../src/wire/packet.ts";
import { keptBytes } from "../../../src/wire/packet.ts";
import { isEvent, readHead, SocketPacketType } from "../../../src/wire/socket-packet.ts";

interface Entry {
  readonly nsp: string;
  readonly bytes: number;
  readonly isEvent: boolean;
}

/** What the edge may write into a CONNECT. */
const OFFSET = ',"offset":""';

/**
 * What the edge has got on one way and not given on, as the world around it counts: a session's own counts are not taken
 * at their word. It may be more than is kept, since a session may drop what nobody waits for.
 */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #due = new Set<string>();
  /** Attachments follow their message. */
  #last = { nsp: "/", isEvent: false };

  get bytes(): number {
    return [...this.#entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Of the events among it, in one namespace. */
  eventBytes(nsp: string): number {
    const events = [...this.#entries.values()].filter((one) => one.isEvent && one.nsp === nsp);
    return events.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  add(packet: Packet): void {
    const head = typeof packet === "string" ? readHead(packet) : undefined;
    if (head) this.#last = { nsp: head.nsp, isEvent: isEvent(head) };
    const isConnect = head?.type === SocketPacketType.connect;
    const bytes = keptBytes(packet) + (isConnect ? OFFSET.length : 0);
    this.#entries.set(keyOf(packet), { ...this.#last, bytes });
  }

  /** Once more, while another message may be on its way. */
  addAgain(packets: readonly Packet[]): void {
    const last = this.#last;
    for (const packet of packets) this.add(packet);
    this.#last = last;
  }

  /** Of what there is, this has to be given on, whatever happens. */
  addDue(packets: readonly Packet[]): void {
    for (const packet of packets) this.#due.add(keyOf(packet));
  }

  /** What of that has not been given on. */
  get due(): string[] {
    return [...this.#due];
  }

  delete(packet: Packet): void {
    this.#entries.delete(keyOf(packet));
    this.#due.delete(keyOf(packet));
  }

  hasConnect(nsp: string): boolean {
    const start = `${SocketPacketType.connect} ${nsp} `;
    return [...this.#entries.keys()].some((key) => key.startsWith(start));
  }

  /** Its client has left a namespace, and with it all that was for it. */
  forget(nsp: string): void {
    for (const [key, entry] of this.#entries) if (entry.nsp === nsp) this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#due.clear();
  }
}

// The edge may write an id anew, and what a CONNECT says, and leaves the rest as it is.
function keyOf(packet: Packet): string {
  if (typeof packet !== "string") return new TextDecoder().decode(packet);
  const head = readHead(packet);
  if (head === undefined) return packet;
  const body = packet.slice(head.payloadAt);
  const token = head.type === SocketPacketType.connect ? /"token":\d+/.exec(body) : undefined;
  return `${head.type} ${head.nsp} ${token?.[0] ?? body}`;
}
