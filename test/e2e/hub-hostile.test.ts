import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { newNodeKey, uidOf } from "../../src/origin/node-key.ts";
import { encodeToHub } from "../../src/wire/hub/frame.ts";
import { MAX_BODY_BYTES, type ToHub } from "../../src/wire/hub/message.ts";
import { cluster, know, toldBy, TOKEN } from "../support/cluster.ts";
import { direct } from "../support/edge.ts";
import { next } from "../support/events.ts";
import {
  clientFrame,
  connectRaw,
  type RawConnection,
  requestBytes,
  UPGRADE_FIELDS,
} from "../support/raw-tcp.ts";

const MIB = 1024 * 1024;
const BINARY = 0x82;

const pool = cluster();

const HELLO = encoded({ type: "hello", isFresh: true, kept: 0, taken: new Map() });
const PUBLISH = encoded({ type: "publish", n: 1, body: randomBytes(100) });

function encoded(message: ToHub): Buffer {
  return Buffer.from(encodeToHub(message));
}

/** A connection that has the token, and has been taken for a link. */
async function linked(key = newNodeKey()): Promise<RawConnection> {
  const link = await connectRaw(pool.hubUrl);
  const fields = [
    ...UPGRADE_FIELDS,
    `Authorization: Bearer ${TOKEN}`,
    "Mooring-Protocol: 1",
    `Mooring-Key: ${key}`,
  ];
  link.write(requestBytes({ target: "/mooring/hub?shard=0", fields }));
  expect(await link.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 101 /);
  link.write(clientFrame(BINARY, HELLO));
  return link;
}

/** What somebody who has the token may put on his link, and what he is told at its end. */
const ENDED: readonly [string, () => Buffer, RegExp][] = [
  ["noise", () => clientFrame(BINARY, randomBytes(500).fill(200, 0, 1)), /Expected/],
  ["an empty frame", () => clientFrame(BINARY, Buffer.alloc(0)), /Expected a message/],
  ["a message that is cut", () => clientFrame(BINARY, PUBLISH.subarray(0, -1)), /Expected/],
  ["a type that there isn't", () => clientFrame(BINARY, Buffer.from([99, 1])), /Expected/],
  ["text", () => clientFrame(0x81, Buffer.from("hello")), /Expected a binary frame/],
  ["a second hello", () => clientFrame(BINARY, HELLO), /a second hello/],
  ["a reserved bit", () => clientFrame(0xf2, PUBLISH), /(?:)/],
  ["an opcode that there isn't", () => clientFrame(0x83, PUBLISH), /(?:)/],
  ["33 MiB in a frame", () => clientFrame(BINARY, Buffer.alloc(33 * MIB, 2)), /(?:)/],
];

describe.skipIf(direct)(
  "who has the token harms no other server's link (direct has no hub)",
  () => {
    test.each(ENDED)("by %s", async (_, bytesOf, reason) => {
      const members = await pool.three();
      const servers = members.map(({ io }) => io);
      const link = await linked();
      await know(servers, 4);
      link.write(bytesOf());
      await know(servers, 3);
      expect(await link.until(reason)).toMatch(reason);
      await goOn(members);
    });

    test("by a frame that never ends, and by one that is cut off with its connection", async () => {
      const members = await pool.three();
      const [endless, cut] = [await linked(), await linked()];
      await know(
        members.map(({ io }) => io),
        5,
      );
      const frame = clientFrame(BINARY, encoded({ type: "publish", n: 1, body: randomBytes(MIB) }));
      for (const link of [endless, cut]) link.write(frame.subarray(0, MIB / 2));
      cut.socket.resetAndDestroy();
      await know(
        members.map(({ io }) => io),
        4,
      );
      await goOn(members);
      expect(endless.socket.destroyed).toBe(false);
    });

    test("by what is no event, or answers nobody, or is said to be taken and can't be", async () => {
      const members = await pool.three();
      const link = await linked();
      await know(
        members.map(({ io }) => io),
        4,
      );
      const other = uidOf(newNodeKey());
      const messages: ToHub[] = [
        { type: "publish", n: 1, body: randomBytes(100) },
        { type: "publish", n: 2, body: new Uint8Array() },
        { type: "publish", n: 3, body: Buffer.from('\u0012{"type":"event"}') },
        { type: "request", id: 1, body: randomBytes(100) },
        { type: "respond", to: other, id: 1, isLast: true, body: randomBytes(10) },
        { type: "taken", vector: new Map([[other, 2 ** 52]]), bytes: 2 ** 52 },
        { type: "closing", origin: { pool: "nobody's", name: "nothing" } },
      ];
      for (const message of messages) link.write(clientFrame(BINARY, encoded(message)));
      await goOn(members);
      expect(link.socket.destroyed).toBe(false);
    });
  },
);

