import type { Server, Socket as ServerSocket } from "socket.io";
import type { Socket } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { CLIENT_MODES, joined, type ClientMode } from "../support/clients.ts";
import { disconnection, next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";
import { openByPolling, openByWebSocket } from "../support/raw-session.ts";

const door = frontDoor();

interface Ends {
  readonly io: Server;
  readonly client: Socket;
  readonly server: ServerSocket;
}

interface Way {
  readonly name: string;
  readonly end: (ends: Ends) => unknown;
  /** The reasons that the two sides are given. */
  readonly client: string;
  readonly server: string;
}

const CLIENTS_WAYS: Way[] = [
  {
    name: "disconnect()",
    end: ({ client }) => client.disconnect(),
    client: "io client disconnect",
    server: "client namespace disconnect",
  },
  {
    name: "a close of its engine",
    end: ({ client }) => client.io.engine.close(),
    client: "forced close",
    server: "transport close",
  },
];

const SERVERS_WAYS: Way[] = [
  {
    name: "socket.disconnect()",
    end: ({ server }) => server.disconnect(),
    client: "io server disconnect",
    server: "server namespace disconnect",
  },
  {
    name: "socket.disconnect(true)",
    end: ({ server }) => server.disconnect(true),
    client: "io server disconnect",
    server: "server namespace disconnect",
  },
  {
    name: "io.disconnectSockets()",
    end: ({ io }) => io.disconnectSockets(),
    client: "io server disconnect",
    server: "server namespace disconnect",
  },
  {
    name: "io.disconnectSockets(true)",
    end: ({ io }) => io.disconnectSockets(true),
    client: "io server disconnect",
    server: "server namespace disconnect",
  },
  {
    name: "conn.close()",
    end: ({ server }) => server.conn.close(),
    client: "transport close",
    server: "forced close",
  },
];

/** What a client may write that makes Socket.IO's server close the connection. */
const FAULTS: { name: string; packets: (string | Buffer)[] }[] = [
  { name: "a packet that can't be parsed", packets: ["rubbish"] },
  { name: "an event with rubbish for JSON", packets: ['2["up"'] },
  { name: "an event for a namespace not joined", packets: ['2/nowhere,["up"]'] },
  { name: "a second CONNECT", packets: ["0"] },
  { name: "a CONNECT_ERROR", packets: ["4"] },
  { name: "an attachment without its event", packets: [Buffer.of(1)] },
  {
    name: "an event in place of an attachment",
    packets: ['51-["up",{"_placeholder":true,"num":0}]', '2["up"]'],
  },
];

async function reasonsOf({ client, server }: Ends, end: () => unknown): Promise<unknown> {
  const reasons = Promise.all([disconnection(client), disconnection(server)]);
  end();
  const [clientReason, serverReason] = await reasons;
  return { client: clientReason, server: serverReason };
}

async function pair(mode: ClientMode): Promise<Ends> {
  const io = door.serve();
  return { io, ...(await door.pair(io, mode)) };
}

describe.each(CLIENT_MODES)("$name", (mode) => {
  test.each(CLIENTS_WAYS)("gives both sides the reason of the client's $name", async (way) => {
    const ends = await pair(mode);
    const closed = next(ends.server.conn, "close");
    expect(await reasonsOf(ends, () => way.end(ends))).toEqual({
      client: way.client,
      server: way.server,
    });
    await closed;
    expect(ends.io.engine.clientsCount).toBe(0);
  });

  test.each(SERVERS_WAYS)("gives both sides the reason of the server's $name", async (way) => {
    const ends = await pair(mode);
    const closed = next(ends.client.io, "close");
    expect(await reasonsOf(ends, () => way.end(ends))).toEqual({
      client: way.client,
      server: way.server,
    });
    await closed;
    expect(ends.client.io.engine.readyState).toBe("closed");
  });

  test.each(FAULTS)("ends the session of a client that sends $name", async ({ packets }) => {
    const ends = await pair(mode);
    const fault = (): void => {
      for (const packet of packets) ends.client.io.engine.write(packet);
    };
    expect(await reasonsOf(ends, fault)).toEqual({
      client: "transport close",
      server: "forced close",
    });
  });

  test("gives a client that gets rubbish from its server the reason parse error", async () => {
    const ends = await pair(mode);
    expect(await reasonsOf(ends, () => ends.server.conn.write("rubbish"))).toEqual({
      client: "parse error",
      server: "transport close",
    });
  });

  test("delivers what was sent before the server's disconnect, and nothing after", async () => {
    const { client, server } = await pair(mode);
    const received: unknown[] = [];
    client.on("down", (n: unknown) => received.push(n));
    const ended = disconnection(client);
    for (let n = 0; n < 100; n++) server.emit("down", n);
    server.disconnect(true);
    server.emit("down", 100);
    expect(await ended).toBe("io server disconnect");
    expect(received).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  test("tells a client why when the server turns it away as soon as it is there", async () => {
    const io = door.serve();
    io.on("connection", (socket) => {
      socket.emit("sorry", "we are full");
      socket.disconnect(true);
    });
    const client = door.client(mode);
    const seen: unknown[] = [];
    client.on("connect", () => seen.push("connect"));
    client.on("sorry", (why: unknown) => seen.push(why));
    expect(await disconnection(client)).toBe("io server disconnect");
    expect(seen).toEqual(["connect", "we are full"]);
  });

  test("lets a client that left come back as somebody new", async () => {
    const { client, server } = await pair(mode);
    const left = disconnection(server);
    const { id } = client;
    client.disconnect();
    await left;
    client.connect();
    await joined(client);
    expect(client.id).not.toBe(id);
  });

  test("lets a client come back by itself after the server closed its transport", async () => {
    const io = door.serve();
    const again = { reconnection: true, reconnectionDelay: 10, randomizationFactor: 0 };
    const { client, server } = await door.pair(io, mode, again);
    const ended = disconnection(client);
    server.conn.close();
    expect(await ended).toBe("transport close");
    await joined(client);
    expect(client.id).not.toBe(server.id);
    io.emit("welcome", "back");
    expect(await next(client, "welcome")).toEqual(["back"]);
  });
});

test("closes a WebSocket session that joins no namespace in time", async () => {
  door.serve({ connectTimeout: 100 });
  const { socket } = await openByWebSocket(door.url);
  const [code] = await next(socket, "close");
  expect(code).toBe(1005);
});

test("closes a polling session that joins no namespace in time", async () => {
  door.serve({ connectTimeout: 100 });
  const session = await openByPolling(door.url);
  const { status, body } = await session.poll();
  expect(status).toBe(200);
  expect(body.toString()).toBeOneOf(["1", "6\x1e1"]);
  expect((await session.poll()).body.toString()).toBe('{"code":1,"message":"Session ID unknown"}');
});
