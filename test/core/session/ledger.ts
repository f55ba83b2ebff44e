import type { Packet } from "../../../src/wire/packet.ts";
import { packetBytes } from "../../../src/wire/packet.ts";
import { isEvent, readHead, SocketPacketType } from "../../../src/wire/socket-packet.ts";

interface Entry {
  readonly nsp: string;
  readonly bytes: number;
  readonly isEvent: boolean;
}

/** How the key of a CONNECT to a namespace begins. */
const CONNECT = new RegExp(`^${SocketPacketType.connect} \\S+ `);

/**
 * What the edge has got on one way and not given on, as the world around it counts: a session's own counts are not taken
 * at their word. It may be more than is kept, since a session may drop what nobody waits for.
 */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
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
    this.#entries.set(keyOf(packet), { ...this.#last, bytes: packetBytes(packet) });
  }

  /** With a CONNECT goes every other that waits for the same answer. */
  delete(packet: Packet): void {
    const key = keyOf(packet);
    const [connect] = CONNECT.exec(key) ?? [];
    this.#entries.delete(key);
    for (const one of this.#entries.keys()) {
      if (connect !== undefined && one.startsWith(connect)) this.#entries.delete(one);
    }
  }

  hasConnect(nsp: string): boolean {
    return [...this.#entries.keys()].some((key) => key.startsWith(`${SocketPacketType.connect} ${nsp} `));
  }

  /** Its client has left a namespace, and with it all that was for it. */
  forget(nsp: string): void {
    for (const [key, entry] of this.#entries) if (entry.nsp === nsp) this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}

// The edge may write an id anew, and what a CONNECT says, and leaves the rest as it is.
function keyOf(packet: Packet): string {
  if (typeof packet !== "string") return new TextDecoder().decode(packet);
  const head = readHead(packet);
  if (head === undefined) return packet;
  return `${head.type} ${head.nsp} ${packet.slice(head.payloadAt)}`;
}
