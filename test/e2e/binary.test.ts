import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { CLIENT_MODES } from "../support/clients.ts";
import { collect, next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

const VALUES: { name: string; args: unknown[] }[] = [
  { name: "a buffer", args: [EVERY_BYTE] },
  { name: "an empty buffer", args: [Buffer.alloc(0)] },
  { name: "one byte", args: [Buffer.of(0x1e)] },
  { name: "several attachments among text", args: ["a", Buffer.of(1), 2, Buffer.of(3), "b"] },
  {
    name: "nested attachments",
    args: [{ deep: [{ er: { est: EVERY_BYTE } }, null], same: [EVERY_BYTE, EVERY_BYTE] }],
  },
  { name: "10 attachments", args: Array.from({ length: 10 }, (_, n) => Buffer.alloc(n, n)) },
  { name: "100 KB", args: [randomBytes(100_000)] },
];

const door = frontDoor();

describe.each(CLIENT_MODES)("$name", (mode) => {
  test.each(VALUES)("carries $name both ways", async ({ args }) => {
    const { client, server } = await door.pair(door.serve(), mode);
    const up = next(server, "up");
    const down = next(client, "down");
    client.emit("up", ...args);
    server.emit("down", ...args);
    expect(await up).toEqual(args);
    expect(await down).toEqual(args);
  });

  test("carries array buffers and views as the bytes that they hold", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    const up = next(server, "up");
    const down = next(client, "down");
    const views = [Uint8Array.of(1, 2).buffer, Uint16Array.of(0x0201), EVERY_BYTE.subarray(3, 5)];
    client.emit("up", ...views);
    server.emit("down", ...views);
    const bytes = [Buffer.of(1, 2), Buffer.of(1, 2), Buffer.of(3, 4)];
    expect(await up).toEqual(bytes);
    expect(await down).toEqual(bytes);
  });

  test("keeps text and binary events in order, and attachments with their event", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    const values = Array.from({ length: 200 }, (_, n) =>
      n % 3 === 0 ? n : { n: [Buffer.from(`${n}a`), n, Buffer.from(`${n}b`)] },
    );
    const up = collect(server, "up", values.length);
    const down = collect(client, "down", values.length);
    for (const value of values) {
      client.emit("up", value);
      server.emit("down", value);
    }
    expect(await up).toEqual(values);
    expect(await down).toEqual(values);
  });

  test("doesn't mix the attachments of namespaces that share a connection", async () => {
    const io = door.serve();
    const spaces = ["/a", "/b"];
    for (const space of spaces) {
      io.of(space).on("connection", (socket) => {
        socket.on("echo", (bytes: Buffer, answer: (bytes: Buffer) => void) => answer(bytes));
      });
    }
    const { io: manager } = await door.connect(mode);
    const echoes = spaces.flatMap((space) => {
      const socket = manager.socket(space);
      return Array.from({ length: 50 }, async (_, n) => {
        const bytes = Buffer.from(`${space} ${n}`);
        const echo: unknown = await socket.emitWithAck("echo", bytes);
        return { bytes, echo };
      });
    });
    for (const { bytes, echo } of await Promise.all(echoes)) expect(echo).toEqual(bytes);
  });
});
