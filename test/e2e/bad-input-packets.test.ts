import type { Socket as ServerSocket } from "socket.io";
import { describe, expect, test } from "vitest";
import { collect, disconnection, next } from "../support/events.ts";
import {
  content,
  joinByPolling,
  joinByWebSocket,
  openUpgrade,
  serverOf,
} from "../support/joined.ts";
import { request } from "../support/raw-http.ts";
import {
  clientFrame,
  connectRaw,
  type RawConnection,
  requestBytes,
  UPGRADE_FIELDS,
} from "../support/raw-tcp.ts";
import { watchedEdge } from "../support/watched-edge.ts";

const BAD_REQUEST = '400 {"code":3,"message":"Bad request"}';
const UNKNOWN_SID = '400 {"code":1,"message":"Session ID unknown"}';

const watched = watchedEdge();

const byPolling = () => joinByPolling(watched.url, watched.io);
const byWebSocket = () => joinByWebSocket(watched.url, watched.io);

function post(sid: string, body: string | Buffer): Promise<string> {
  const url = `${watched.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`;
  return content(request(url, { method: "POST", body }));
}

const GOOD = '42["good"]';

const PAYLOADS: readonly [name: string, payload: string | Buffer][] = [
  ["an unknown type", "7"],
  ["a letter", "hello"],
  ["nothing", ""],
  ["a good packet and an unknown type", `${GOOD}\x1e8`],
  ["a good packet and nothing", `${GOOD}\x1e`],
  ["a good packet and base64 that is none", `${GOOD}\x1eb!!!!`],
  ["base64 that is cut", "bAAA"],
  ["base64 of another alphabet", "b-_-_"],
  ["bytes that are not UTF-8", Buffer.from([0x34, 0x32, 0xc3, 0x28])],
  [
    "a good packet and a character that is cut",
    Buffer.concat([Buffer.from(GOOD), Buffer.from([0xe2, 0x82])]),
  ],
  ["bytes of another protocol", Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0xfc])],
  ["a ping", "2"],
  ["megabytes of separators", "\x1e".repeat(900_000)],
];

describe("a payload is taken whole or not at all, and ends its session alone", () => {
  test.each(PAYLOADS)("%s", async (_, payload) => {
    const { session, server, open } = await byPolling();
    const heard: unknown[] = [];
    server.onAny((...event: unknown[]) => heard.push(event));
    const ended = disconnection(server);
    expect(await post(open.sid, payload)).toBe(BAD_REQUEST);
    expect(await content(session.poll())).toBe(UNKNOWN_SID);
    expect(["parse error", "transport close"]).toContain(await ended);
    expect(heard).toEqual([]);
  });

  test("and tells so to the poll that waits", async () => {
    const { session, open } = await byPolling();
    const poll = content(session.poll());
    expect(await post(open.sid, "7")).toBe(BAD_REQUEST);
    expect(await poll).toBe("200 1");
  });
});

const FRAMES: readonly [name: string, frame: string, closed: string][] = [
  ["an unknown type", "7", "1002 parse error"],
  ["a letter", "hello", "1002 parse error"],
  ["nothing", "", "1002 parse error"],
  ["a ping", "2", "1002 invalid heartbeat direction"],
  ["a packet over the limit", `4${"x".repeat(1_000_000)}`, "1009 payload too large"],
];

describe("a WebSocket's packet ends its session alone", () => {
  test.each(FRAMES)("%s", async (_, frame, closed) => {
    const { socket, frames, server } = await byWebSocket();
    const ended = disconnection(server);
    socket.send(GOOD);
    socket.send(frame);
    expect(await frames.closed).toBe(closed);
    expect(["parse error", "transport close"]).toContain(await ended);
  });

  test("of a Socket.IO type that nobody knows is the server's to judge", async () => {
    const { socket, frames, server } = await byWebSocket();
    const ended = disconnection(server);
    socket.send("4x");
    expect(await frames.closed).toBe("1005");
    expect(await ended).toBe("forced close");
  });
});

