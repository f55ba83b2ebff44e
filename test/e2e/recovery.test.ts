import type { Server, Socket as ServerSocket } from "socket.io";
import type { Socket } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { CLIENT_MODES, type ClientMode } from "../support/clients.ts";
import { collect, disconnection, next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";

const OPTIONS = { connectionStateRecovery: {} };
const AGAIN = { reconnection: true, reconnectionDelay: 10, randomizationFactor: 0 };

const door = frontDoor();

/** A client in a room that has had an event, from which recovery can count. */
async function settled(
  mode: ClientMode,
): Promise<{ io: Server; client: Socket; server: ServerSocket }> {
  const io = door.serve(OPTIONS);
  const { client, server } = await door.pair(io, mode, AGAIN);
  await server.join("room");
  server.data = { user: "ada" };
  server.emit("first");
  await next(client, "first");
  return { io, client, server };
}

describe.each(CLIENT_MODES)("$name", (mode) => {
  test("recovers id, rooms, data and what was missed after the client's network failed", async () => {
    const { io, client, server } = await settled(mode);
    const { id } = client;
    const gone = disconnection(server);
    const missed = collect(client, "news", 2);
    const back = next(client, "connect");
    client.io.engine.close();
    await gone;
    io.to("room").emit("news", "one");
    io.to("room").emit("news", "two");
    await back;
    expect(client.recovered).toBe(true);
    expect(client.id).toBe(id);
    expect(await missed).toEqual(["one", "two"]);
    const [restored] = await io.in("room").fetchSockets();
    expect(restored).toMatchObject({ id, data: { user: "ada" } });
  });

  test("recovers after the server closed the transport", async () => {
    const { client, server } = await settled(mode);
    const { id } = client;
    const ended = disconnection(client);
    const back = next(client, "connect");
    server.conn.close();
    expect(await ended).toBe("transport close");
    await back;
    expect(client).toMatchObject({ recovered: true, id });
  });

  test("recovers nothing after the server said goodbye", async () => {
    const { client, server } = await settled(mode);
    const { id } = client;
    const ended = disconnection(client);
    server.disconnect(true);
    expect(await ended).toBe("io server disconnect");
    const back = next(client, "connect");
    client.connect();
    await back;
    expect(client.recovered).toBe(false);
    expect(client.id).not.toBe(id);
  });

  test("sends again what a client with retries got no answer to", async () => {
    const io = door.serve();
    const received: unknown[] = [];
    io.on("connection", (socket) => {
      socket.on("order", (n: number, answer: () => void) => {
        received.push(n);
        if (received.length === 1) socket.conn.close();
        else answer();
      });
    });
    const client = await door.connect(mode, { ...AGAIN, retries: 3, ackTimeout: 5000 });
    await client.emitWithAck("order", 1);
    expect(received).toEqual([1, 1]);
  });
});
