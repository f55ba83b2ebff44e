import type { Packet } from "../../../src/wire/packet.ts";
import { PacketType } from "../../../src/wire/packet.ts";
import type { SocketPacketHead } from "../../../src/wire/socket-packet.ts";
import { isAck, isEvent, readHead, SocketPacketType } from "../../../src/wire/socket-packet.ts";

/** A whole message of the model's, and what it is called by: events and answers have ids, which no two share. */
export interface Message {
  readonly head: SocketPacketHead;
  readonly body: unknown;
  readonly id: number;
}

/** What an event or an answer consists of. */
interface Draft {
  readonly nsp: string;
  readonly ack: number | undefined;
  readonly id: number;
  readonly attachments: number;
  /** As a client with `forceBase64` sends its attachments. */
  readonly isBase64?: boolean;
}

export function eventOf(draft: Draft, name: string, offset?: string): Packet[] {
  const end = offset === undefined ? [] : [offset];
  const { event, binaryEvent } = SocketPacketType;
  return written(draft, draft.attachments === 0 ? event : binaryEvent, [name, draft.id], end);
}

export function answerOf(draft: Draft): Packet[] {
  const { ack, binaryAck } = SocketPacketType;
  return written(draft, draft.attachments === 0 ? ack : binaryAck, [draft.id], []);
}

/** Puts messages together as Socket.IO's decoder does. */
export class Decoder {
  #head: SocketPacketHead | undefined;
  #body: unknown;
  #names: string[] = [];

  /** Whether no message is begun. */
  get isIdle(): boolean {
    return this.#head === undefined;
  }

  /** The message that is whole with this packet, or a text that says why a decoder throws. */
  take(packet: Packet): Message | string | undefined {
    const head = this.#head;
    const isAttachment = typeof packet !== "string" || packet.startsWith("b");
    if (head === undefined) return isAttachment ? "an attachment of nothing" : this.#begin(packet);
    if (!isAttachment) return `${packet} where an attachment was due`;
    this.#names.push(nameIn(packet));
    return this.#names.length === head.attachments ? this.#whole(head) : undefined;
  }

  #begin(packet: string): Message | string | undefined {
    const head = readHead(packet);
    if (head === undefined) return `${packet}, which is no message`;
    const text = packet.slice(head.payloadAt);
    this.#body = text === "" ? undefined : JSON.parse(text);
    if (head.attachments === 0) return this.#whole(head);
    this.#head = head;
    return undefined;
  }

  #whole(head: SocketPacketHead): Message | string {
    const message = { head, body: this.#body, id: idIn(head, this.#body) };
    const due = Array.from({ length: head.attachments }, (_, i) => nameOf(message.id, i));
    const names = this.#names;
    this.#head = undefined;
    this.#names = [];
    return names.join() === due.join() ? message : `${message.id} with ${names.join()}`;
  }
}

function written(draft: Draft, type: string, begin: unknown[], end: unknown[]): Packet[] {
  const { nsp, ack, id, attachments, isBase64 = false } = draft;
  const places = Array.from({ length: attachments }, (_, num) => ({ _placeholder: true, num }));
  const count = attachments === 0 ? "" : `${attachments}-`;
  const body = JSON.stringify([...begin, ...places, ...end]);
  const head = `${PacketType.message}${type}${count}${nsp === "/" ? "" : `${nsp},`}`;
  const names = places.map(({ num }) => nameOf(id, num));
  return [
    `${head}${ack ?? ""}${body}`,
    ...names.map((name) => (isBase64 ? `b${btoa(name)}` : bytesOf(name))),
  ];
}

/** Every attachment says what it belongs to. */
function nameOf(id: number, place: number): string {
  return `${id}#${place}`;
}

function nameIn(attachment: Packet): string {
  if (typeof attachment === "string") return atob(attachment.slice(1));
  return new TextDecoder().decode(attachment);
}

function bytesOf(name: string): ArrayBuffer {
  return new TextEncoder().encode(name).slice().buffer;
}

function idIn(head: SocketPacketHead, body: unknown): number {
  if (!isEvent(head) && !isAck(head)) return 0;
  const id: unknown = Array.isArray(body) ? body[isAck(head) ? 0 : 1] : undefined;
  if (typeof id !== "number") throw new TypeError("Expected a number in a message of the model.");
  return id;
}
