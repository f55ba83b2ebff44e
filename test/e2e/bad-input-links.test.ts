import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { binary, frame, hangUp, open, text } from "../support/hostile-origin.ts";
import { content, Frames } from "../support/joined.ts";
import {
  openByPolling,
  openByWebSocket,
  type Open,
  type PollingSession,
} from "../support/raw-session.ts";
import { watchedEdge } from "../support/watched-edge.ts";
import { ownerOf } from "../support/witnesses.ts";

const MIB = 1024 * 1024;
const UNKNOWN_SID = '400 {"code":1,"message":"Session ID unknown"}';

const watched = watchedEdge();

afterEach(() => watched.hostile.behave(hangUp));

/** Opens sessions until one is the hostile origin's, in the witnesses' object; gives the origin's end of it. */
async function moored<Session extends { open: { sid: string } }>(
  openOne: () => Promise<Session>,
): Promise<{ client: Session; origin: Socket }> {
  let origin: Socket | undefined;
  watched.hostile.behave(open((connection) => (origin = connection)));
  for (let turn = 0; turn < 100; turn++) {
    const client = await openOne();
    if (origin === undefined) continue;
    if (watched.witnesses.owners.has(ownerOf(client.open.sid))) return { client, origin };
    // What the pool has promised of the witnesses' object is used up: it offers it again with its next snapshot.
    origin.destroy();
    origin = undefined;
    await delay(50);
  }
  throw new Error("Expected a session at the hostile origin, in the witnesses' object, got none.");
}

async function byWebSocket(): Promise<{ frames: Frames; origin: Socket; open: Open }> {
  const { client, origin } = await moored(async () => {
    const session = await openByWebSocket(watched.url);
    return { ...session, frames: new Frames(session.socket) };
  });
  return { ...client, origin };
}

async function byPolling(): Promise<{ client: PollingSession; origin: Socket }> {
  return moored(() => openByPolling(watched.url));
}

/** How the client's WebSocket ends, and what the log says. */
type End = readonly [closed: string, logged: string];
const LOST: End = ["1014 origin lost", "origin lost: origin lost"];
const RUBBISH: End = ["1014 origin sent no packet", "origin lost: origin sent no packet"];
const CLOSED: End = ["1005", "origin closed: "];
const TOO_LARGE: End = ["1009 payload too large", "origin closed: payload too large"];

/** What an origin sends on an open session's link, and how that ends. */
const LINKS: readonly [name: string, bytes: Buffer, end: End][] = [
  ["a packet of an unknown type", text("9"), RUBBISH],
  ["a letter", text("hello"), RUBBISH],
  ["an empty text", text(""), RUBBISH],
  ["a second open packet", text("0{}"), RUBBISH],
  ["a pong", text("3"), RUBBISH],
  ["an upgrade", text("5"), RUBBISH],
  ["a close packet", text("1"), CLOSED],
  ["a close packet and then more", Buffer.concat([text("1"), text("4more")]), CLOSED],
  ["a reserved bit", frame(0xf1, Buffer.from("4a")), LOST],
  ["an unknown opcode", frame(0x83, Buffer.from("4a")), LOST],
  ["a continuation of nothing", frame(0x80, Buffer.from("4a")), LOST],
  ["a text inside another", Buffer.concat([frame(0x01, Buffer.from("4a")), text("4b")]), LOST],
  ["a frame of 33 MiB", frame(0x81, Buffer.alloc(0), 33 * MIB), LOST],
  ["HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n".repeat(10)), LOST],
  ["a close of 1000", frame(0x88, Buffer.from([3, 0xe8])), CLOSED],
  ["a close without a code", frame(0x88, Buffer.alloc(0)), CLOSED],
  ["a close of 1009", frame(0x88, Buffer.from([3, 0xf1])), TOO_LARGE],
  ["a close of 4000", frame(0x88, Buffer.from([0x0f, 0xa0])), CLOSED],
];