/** Bodies that are well made but for what they carry: no arguments of an event. */
const UNREADABLE = [
  "}}}",
  "{}",
  "[]",
  "null",
  "[null]",
  "[{}]",
  '["disconnect"]',
  '"text"',
  "\u00c1\u00c1",
].flatMap((data) => ["json", "msgpack"].map((how) => ({ how, data: Buffer.from(data, "latin1") })));

describe.skipIf(direct)("what carries no arguments (direct has no hub)", () => {
  test("is passed over by all servers, which go on, and have no more to say of it", async () => {
    const members = await pool.three({ connectionStateRecovery: {} });
    const [{ client, socket }] = members;
    const link = await linked();
    await know(
      members.map(({ io }) => io),
      4,
    );
    let n = 0;
    const publish = (fields: Readonly<Record<string, unknown>>, data: Buffer): void => {
      n += 1;
      const body = bodyOf({ nsp: "/", ...fields }, data);
      link.write(clientFrame(BINARY, encoded({ type: "publish", n, body })));
    };
    for (const { how, data } of UNREADABLE) {
      const carried = { data: { [how]: data.length } };
      publish({ type: "event", kept: true, ...carried }, data);
      publish({ type: "event", kept: false, ...carried }, data);
      publish({ type: "server-event", ...carried }, data);
      const name = [`${"A".repeat(16)}/d`, n];
      publish({ type: "forward", sid: socket.id, name, ...carried }, data);
    }
    const clients = members.map((member) => member.client);
    const names = (await toldBy(members[1].io, clients, () => {})).map((events) => events.length);
    expect(names).toEqual([0, 0, 0]);
    // What they remember of it is no session's end either.
    const { id } = client;
    link.socket.destroy();
    await know(
      members.map(({ io }) => io),
      3,
    );
    client.io.reconnectionDelay(10);
    client.io.reconnection(true);
    const back = next(client, "connect");
    client.io.engine.close();
    await back;
    expect(client).toMatchObject({ id, recovered: true });
  });
});

/** As `docs/hub-protocol.md` has it under Bodies. */
function bodyOf(header: Readonly<Record<string, unknown>>, data: Buffer): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = text.length < 128 ? [text.length] : [(text.length & 127) | 128, text.length >> 7];
  return Buffer.concat([Buffer.from(length), text, data]);
}

describe.skipIf(direct)("an event (direct has no hub)", () => {
  test("may be as large as the platform lets it be, and one byte more is its emitter's error", async () => {
    const [a, b] = await pool.servers();
    if (!a || !b) throw new Error("Expected two servers, got fewer.");
    const much = 33 * MIB;
    const over = largeness(() => a.serverSideEmit("huge", "x".repeat(much))) - MAX_BODY_BYTES;
    expect(largeness(() => a.serverSideEmit("huge", "x".repeat(much - over + 1)))).toBe(
      MAX_BODY_BYTES + 1,
    );
    const before = pool.warnings.length;
    const heard = next(b, "huge");
    a.serverSideEmit("huge", "x".repeat(much - over));
    const [text] = await heard;
    // Equality of the whole would be shown as a difference of 32 MiB.
    expect(text === "x".repeat(much - over)).toBe(true);
    await know([a, b], 3);
    expect(pool.warnings.slice(before)).toEqual([]);
  });
});

/** How large an emit is that is refused for it, as its emitter is told. */
function largeness(emit: () => void): number {
  try {
    emit();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const [, bytes] = /with its rooms, got (\d+)\.$/.exec(error.message) ?? [];
    return Number(bytes);
  }
  throw new Error("Expected a RangeError, got none.");
}

/** Every server still reaches every client, and none has anything to say about it. */
async function goOn(members: Awaited<ReturnType<typeof pool.three>>): Promise<void> {
  const clients = members.map(({ client }) => client);
  for (const { io } of members) {
    const told = await toldBy(io, clients, () => io.emit("still here"));
    expect(told).toEqual(clients.map(() => [["still here"]]));
  }
  expect(pool.warnings).toEqual([]);
}
