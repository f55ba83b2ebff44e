import { describe, expect, test } from "vitest";
import { CLIENT_MODES, POLLING, type ClientMode } from "../support/clients.ts";
import { direct } from "../support/edge.ts";
import { collect, next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";

const LIMIT = 10_000;
/** What Engine.IO and Socket.IO add to the text of such an event, all in one packet. */
const LONGEST_TEXT = LIMIT - '42["up",""]'.length;

const door = frontDoor();

/** The longest attachment: a WebSocket frame is the bytes alone, a polling body "b" and base64. */
function longestBytes(mode: ClientMode): number {
  return mode === POLLING ? Math.floor((LIMIT - 1) / 4) * 3 : LIMIT;
}

/** The arguments of the client's `disconnect` when it sent too much. */
function seenByClient(mode: ClientMode): unknown[] {
  return mode === POLLING
    ? ["transport error", { message: "xhr post error", description: 413 }]
    : ["transport close", { context: { code: 1009 } }];
}

/** The edge notices before the server would, and closes in good order. */
function seenByServer(mode: ClientMode): string {
  return direct && mode !== POLLING ? "transport error" : "transport close";
}

describe.each(CLIENT_MODES)("$name", (mode) => {
  test.each([1, 2, 125, 126, 4096, LONGEST_TEXT - 1, LONGEST_TEXT])(
    "carries a text of %i bytes both ways under a limit of 10,000 for the packet",
    async (length) => {
      const { client, server } = await door.pair(door.serve({ maxHttpBufferSize: LIMIT }), mode);
      const text = "x".repeat(length);
      const up = next(server, "up");
      const down = next(client, "down");
      client.emit("up", text);
      server.emit("down", text);
      expect(await up).toEqual([text]);
      expect(await down).toEqual([text]);
    },
  );

  test("counts the limit in bytes, not in characters", async () => {
    const { client, server } = await door.pair(door.serve({ maxHttpBufferSize: LIMIT }), mode);
    const text = `${"ü".repeat(Math.floor(LONGEST_TEXT / 2))}${"x".repeat(LONGEST_TEXT % 2)}`;
    const up = next(server, "up");
    client.emit("up", text);
    expect(await up).toEqual([text]);
    const ended = next(client, "disconnect");
    client.emit("up", `${text}x`);
    expect(await ended).toMatchObject(seenByClient(mode));
  });

  test("carries an attachment as large as the limit", async () => {
    const { client, server } = await door.pair(door.serve({ maxHttpBufferSize: LIMIT }), mode);
    const bytes = Buffer.alloc(longestBytes(mode), "bytes");
    const up = next(server, "up");
    client.emit("up", bytes);
    expect(await up).toEqual([bytes]);
  });

  test.each([
    { name: "a text", value: () => "x".repeat(LONGEST_TEXT + 1) },
    { name: "an attachment", value: () => Buffer.alloc(longestBytes(mode) + 1) },
  ])("ends the session for $name of one byte more", async ({ value }) => {
    const { client, server } = await door.pair(door.serve({ maxHttpBufferSize: LIMIT }), mode);
    let received = 0;
    server.on("up", () => received++);
    const ends = [next(client, "disconnect"), next(server, "disconnect")];
    client.emit("up", value());
    const [clientSaw, serverSaw] = await Promise.all(ends);
    expect(clientSaw).toMatchObject(seenByClient(mode));
    expect(serverSaw?.[0]).toBe(seenByServer(mode));
    expect(received).toBe(0);
  });

  test("splits what is more than the limit together", async () => {
    const { client, server } = await door.pair(door.serve({ maxHttpBufferSize: LIMIT }), mode);
    const texts = Array.from({ length: 100 }, (_, n) => String(n % 10).repeat(1000));
    const up = collect(server, "up", texts.length);
    for (const text of texts) client.emit("up", text);
    expect(await up).toEqual(texts);
  });

  test("sets no limit to what the server sends", async () => {
    const { client, server } = await door.pair(door.serve({ maxHttpBufferSize: LIMIT }), mode);
    const text = "large ".repeat(500_000);
    const bytes = Buffer.alloc(2_000_000, "bytes");
    const down = collect(client, "down", 2);
    server.emit("down", text);
    server.emit("down", bytes);
    const [downText, downBytes] = await down;
    // Compared as a whole: a failure would print megabytes.
    expect(downText === text).toBe(true);
    expect(Buffer.isBuffer(downBytes) && downBytes.equals(bytes)).toBe(true);
  });

  test("carries events near the default limit of a million bytes, many at once", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    const sizes = [999_000, 500_000, 1, 250_000, 999_989];
    const up = collect(server, "up", sizes.length);
    for (const size of sizes) client.emit("up", "x".repeat(size));
    const texts = await up;
    expect(texts.map((text) => String(text).length)).toEqual(sizes);
  });
});
