import type { Server, Socket as ServerSocket } from "socket.io";
import type { Socket } from "socket.io-client";
import { describe, expect, test } from "vitest";
import {
  CLIENT_MODES,
  type ClientMode,
  connected,
  createClient,
  POLLING,
} from "../support/clients.ts";
import { cluster } from "../support/cluster.ts";
import { collect, disconnection, next } from "../support/events.ts";

const OPTIONS = { connectionStateRecovery: {} };
const AGAIN = { reconnection: true, reconnectionDelay: 20, randomizationFactor: 0 };

const three = cluster(3);

/** A client by the edge, and which of the servers it is at. */
async function arrived(
  servers: readonly Server[],
  mode: ClientMode,
): Promise<{ client: Socket; at: Server; socket: ServerSocket }> {
  const client = await connected(createClient(three.hubUrl, mode, AGAIN), mode);
  return { client, ...placeOf(servers, client) };
}

function placeOf(servers: readonly Server[], client: Socket): { at: Server; socket: ServerSocket } {
  for (const at of servers) {
    const socket = at.of("/").sockets.get(client.id ?? "");
    if (socket !== undefined) return { at, socket };
  }
  throw new Error("Expected the client at one of the servers, got it at none.");
}

/** The server that comes next. */
function otherThan(servers: readonly Server[], at: Server): Server {
  const other = servers.find((server) => server !== at);
  if (other === undefined) throw new Error("Expected another server.");
  return other;
}

/** Has the client's connection fail, and waits until it is back. */
async function cutOff(client: Socket): Promise<void> {
  const back = next(client, "connect");
  client.io.engine.close();
  await back;
}

describe.each(CLIENT_MODES)("a client that comes back, $name", (mode) => {
  test("is restored on any of the servers: id, rooms, data", async () => {
    const servers = await three.servers(OPTIONS);
    const { client, socket } = await arrived(servers, mode);
    const { id } = client;
    void socket.join("room");
    socket.data = { user: "ada", key: Buffer.from([1, 2, 3]) };
    const been = new Set<Server>();
    for (let n = 0; n < 4; n++) {
      const { at } = placeOf(servers, client);
      been.add(at);
      const news = next(client, "news");
      at.to("room").emit("news", n);
      await news;
      await cutOff(client);
      expect(client).toMatchObject({ recovered: true, id });
      const { socket: restored } = placeOf(servers, client);
      expect(restored.rooms).toEqual(new Set([id, "room"]));
      expect(restored.data).toEqual({ user: "ada", key: Buffer.from([1, 2, 3]) });
    }
    // Sessions go to the servers in turn, so it has been at more than one.
    expect(been.size).toBeGreaterThan(1);
  });

  test("is told what it missed, in order and once, and nothing that isn't for it", async () => {
    const servers = await three.servers(OPTIONS);
    const { client, at, socket } = await arrived(servers, mode);
    const other = otherThan(servers, at);
    void socket.join("room1");
    socket.on("disconnect", () => {
      socket.emit("news", 1);
      at.emit("news", 2);
      at.to("room1").emit("news", 3);
      at.to("room2").emit("news", "another room's");
      at.except("room1").emit("news", "all but this room's");
      at.of("/other").emit("news", "another namespace's");
      at.volatile.emit("news", "volatile");
      at.local.emit("news", "local");
    });
    const init = next(client, "init");
    other.emit("init");
    await init;
    const told: unknown[] = [];
    client.on("news", (value) => told.push(value));
    await cutOff(client);
    expect(client.recovered).toBe(true);
    const last = next(client, "last");
    placeOf(servers, client).at.emit("last");
    await last;
    expect(told).toEqual([1, 2, 3]);
  });

  test("is restored though the server that it left has not noticed", async () => {
    const servers = await three.servers(OPTIONS);
    const { client, at, socket } = await arrived(servers, mode);
    void socket.join("room");
    const first = next(client, "news");
    at.emit("news", 1);
    await first;
    const { id } = client;
    const ended = disconnection(socket);
    // The same client on another connection, while the first one stands.
    client.io.reconnection(false);
    const again = createClient(three.hubUrl, mode, { ...AGAIN, autoConnect: false });
    for (const key of ["_pid", "_lastOffset"]) Reflect.set(again, key, Reflect.get(client, key));
    const told = collect(again, "news", 2);
    at.to("room").emit("news", 2);
    again.connect();
    await connected(again, mode);
    expect(again).toMatchObject({ recovered: true, id });
    expect(await ended).toBe("transport close");
    const { at: now } = placeOf(servers, again);
    otherThan(servers, now).to("room").emit("news", 3);
    expect(await told).toEqual([2, 3]);
  });
});

describe("a client begins anew, and is told so", () => {
  test.each([
    ["an id that nobody knows", { _pid: "abc", _lastOffset: "507f191e810c19729de860ea" }],
    ["an offset that is none", { _lastOffset: "abc" }],
    ["an offset that nobody has given", { _lastOffset: `~${"A".repeat(16)}:1` }],
    ["the form that only the edge uses", { _lastOffset: '~r{"dial":"AAAAAAAAAAAAAAAA"}' }],
  ])("with %s", async (_, fields) => {
    const servers = await three.servers(OPTIONS);
    const { client } = await arrived(servers, POLLING);
    const { id } = client;
    Object.assign(client, fields);
    await cutOff(client);
    expect(client.recovered).toBe(false);
    expect(client.id).not.toBe(id);
  });

  test("after an event of the application's that ends with a text, which is no offset", async () => {
    const servers = await three.servers(OPTIONS);
    const { client, socket } = await arrived(servers, POLLING);
    const said = next(client, "volatile");
    socket.volatile.emit("volatile", "a text");
    await said;
    await cutOff(client);
    expect(client.recovered).toBe(false);
  });

  test("after the server has said goodbye", async () => {
    const servers = await three.servers(OPTIONS);
    const { client, socket } = await arrived(servers, POLLING);
    const ended = disconnection(client);
    socket.disconnect(true);
    await ended;
    const back = next(client, "connect");
    client.connect();
    await back;
    expect(client.recovered).toBe(false);
  });
});

test("clients are told nothing of what the servers tell the edge", async () => {
  const servers = await three.servers(OPTIONS);
  const { client, socket } = await arrived(servers, POLLING);
  const packets: string[] = [];
  client.io.engine.on("packet", ({ type }) => packets.push(type));
  void socket.join("room");
  socket.emit("news");
  await next(client, "news");
  // What the server says of that turn is said before this.
  socket.emit("last");
  await next(client, "last");
  expect(packets).toEqual(["message", "message"]);
});
