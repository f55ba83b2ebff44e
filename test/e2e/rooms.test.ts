import type { Server, Socket as ServerSocket } from "socket.io";
import type { Socket } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { CLIENT_MODES, type ClientMode } from "../support/clients.ts";
import { next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";

const door = frontDoor();

type Quartet<T> = readonly [T, T, T, T];

/** Four connected clients, the first and third of which are in the room "odd". */
interface Gathering {
  readonly io: Server;
  readonly clients: Quartet<Socket>;
  readonly servers: Quartet<ServerSocket>;
  /** What news each client has heard, once all that was sent before has arrived. */
  readonly heard: () => Promise<unknown[][]>;
}

async function gather(mode: ClientMode): Promise<Gathering> {
  const io = door.serve();
  const pair = (): ReturnType<typeof door.pair> => door.pair(io, mode);
  const pairs = await Promise.all([pair(), pair(), pair(), pair()]);
  const [a, b, c, d] = pairs;
  const clients: Quartet<Socket> = [a.client, b.client, c.client, d.client];
  const servers: Quartet<ServerSocket> = [a.server, b.server, c.server, d.server];
  for (const socket of [a.server, c.server]) void socket.join("odd");
  const news = clients.map((client) => {
    const own: unknown[] = [];
    client.on("news", (text: unknown) => own.push(text));
    return own;
  });
  const heard = async (): Promise<unknown[][]> => {
    const ends = clients.map((client) => next(client, "end"));
    io.emit("end");
    await Promise.all(ends);
    return news;
  };
  return { io, clients, servers, heard };
}

describe.each(CLIENT_MODES)("$name", (mode) => {
  test("delivers to a room's members and to nobody else", async () => {
    const { io, heard } = await gather(mode);
    io.to("odd").emit("news", "for the odd");
    expect(await heard()).toEqual([["for the odd"], [], ["for the odd"], []]);
  });

  test("delivers to rooms together once, and to all but a room", async () => {
    const { io, servers, heard } = await gather(mode);
    void servers[0].join("first");
    io.to(["odd", "first"]).emit("news", "once");
    io.except("odd").emit("news", "not odd");
    expect(await heard()).toEqual([["once"], ["not odd"], ["once"], ["not odd"]]);
  });

  test("broadcasts from one client to the others of its room", async () => {
    const { servers, heard } = await gather(mode);
    servers[0].to("odd").emit("news", "from the first");
    servers[0].broadcast.emit("news", "to all others");
    expect(await heard()).toEqual([
      [],
      ["to all others"],
      ["from the first", "to all others"],
      ["to all others"],
    ]);
  });

  test("follows who joins and who leaves", async () => {
    const { io, servers, heard } = await gather(mode);
    void servers[0].leave("odd");
    void servers[1].join("odd");
    io.to("odd").emit("news", "second and third");
    io.in("odd").socketsLeave("odd");
    io.to("odd").emit("news", "for nobody");
    io.socketsJoin("all");
    io.to("all").emit("news", "for all");
    expect(await heard()).toEqual([
      ["for all"],
      ["second and third", "for all"],
      ["second and third", "for all"],
      ["for all"],
    ]);
  });

  test("reaches one client by its id, from another's event", async () => {
    const { clients, servers, heard } = await gather(mode);
    servers[0].on("whisper", (to: string, text: string) => servers[0].to(to).emit("news", text));
    clients[0].emit("whisper", clients[3].id, "psst");
    await next(clients[3], "news");
    expect(await heard()).toEqual([[], [], [], ["psst"]]);
  });

  test("disconnects a room's members and leaves the others", async () => {
    const { io, clients } = await gather(mode);
    const ends = [clients[0], clients[2]].map((client) => next(client, "disconnect"));
    io.in("odd").disconnectSockets(true);
    expect(await Promise.all(ends)).toEqual([
      ["io server disconnect", undefined],
      ["io server disconnect", undefined],
    ]);
    const left = await io.fetchSockets();
    expect(new Set(left.map(({ id }) => id))).toEqual(new Set([clients[1].id, clients[3].id]));
    expect(clients[1].connected).toBe(true);
  });

  test("forgets a client's rooms when it leaves", async () => {
    const { io, clients, servers } = await gather(mode);
    const gone = next(servers[0], "disconnect");
    clients[0].disconnect();
    await gone;
    expect(await io.in("odd").fetchSockets()).toHaveLength(1);
  });
});