/** RFC 6455, 5.2: what no client may send. */
const BROKEN_FRAMES: readonly [name: string, bytes: Buffer][] = [
  ["a reserved bit", clientFrame(0xf1, Buffer.from("4a"))],
  ["an unknown opcode", clientFrame(0x83, Buffer.from("4a"))],
  ["a continuation of nothing", clientFrame(0x80, Buffer.from("4a"))],
  [
    "a text inside another",
    Buffer.concat([clientFrame(0x01, Buffer.from("4a")), clientFrame(0x81, Buffer.from("4b"))]),
  ],
  ["a ping in two parts", clientFrame(0x09, Buffer.from("a"))],
  ["a close of one byte", clientFrame(0x88, Buffer.from([3]))],
  ["a length of 2 to the 63", Buffer.from("81ff800000000000000000000000", "hex")],
  ["a length of 33 MiB", Buffer.from("81ff000000000210000000000000", "hex")],
  ["HTTP", Buffer.from("GET / HTTP/1.1\r\n".repeat(10))],
];

/** A session by WebSocket of which every byte is the test's own. */
async function joinByFrames(): Promise<{ connection: RawConnection; server: ServerSocket }> {
  const connection = await connectRaw(watched.url);
  const target = "/socket.io/?EIO=4&transport=websocket";
  connection.write(requestBytes({ target, fields: UPGRADE_FIELDS }));
  await connection.until(/0\{"sid".*\}/);
  connection.write(clientFrame(0x81, Buffer.from("40")));
  const [packet] = /40\{"sid".*\}/.exec(await connection.until(/40\{"sid".*\}/)) ?? [];
  return { connection, server: serverOf(watched.io, packet ?? "") };
}

describe("frames that break WebSocket's own rules end their session alone", () => {
  test.each(BROKEN_FRAMES)("%s", async (_, bytes) => {
    const { connection, server } = await joinByFrames();
    const ended = disconnection(server);
    connection.write(bytes);
    await connection.closed();
    expect(await ended).toBe("transport close");
  });

  test("but text that is not UTF-8 comes with replacement characters, as workerd decodes it", async () => {
    const { connection, server } = await joinByFrames();
    const heard = next(server, "text");
    const packet = Buffer.concat([
      Buffer.from('42["text","'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"]'),
    ]);
    connection.write(clientFrame(0x81, packet));
    expect(await heard).toEqual(["\ufffd("]);
  });
});

describe("many packets in one payload", () => {
  test("all arrive, in their order", async () => {
    const { server, open } = await byPolling();
    // About as many as a payload of a million bytes can hold.
    const packets = Array.from({ length: 71_000 }, (_, n) => `42["n",${n}]`);
    const numbers = collect(server, "n", packets.length);
    expect(await post(open.sid, packets.join("\x1e"))).toBe("200 ok");
    const arrived = await numbers;
    expect(arrived.every((n, index) => n === index)).toBe(true);
  });

  test("of the smallest kind, half a million, are taken like any other", async () => {
    const { session, open, server } = await byPolling();
    expect(await post(open.sid, Array.from({ length: 499_999 }, () => "6").join("\x1e"))).toBe(
      "200 ok",
    );
    const heard = next(server, "good");
    expect(await content(session.post(GOOD))).toBe("200 ok");
    expect(await heard).toEqual([]);
  });

  test("by WebSocket all arrive, in their order", async () => {
    const { server, socket } = await byWebSocket();
    const numbers = collect(server, "n", 20_000);
    for (let n = 0; n < 20_000; n++) socket.send(`42["n",${n}]`);
    const arrived = await numbers;
    expect(arrived.every((n, index) => n === index)).toBe(true);
  });

  test("behind an upgrade's probe wait for it, and keep their order", async () => {
    const { open, server, session } = await byPolling();
    const numbers = collect(server, "n", 3000);
    const { socket, frames } = await openUpgrade(watched.url, open.sid);
    socket.send("2probe");
    expect(await frames.next()).toBe("3probe");
    const packets = Array.from({ length: 1000 }, (_, n) => `42["n",${n}]`);
    expect(await content(session.post(packets.join("\x1e")))).toBe("200 ok");
    socket.send("5");
    for (let n = 1000; n < 3000; n++) socket.send(`42["n",${n}]`);
    const arrived = await numbers;
    expect(arrived.every((n, index) => n === index)).toBe(true);
  });
});
