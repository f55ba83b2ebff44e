import { ByteReader } from "./byte-reader.ts";
import { ByteWriter, MAX_NUMBER_BYTES, UID_BYTES } from "./byte-writer.ts";
import type { FromHub, PoolOriginName, ToHub } from "./message.ts";
import { MAX_BODY_BYTES } from "./message.ts";
import type { Uid } from "./vector.ts";

/** What is wrong with bytes of a peer, in a sentence. */
export interface Fault {
  readonly fault: string;
}

/** The hub deals out that many shards at most. */
export const MAX_SHARDS = 16;

/** Each of the names in `closing`. */
export const MAX_NAME_BYTES = 256;

// The first byte of a message (docs/hub-protocol.md). Those of the two directions differ, so that an end that has
// mistaken its part is told at once.
const TO_HUB = { hello: 1, publish: 2, request: 3, respond: 4, taken: 5, closing: 6 } as const;
const FROM_HUB = {
  welcome: 17,
  event: 18,
  request: 19,
  response: 20,
  "all-taken": 21,
  joined: 22,
  left: 23,
} as const;

/** One message's bytes. A frame is those of any number of messages, one behind the other. */
export function encodeToHub(message: ToHub): Uint8Array {
  const to = new ByteWriter(roomFor(message)).byte(TO_HUB[message.type]);
  switch (message.type) {
    case "hello":
      return to.flag(message.isFresh).number(message.kept).vector(message.taken).bytes;
    case "publish":
      return to.number(message.n).body(message.body).bytes;
    case "request":
      return to.number(message.id).body(message.body).bytes;
    case "respond":
      return to.uid(message.to).number(message.id).flag(message.isLast).body(message.body).bytes;
    case "taken":
      return to.vector(message.vector).number(message.bytes).bytes;
    case "closing":
      return closing(to, message.origin);
  }
}

/** As `encodeToHub`. What goes to many is the same bytes for all. */
export function encodeFromHub(message: FromHub): Uint8Array {
  const to = new ByteWriter(roomFor(message)).byte(FROM_HUB[message.type]);
  switch (message.type) {
    case "welcome":
      to.vector(message.bases).number(message.last).uids(message.peers);
      return to.number(message.shards).bytes;
    case "event":
      return to.uid(message.uid).number(message.n).body(message.body).bytes;
    case "request":
      return to.uid(message.uid).number(message.id).body(message.body).bytes;
    case "response":
      return to.uid(message.uid).number(message.id).flag(message.isLast).body(message.body).bytes;
    case "all-taken":
      return to.number(message.n).bytes;
    case "joined":
      return to.uid(message.uid).number(message.base).bytes;
    case "left":
      return to.uid(message.uid).bytes;
  }
}

/** All messages of a frame, in order, their bodies parts of it; or what is wrong with it, and then none. */
export function decodeToHub(frame: Uint8Array): readonly ToHub[] | Fault {
  return messagesIn(frame, toHub);
}

/** As `decodeToHub`. */
export function decodeFromHub(frame: Uint8Array): readonly FromHub[] | Fault {
  return messagesIn(frame, fromHub);
}

function messagesIn<Message>(
  frame: Uint8Array,
  read: (from: ByteReader) => Message | undefined,
): readonly Message[] | Fault {
  const from = new ByteReader(frame);
  const messages: Message[] = [];
  if (from.left === 0) from.fail("Expected a message, got an empty frame");
  while (from.left > 0) {
    const message = read(from);
    if (message !== undefined) messages.push(message);
  }
  return from.fault === undefined ? messages : { fault: `${from.fault}.` };
}

function toHub(from: ByteReader): ToHub | undefined {
  const type = from.byte();
  switch (type) {
    case TO_HUB.hello: {
      const isFresh = from.flag();
      return { type: "hello", isFresh, kept: from.number(), taken: from.vector() };
    }
    case TO_HUB.publish:
      return { type: "publish", n: from.number(1), body: bodyIn(from) };
    case TO_HUB.request:
      return { type: "request", id: from.number(), body: bodyIn(from) };
    case TO_HUB.respond: {
      const to = from.uid();
      const id = from.number();
      const isLast = from.flag();
      const body = bodyIn(from);
      return to && { type: "respond", to, id, isLast, body };
    }
    case TO_HUB.taken:
      return { type: "taken", vector: from.vector(), bytes: from.number() };
    case TO_HUB.closing:
      return { type: "closing", origin: from.flag() ? originIn(from) : undefined };
    default:
      from.fail(`Expected the type of a message, got ${type}`);
      return undefined;
  }
}

function fromHub(from: ByteReader): FromHub | undefined {
  const type = from.byte();
  switch (type) {
    case FROM_HUB.welcome: {
      const bases = from.vector();
      const last = from.number();
      const peers = from.uids();
      return { type: "welcome", bases, last, peers, shards: shardsIn(from) };
    }
    case FROM_HUB["all-taken"]:
      return { type: "all-taken", n: from.number() };
    case FROM_HUB.event:
    case FROM_HUB.request:
    case FROM_HUB.response:
    case FROM_HUB.joined:
    case FROM_HUB.left: {
      const uid = from.uid();
      return uid && ofAnother(type, uid, from);
    }
    default:
      from.fail(`Expected the type of a message, got ${type}`);
      return undefined;
  }
}

function ofAnother(
  type: (typeof FROM_HUB)["event" | "request" | "response" | "joined" | "left"],
  uid: Uid,
  from: ByteReader,
): FromHub {
  switch (type) {
    case FROM_HUB.event:
      return { type: "event", uid, n: from.number(1), body: bodyIn(from) };
    case FROM_HUB.request:
      return { type: "request", uid, id: from.number(), body: bodyIn(from) };
    case FROM_HUB.response: {
      const id = from.number();
      return { type: "response", uid, id, isLast: from.flag(), body: bodyIn(from) };
    }
    case FROM_HUB.joined:
      return { type: "joined", uid, base: from.number() };
    case FROM_HUB.left:
      return { type: "left", uid };
  }
}

function bodyIn(from: ByteReader): Uint8Array {
  return from.body(MAX_BODY_BYTES);
}

function originIn(from: ByteReader): PoolOriginName {
  return { pool: from.text(MAX_NAME_BYTES), name: from.text(MAX_NAME_BYTES) };
}

function shardsIn(from: ByteReader): number {
  const shards = from.number(1);
  if (shards > MAX_SHARDS) from.fail(`Expected at most ${MAX_SHARDS} shards, got ${shards}`);
  return shards;
}

function closing(to: ByteWriter, origin: PoolOriginName | undefined): Uint8Array {
  to.flag(origin !== undefined);
  return origin === undefined ? to.bytes : to.text(origin.pool).text(origin.name).bytes;
}

// Type, uid, two numbers and a flag; the body's length.
const HEADER_BYTES = 1 + UID_BYTES + 2 * MAX_NUMBER_BYTES + 1;

function roomFor(message: ToHub | FromHub): number {
  return HEADER_BYTES + ("body" in message ? message.body.length : 0);
}
