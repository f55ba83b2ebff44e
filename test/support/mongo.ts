import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { BSON, ObjectId } from "mongodb";
import * as v from "valibot";
import { onTestFinished } from "vitest";
import { portOf } from "./origin.ts";

// Not a mongod: Debian has none, and the packages of npm that have one download it from elsewhere when they are installed.
/**
 * A stand-in for a MongoDB server, and its port: what the driver asks of one for @socket.io/mongo-adapter, with a single
 * collection, in memory. It goes when the test does.
 */
export async function startMongo(): Promise<number> {
  const collection = new Collection();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    void serve(socket, collection);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return portOf(server);
}

type Fields = Record<string, unknown>;

const FIELDS = v.record(v.string(), v.unknown());
const LIST = v.array(FIELDS);

const OP_MSG = 2013;
/** Length, the message's number, the one that it answers, and what it is: each in four bytes. */
const HEAD_BYTES = 16;
/** Flags, and the kind of the only section. */
const MESSAGE_HEAD_BYTES = 4 + 1;

/** How long a change stream's cursor is waited for, as by MongoDB. */
const AWAIT_MS = 1000;

/** How long a write takes, as to a majority of servers that aren't on this machine. */
const WRITE_MS = 100;

/** Answers each message of a connection, in order. */
async function serve(socket: Socket, collection: Collection): Promise<void> {
  let bytes = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, v.parse(v.instance(Buffer), chunk)]);
      while (bytes.length >= HEAD_BYTES && bytes.length >= bytes.readInt32LE(0)) {
        const length = bytes.readInt32LE(0);
        const answer = await collection.answer(commandOf(bytes.subarray(0, length)));
        socket.write(messageOf(answer, bytes.readInt32LE(4)));
        bytes = bytes.subarray(length);
      }
    }
  } catch (error) {
    if (!socket.destroyed) throw error;
  }
}

function commandOf(message: Buffer): Fields {
  const [op, kind] = [message.readInt32LE(12), message.readUInt8(HEAD_BYTES + 4)];
  if (op !== OP_MSG || kind !== 0) throw new Error(`Expected one document, got ${op}, ${kind}.`);
  return v.parse(FIELDS, BSON.deserialize(message.subarray(HEAD_BYTES + MESSAGE_HEAD_BYTES)));
}

function messageOf(answer: Fields, to: number): Buffer {
  const body = BSON.serialize(answer);
  const head = Buffer.alloc(HEAD_BYTES + MESSAGE_HEAD_BYTES);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(to, 8);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
}

/** A capped collection: nothing is changed in it, or removed. */
class Collection {
  readonly #documents: Fields[] = [];
  readonly #inserts = new EventTarget();
  /** By the cursor's number: how many documents it has seen, and which changes it is for. */
  readonly #streams: { seen: number; readonly filter: Fields }[] = [];

  answer(command: Fields): Fields | Promise<Fields> {
    const [name = ""] = Object.keys(command);
    switch (name) {
      case "hello":
        return { ok: 1, isWritablePrimary: true, minWireVersion: 0, maxWireVersion: 25 };
      case "insert":
        return this.#insert(v.parse(LIST, command["documents"]));
      case "find":
        return cursor(0, { firstBatch: this.#find(command) });
      case "aggregate":
        return this.#watch(v.parse(LIST, command["pipeline"]));
      case "getMore":
        return this.#more(v.parse(v.number(), command["getMore"]));
      case "ping":
      case "endSessions":
      case "killCursors":
        return { ok: 1 };
      default:
        return { ok: 0, code: 59, errmsg: `This stand-in doesn't know ${name}.` };
    }
  }

  async #insert(documents: readonly Fields[]): Promise<Fields> {
    await setTimeout(WRITE_MS);
    this.#documents.push(...documents);
    this.#inserts.dispatchEvent(new Event("insert"));
    return { ok: 1, n: documents.length };
  }

  // By their ids, whose index MongoDB goes by, and not as they were inserted.
  #find({ filter, sort, limit }: Fields): Fields[] {
    const found = this.#documents.filter((one) => matches(one, v.parse(FIELDS, filter)));
    const sign = sort === undefined ? 1 : -1;
    found.sort((one, other) => (keyOf(one["_id"]) < keyOf(other["_id"]) ? -sign : sign));
    return found.slice(0, v.parse(v.optional(v.number()), limit));
  }

  #watch([changes = {}, { $match } = {}]: readonly Fields[]): Fields {
    const { resumeAfter } = v.parse(CHANGES, changes["$changeStream"]);
    const seen = resumeAfter === undefined ? this.#documents.length : Number(resumeAfter["_data"]);
    this.#streams.push({ seen, filter: v.parse(FIELDS, $match) });
    return cursor(this.#streams.length, { firstBatch: [], postBatchResumeToken: token(seen) });
  }

  async #more(number: number): Promise<Fields> {
    const stream = this.#streams[number - 1];
    if (stream === undefined) return { ok: 0, code: 43, errmsg: `There is no cursor ${number}.` };
    if (stream.seen === this.#documents.length) {
      const signal = AbortSignal.timeout(AWAIT_MS);
      await once(this.#inserts, "insert", { signal }).catch(() => {});
    }
    const events = this.#documents.slice(stream.seen).map((fullDocument, i) => ({
      _id: token(stream.seen + i + 1),
      operationType: "insert",
      fullDocument,
    }));
    stream.seen = this.#documents.length;
    const nextBatch = events.filter((event) => matches(event, stream.filter));
    return cursor(number, { nextBatch, postBatchResumeToken: token(stream.seen) });
  }
}

const CHANGES = v.object({ resumeAfter: v.optional(v.record(v.string(), v.string())) });

function token(seen: number): Fields {
  return { _data: String(seen) };
}

function cursor(number: number, batch: Fields): Fields {
  return { ok: 1, cursor: { id: BigInt(number), ns: "mooring.events", ...batch } };
}

function matches(document: Fields, filter: Fields): boolean {
  return Object.entries(filter).every(([path, wanted]) => {
    if (path === "$and") return v.parse(LIST, wanted).every((one) => matches(document, one));
    if (path === "$or") return v.parse(LIST, wanted).some((one) => matches(document, one));
    const value = valueAt(document, path);
    if (typeof wanted !== "object" || wanted instanceof ObjectId)
      return holds("$eq", value, wanted);
    return Object.entries(v.parse(FIELDS, wanted)).every(([operator, operand]) =>
      holds(operator, value, operand),
    );
  });
}

function valueAt(document: unknown, path: string): unknown {
  return path.split(".").reduce((value, key) => v.parse(FIELDS, value ?? {})[key], document);
}

/** Whether a value is so. A list is any of its members, as in MongoDB. */
function holds(operator: string, value: unknown, operand: unknown): boolean {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const isAmong = (list: unknown): boolean =>
    v
      .parse(v.array(v.unknown()), list)
      .some((one) => values.some((it) => keyOf(it) === keyOf(one)));
  switch (operator) {
    case "$eq":
      return isAmong([operand]);
    case "$ne":
      return !isAmong([operand]);
    case "$in":
      return isAmong(operand);
    case "$nin":
      return !isAmong(operand);
    case "$gt":
      return keyOf(value) > keyOf(operand);
    case "$size":
      return Array.isArray(value) && value.length === operand;
    default:
      throw new Error(`Expected an operator that this stand-in knows, got ${operator}.`);
  }
}

function keyOf(value: unknown): string {
  return value instanceof ObjectId ? value.toHexString() : String(value);
}
