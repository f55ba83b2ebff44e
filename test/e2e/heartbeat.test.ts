import type { Socket as ServerSocket } from "socket.io";
import { describe, expect, test } from "vitest";
import { CLIENT_MODES } from "../support/clients.ts";
import { direct } from "../support/edge.ts";
import { disconnection, next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";
import { openByPolling, openByWebSocket } from "../support/raw-session.ts";

// Apart, so that the edge doesn't end a session at the very moment of the server's next ping.
const HASTY = { pingInterval: 150, pingTimeout: 100 };
// Who answers in time is not to depend on how busy this machine is.
const PATIENT = { pingInterval: 150, pingTimeout: 5000 };

// The edge owns the heartbeat and ends both sides; to the server that is a client whose transport closed.
const SEEN_BY_SERVER = direct ? "ping timeout" : "transport close";

// Sessions here outlive the time that a dial may take.
const door = frontDoor({ DIAL_TIMEOUT_MS: "300" });

/** The next socket that joins, at the server. */
function nextSocket(times = HASTY): Promise<ServerSocket> {
  const io = door.serve(times);
  return new Promise((resolve) => {
    io.once("connection", resolve);
  });
}

describe.each(CLIENT_MODES)("$name", (mode) => {
  test("keeps a quiet client through many intervals", async () => {
    const { client, server } = await door.pair(door.serve(PATIENT), mode);
    for (let pings = 0; pings < 6; pings++) await next(client.io, "ping");
    expect(client.connected).toBe(true);
    const { id } = client;
    server.emit("still", id);
    expect(await next(client, "still")).toEqual([id]);
  });

  test("pings a client that is busy all the while", async () => {
    const { client, server } = await door.pair(door.serve(PATIENT), mode);
    server.on("hop", () => server.emit("hop"));
    client.on("hop", () => client.emit("hop"));
    client.emit("hop");
    for (let pings = 0; pings < 3; pings++) await next(client.io, "ping");
    expect(client.connected).toBe(true);
  });
});

test("ends the session of a WebSocket client that answers no ping", async () => {
  const joining = nextSocket();
  const { socket } = await openByWebSocket(door.url);
  const closed = next(socket, "close");
  socket.send("40");
  expect(await disconnection(await joining)).toBe(SEEN_BY_SERVER);
  await closed;
});

test("ends the session of a WebSocket client that vanished", async () => {
  const joining = nextSocket();
  const { socket } = await openByWebSocket(door.url);
  socket.send("40");
  const ended = disconnection(await joining);
  socket.terminate();
  expect(await ended).toBe("transport close");
});

test("ends the session of a polling client that stopped polling", async () => {
  const joining = nextSocket();
  const session = await openByPolling(door.url);
  await session.post("40");
  expect(await disconnection(await joining)).toBe(SEEN_BY_SERVER);
  expect((await session.poll()).body.toString()).toBe('{"code":1,"message":"Session ID unknown"}');
});

test("ends the session of a polling client that polls and answers no ping", async () => {
  const joining = nextSocket();
  const session = await openByPolling(door.url);
  await session.post("40");
  const ended = disconnection(await joining);
  let status = 200;
  while (status === 200) ({ status } = await session.poll());
  expect(await ended).toBe(SEEN_BY_SERVER);
  expect(status).toBe(400);
});

test("keeps a client that answers by hand", async () => {
  const joining = nextSocket(PATIENT);
  const { socket } = await openByWebSocket(door.url);
  let pings = 0;
  socket.on("message", (frame: Buffer) => {
    if (frame.toString() !== "2") return;
    pings++;
    socket.send("3");
    if (pings === 4) socket.send('42["enough"]');
  });
  socket.send("40");
  await next(await joining, "enough");
  expect(pings).toBe(4);
});