describe("an origin's end ends its own session: by WebSocket", () => {
  test.each(LINKS)("%s", async (_, bytes, [closed, logged]) => {
    const {
      frames,
      origin,
      open: { sid },
    } = await byWebSocket();
    origin.write(Buffer.concat([text("4before"), bytes]));
    expect(await frames.next()).toBe("4before");
    expect(await frames.closed).toBe(closed);
    expect(await watched.endOf(sid)).toBe(logged);
  });

  test("a connection that is cut", async () => {
    const { frames, origin } = await byWebSocket();
    origin.resetAndDestroy();
    expect(await frames.closed).toBe(LOST[0]);
  });

  test("a connection that is cut in the middle of a frame", async () => {
    const { frames, origin } = await byWebSocket();
    origin.end(Buffer.concat([text("4before"), frame(0x81, Buffer.from("4cut"), 100)]));
    expect(await frames.next()).toBe("4before");
    expect(await frames.closed).toBe(LOST[0]);
  });
});

describe("an origin's end ends its own session: by polling", () => {
  test.each(LINKS)("%s", async (_, bytes) => {
    const { client, origin } = await byPolling();
    origin.write(Buffer.concat([text("4before"), bytes]));
    expect(await content(client.poll())).toBe("200 4before");
    expect(["200 1", UNKNOWN_SID]).toContain(await content(client.poll()));
    expect(await content(client.poll())).toBe(UNKNOWN_SID);
  });
});

describe("what is unusual and no fault", () => {
  test("a noop with a payload stays at the edge", async () => {
    const { frames, origin } = await byWebSocket();
    origin.write(Buffer.concat([text('6{"record":1}'), text("4after")]));
    expect(await frames.next()).toBe("4after");
  });

  test("a ping is answered by the edge, however many", async () => {
    const { frames, origin } = await byWebSocket();
    const pongs = new Promise<number>((resolve) => {
      let count = 0;
      origin.on("data", (chunk: Buffer) => {
        // A client's frame of one character: two bytes, four of mask, one of text.
        count += chunk.length / 7;
        if (count >= 1000) resolve(count);
      });
    });
    origin.write(Buffer.concat([...Array.from({ length: 1000 }, () => text("2")), text("4after")]));
    expect(await pongs).toBe(1000);
    expect(await frames.next()).toBe("4after");
  });

  test("a message in many parts comes as one", async () => {
    const { frames, origin } = await byWebSocket();
    origin.write(frame(0x01, Buffer.from("4a")));
    for (let part = 0; part < 1000; part++) origin.write(frame(0x00, Buffer.from("b")));
    origin.write(frame(0x80, Buffer.from("c")));
    expect(await frames.next()).toBe(`4a${"b".repeat(1000)}c`);
  });

  test("bytes of any kind pass through", async () => {
    const { client, origin } = await byPolling();
    origin.write(binary(Buffer.from([0, 0x1e, 0xff])));
    expect(await content(client.poll())).toBe("200 bAB7/");
  });

  test("ten thousand packets at once arrive in their order", async () => {
    const { frames, origin } = await byWebSocket();
    origin.write(Buffer.concat(Array.from({ length: 10_000 }, (_, n) => text(`4${n}`))));
    const packets: string[] = [];
    while (packets.length < 10_000) packets.push(await frames.next());
    expect(packets.findIndex((packet, n) => packet !== `4${n}`)).toBe(-1);
  });
});

describe("a packet that is larger than MAX_QUEUE_BYTES", () => {
  const LARGE = text(`4${"x".repeat(9 * MIB)}`);
  const WHY = "origin's packet larger than MAX_QUEUE_BYTES";

  test("ends the session of a client that polls, with a reason", async () => {
    const { client, origin } = await byPolling();
    const poll = content(client.poll());
    origin.write(LARGE);
    expect(await poll).toBe("200 1");
    expect(await content(client.poll())).toBe(UNKNOWN_SID);
    expect(await watched.endOf(client.open.sid)).toBe(`origin lost: ${WHY}`);
  });

  test("ends the session of a client by WebSocket, with a reason", async () => {
    const { frames, origin } = await byWebSocket();
    origin.write(LARGE);
    expect(await frames.closed).toBe(`1009 ${WHY}`);
  });

  test("is one byte more than one that reaches both", async () => {
    // It counts 64 bytes beside its own.
    const packet = `4${"x".repeat(8 * MIB - 64 - 1)}`;
    const polling = await byPolling();
    polling.origin.write(text(packet));
    const polled = await content(polling.client.poll());
    expect(polled === `200 ${packet}`).toBe(true);
    const { frames, origin } = await byWebSocket();
    origin.write(text(packet));
    expect((await frames.next()) === packet).toBe(true);
  });
});
