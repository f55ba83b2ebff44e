import { describe, expect, test } from "vitest";
import type { Socket } from "socket.io-client";
import { joined, upgraded, UPGRADE } from "../support/clients.ts";
import { next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";

const COUNT = 1000;
const IN_FLIGHT = 20;
const NUMBERS = Array.from({ length: COUNT }, (_, n) => n);

interface Payload {
  readonly name: string;
  readonly encode: (n: number) => unknown;
  readonly decode: (payload: unknown) => unknown;
}

const PAYLOADS: Payload[] = [
  { name: "text", encode: (n) => n, decode: (payload) => payload },
  {
    name: "binary",
    encode: (n) => Buffer.from(String(n)),
    decode: (payload) => Number(Buffer.isBuffer(payload) ? payload.toString() : Number.NaN),
  },
  {
    name: "text and binary in turn",
    encode: (n) => (n % 2 === 0 ? n : { bytes: [Buffer.of(1), Buffer.from(String(n))] }),
    decode: (payload) => (typeof payload === "number" ? payload : secondBytes(payload)),
  },
];

const door = frontDoor();

describe.each(PAYLOADS)("$name", (payload) => {
  test("neither loses, doubles nor reorders messages over an upgrade in mid-stream", async () => {
    const io = door.serve();
    const up: unknown[] = [];
    io.on("connection", (socket) => {
      socket.on("up", (value: unknown) => {
        up.push(payload.decode(value));
        socket.emit("down", value);
      });
    });
    const client = door.client(UPGRADE);
    await joined(client);
    const stream = streamThrough(client, payload);
    await upgraded(client);
    const downAtUpgrade = stream.down.length;
    await stream.ended;
    expect(downAtUpgrade).toBeLessThan(COUNT);
    expect(up).toEqual(NUMBERS);
    expect(stream.down).toEqual(NUMBERS);
  });
});

test("lets many clients upgrade at once, each in mid-stream", async () => {
  const io = door.serve();
  io.on("connection", (socket) => {
    socket.on("up", (value: unknown) => socket.emit("down", value));
  });
  const clients = Array.from({ length: 20 }, () => door.client(UPGRADE));
  const streams = await Promise.all(
    clients.map(async (client) => {
      await joined(client);
      const { down, ended } = streamThrough(client, { encode: (n) => n, decode: (n) => n });
      await Promise.all([upgraded(client), ended]);
      return down;
    }),
  );
  expect(streams).toEqual(clients.map(() => NUMBERS));
});

test("goes on by polling when the WebSocket can't be had", async () => {
  const io = door.serve();
  const client = door.client(UPGRADE, { transportOptions: { websocket: { path: "/closed/" } } });
  await Promise.all([joined(client), next(client.io.engine, "upgradeError")]);
  io.emit("still", "here");
  expect(await next(client, "still")).toEqual(["here"]);
  expect(client.io.engine.transport.name).toBe("polling");
});

/** Keeps a number of messages under way until all were sent and came back. */
function streamThrough(
  client: Socket,
  { encode, decode }: Pick<Payload, "encode" | "decode">,
): { down: unknown[]; ended: Promise<void> } {
  const down: unknown[] = [];
  let sent = 0;
  const send = (): void => void client.emit("up", encode(sent++));
  const ended = new Promise<void>((resolve) => {
    client.on("down", (value: unknown) => {
      if (down.push(decode(value)) === COUNT) resolve();
      if (sent < COUNT) send();
    });
  });
  for (let n = 0; n < IN_FLIGHT; n++) send();
  return { down, ended };
}

function secondBytes(payload: unknown): unknown {
  if (typeof payload !== "object" || payload === null || !("bytes" in payload)) return undefined;
  const bytes: unknown = Array.isArray(payload.bytes) ? payload.bytes[1] : undefined;
  return Buffer.isBuffer(bytes) ? Number(bytes.toString()) : undefined;
}
