import { NodeWebSocket, NodeXHR, type Socket } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { joined, POLLING, upgraded, UPGRADE } from "../support/clients.ts";
import { collect, next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";

const COUNT = 1000;
const IN_FLIGHT = 20;
const UPGRADE_AFTER = 300;
const NUMBERS = Array.from({ length: COUNT }, (_, n) => n);

/** How a number travels as an event's argument. */
interface Coding {
  readonly encode: (n: number) => unknown;
  readonly decode: (payload: unknown) => unknown;
}

const PLAIN: Coding = { encode: (n) => n, decode: (payload) => payload };

const PAYLOADS: (Coding & { name: string })[] = [
  { name: "text", ...PLAIN },
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
    const { client, upgrade } = clientThatWaits();
    const stream = streamThrough(client, payload);
    await stream.reached(UPGRADE_AFTER);
    upgrade();
    await upgraded(client);
    const downAtUpgrade = stream.down.length;
    await stream.reached(COUNT);
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
  const clients = Array.from({ length: 20 }, clientThatWaits);
  const streams = clients.map(({ client }) => streamThrough(client, PLAIN));
  await Promise.all(streams.map((stream) => stream.reached(UPGRADE_AFTER)));
  for (const { upgrade } of clients) upgrade();
  await Promise.all(clients.map(({ client }) => upgraded(client)));
  await Promise.all(streams.map((stream) => stream.reached(COUNT)));
  expect(streams.map(({ down }) => down)).toEqual(clients.map(() => NUMBERS));
});

test("ends neither side when the upgrade's WebSocket is lost before it is done", async () => {
  const io = door.serve();
  const { client, server } = await door.pair(io, POLLING);
  const url = `${door.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`;
  const probe = new WebSocket(`${url}&sid=${client.io.engine.id}`);
  await next(probe, "open");
  probe.send("2probe");
  const [answer] = await next(probe, "message");
  expect(String(answer)).toBe("3probe");
  probe.terminate();
  const down = collect(client, "down", 100);
  const up = collect(server, "up", 100);
  for (let n = 0; n < 100; n++) {
    server.emit("down", n);
    client.emit("up", n);
  }
  expect(await down).toEqual(NUMBERS.slice(0, 100));
  expect(await up).toEqual(NUMBERS.slice(0, 100));
});

test("goes on by polling when the WebSocket can't be had", async () => {
  const io = door.serve();
  const client = door.client(UPGRADE, { transportOptions: { websocket: { path: "/closed/" } } });
  await Promise.all([joined(client), next(client.io.engine, "upgradeError")]);
  io.emit("still", "here");
  expect(await next(client, "still")).toEqual(["here"]);
  expect(client.io.engine.transport.name).toBe("polling");
});

/** A client that polls until it is told to upgrade. */
function clientThatWaits(): { client: Socket; upgrade: () => void } {
  const { promise: told, resolve: upgrade } = Promise.withResolvers<void>();
  class WaitingWebSocket extends NodeWebSocket {
    override doOpen(): this {
      void told.then(() => super.doOpen());
      return this;
    }
  }
  const client = door.client(UPGRADE, { transports: [NodeXHR, WaitingWebSocket] });
  return { client, upgrade };
}

/** Messages that go up and come down again, some always under way. */
interface Stream {
  readonly down: unknown[];
  /** Resolves when so many have come down. */
  readonly reached: (count: number) => Promise<void>;
}

function streamThrough(client: Socket, { encode, decode }: Coding): Stream {
  const down: unknown[] = [];
  const marks = new Map<number, () => void>();
  let sent = 0;
  const send = (): void => void client.emit("up", encode(sent++));
  client.on("down", (value: unknown) => {
    down.push(decode(value));
    if (sent < COUNT) send();
    marks.get(down.length)?.();
  });
  for (let n = 0; n < IN_FLIGHT; n++) send();
  const reached = (count: number): Promise<void> =>
    new Promise((resolve) => {
      if (down.length >= count) resolve();
      else marks.set(count, resolve);
    });
  return { down, reached };
}

function secondBytes(payload: unknown): unknown {
  if (typeof payload !== "object" || payload === null || !("bytes" in payload)) return undefined;
  const bytes: unknown = Array.isArray(payload.bytes) ? payload.bytes[1] : undefined;
  return Buffer.isBuffer(bytes) ? Number(bytes.toString()) : undefined;
}
