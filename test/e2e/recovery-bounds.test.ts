import { setTimeout as pause } from "node:timers/promises";
import type { Server } from "socket.io";
import type { Socket } from "socket.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import type { AdapterOptions } from "../../src/origin/origin.ts";
import { formatReplay } from "../../src/wire/recovery/replay.ts";
import { connected, createClient, POLLING, WEBSOCKET } from "../support/clients.ts";
import { cluster, know } from "../support/cluster.ts";
import { direct } from "../support/edge.ts";
import { disconnection, next } from "../support/events.ts";

const pool = cluster(2);

/** Two servers that recover, with what else their adapters are told. */
async function servers(
  options: Partial<AdapterOptions> = {},
  recovery: { maxDisconnectionDuration?: number } = {},
): Promise<Server[]> {
  const all = pool.origins.map((origin) =>
    origin.serve({ adapter: pool.adapter(options), connectionStateRecovery: recovery }),
  );
  onTestFinished(async () => {
    for (const io of all) await io.of("/").adapter.close();
  });
  await know(all, 2);
  return all;
}

/** A client in that room that has been told something; where it is, and what it is told from now on. */
async function settled([one, two]: readonly Server[]): Promise<{
  client: Socket;
  at: Server;
  told: unknown[];
}> {
  const client = await connected(createClient(pool.hubUrl, WEBSOCKET), WEBSOCKET);
  const at = one?.of("/").sockets.has(client.id ?? "") ? one : two;
  if (at === undefined) throw new Error("Expected the client at a server.");
  await at
    .of("/")
    .sockets.get(client.id ?? "")
    ?.join("room");
  const first = next(client, "first");
  at.emit("first");
  await first;
  const told: unknown[] = [];
  client.on("news", (n: unknown) => told.push(n));
  return { client, at, told };
}

/** Cuts the client's connection, and waits until its server knows. */
async function left(client: Socket, at: Server): Promise<void> {
  const socket = at.of("/").sockets.get(client.id ?? "");
  const gone = socket && disconnection(socket);
  client.io.engine.close();
  await gone;
}

/** Has the client come back, and tells it one thing more. */
async function back(client: Socket, at: Server): Promise<void> {
  client.connect();
  await connected(client, WEBSOCKET);
  const last = next(client, "last");
  at.emit("last");
  await last;
}

describe.skipIf(direct)("what servers remember is bounded (direct has no hub)", () => {
  test("within its bytes a client gets all that it has missed", async () => {
    const all = await servers({ pastBytes: 256 * 1024 });
    const { client, at, told } = await settled(all);
    const { id } = client;
    await left(client, at);
    for (let n = 0; n < 10; n++) at.to("room").emit("news", n, "x".repeat(10_000));
    for (let n = 0; n < 10; n++) at.to("elsewhere").emit("news", "another's");
    await back(client, at);
    expect(client).toMatchObject({ recovered: true, id });
    expect(told).toEqual(Array.from({ length: 10 }, (_, n) => n));
  });

  test("a client that has been told nothing yet gets what it has missed", async () => {
    const all = await servers();
    const client = await connected(createClient(pool.hubUrl, WEBSOCKET), WEBSOCKET);
    const { id = "" } = client;
    const at = all.find((io) => io.of("/").sockets.has(id));
    if (at === undefined) throw new Error("Expected the client at a server.");
    const told: unknown[] = [];
    client.on("news", (n: unknown) => told.push(n));
    await left(client, at);
    at.emit("news", 1);
    await back(client, at);
    expect(client).toMatchObject({ recovered: true, id });
    expect(told).toEqual([1]);
  });

  test("beyond them it is told that it begins anew, and gets none of it", async () => {
    const all = await servers({ pastBytes: 256 * 1024 });
    const { client, at, told } = await settled(all);
    const { id } = client;
    await left(client, at);
    for (let n = 0; n < 50; n++) at.to("room").emit("news", n, "x".repeat(10_000));
    await back(client, at);
    expect(client.recovered).toBe(false);
    expect(client.id).not.toBe(id);
    expect(told).toEqual([]);
  });

  test("so it is when it has been away for longer than they remember", async () => {
    const all = await servers({}, { maxDisconnectionDuration: 500 });
    const { client, at, told } = await settled(all);
    await left(client, at);
    at.to("room").emit("news", 1);
    // They remember for two times as long as that, and look once a second.
    await pause(2500);
    await back(client, at);
    expect(client.recovered).toBe(false);
    expect(told).toEqual([]);
  });
});

describe.skipIf(direct)("what only the edge may say (direct has none)", () => {
  test("a client that sends a record begins anew, and the server says so", async () => {
    const all = await servers();
    const { client, at, told } = await settled(all);
    const { id } = client;
    const warned = pool.warnings.length;
    await left(client, at);
    at.to("room").emit("news", 1);
    const record = Buffer.alloc(200, 1).toString("base64url");
    const replay = { dial: "0123456789abcdef", record, seen: new Map(), last: "" };
    Object.assign(client, { _lastOffset: formatReplay(replay) });
    await back(client, at);
    expect(client.recovered).toBe(false);
    expect(client.id).not.toBe(id);
    expect(told).toEqual([]);
    expect(pool.warnings.slice(warned).map(({ code }) => code)).toEqual(["foreign-replay"]);
  });

  test.each([WEBSOCKET, POLLING])("a client's own notes go nowhere: $name", async (mode) => {
    const all = await servers();
    const client = await connected(createClient(pool.hubUrl, mode), mode);
    const at = all.find((io) => io.of("/").sockets.has(client.id ?? ""));
    const socket = at?.of("/").sockets.get(client.id ?? "");
    const packets: string[] = [];
    socket?.conn.on("packet", ({ type }: { type: string }) => packets.push(type));
    const { engine } = client.io;
    const notes = [
      { type: "record", nsp: "/", record: "AQID" },
      { type: "gone", nsp: "/" },
      { type: "closing" },
    ];
    // Its own way to send a packet of any type, in order with its events.
    const send: unknown = Reflect.get(engine, "_sendPacket");
    if (typeof send !== "function") throw new TypeError("Expected a way to send packets.");
    for (const note of notes) Reflect.apply(send, engine, ["noop", JSON.stringify(note)]);
    const heard = socket && next(socket, "after");
    client.emit("after");
    await heard;
    expect(packets).toEqual(["message"]);
    expect(client.connected).toBe(true);
  });
});
