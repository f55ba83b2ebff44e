import { describe, expect, test } from "vitest";
import { CLIENT_MODES, joined } from "../support/clients.ts";
import { next } from "../support/events.ts";
import { frontDoor, serverSide } from "../support/front-door.ts";

const door = frontDoor();

describe.each(CLIENT_MODES)("$name", (mode) => {
  test("joins a namespace without joining the main one", async () => {
    const io = door.serve();
    io.of("/admin");
    const { client, server } = await door.pair(io, mode, {}, "/admin");
    server.emit("welcome", "to /admin");
    expect(await next(client, "welcome")).toEqual(["to /admin"]);
    expect(io.of("/").sockets.size).toBe(0);
  });

  test("carries several namespaces over one connection, each with its own events", async () => {
    const io = door.serve();
    const spaces = ["/", "/chat", "/news/daily"];
    for (const space of spaces) {
      io.of(space).on("connection", (socket) => {
        socket.on("where", (answer: (space: string) => void) => answer(socket.nsp.name));
      });
    }
    const main = await door.connect(mode);
    const sockets = spaces.map((space) => (space === "/" ? main : main.io.socket(space)));
    const answers = await Promise.all(sockets.map((socket) => socket.emitWithAck("where")));
    expect(answers).toEqual(spaces);
    expect(io.engine.clientsCount).toBe(1);
    expect(new Set(sockets.map(({ id }) => id)).size).toBe(spaces.length);
  });

  test("lets a client leave one namespace and come back, while it stays in another", async () => {
    const io = door.serve();
    const main = await door.connect(mode);
    io.of("/chat");
    const chat = main.io.socket("/chat");
    await joined(chat);
    const firstId = chat.id;
    const left = next(serverSide(io, chat, "/chat"), "disconnect");
    chat.disconnect();
    expect(await left).toEqual(["client namespace disconnect", undefined]);
    chat.connect();
    await joined(chat);
    expect(chat.id).not.toBe(firstId);
    io.of("/chat").emit("back");
    await next(chat, "back");
    io.emit("still");
    await next(main, "still");
    expect(io.engine.clientsCount).toBe(1);
  });

  test("creates dynamic namespaces from a pattern", async () => {
    const io = door.serve();
    const parent = io.of(/^\/room-\d+$/);
    parent.on("connection", (socket) => socket.emit("name", socket.nsp.name));
    const rooms = ["/room-1", "/room-22"];
    const names = rooms.map((room) => next(door.client(mode, {}, room), "name"));
    expect(await Promise.all(names)).toEqual(rooms.map((room) => [room]));
  });

  test("creates dynamic namespaces from a function that sees auth", async () => {
    const io = door.serve();
    io.of((name, auth, create) => {
      create(null, name.startsWith("/of-") && auth.token === "let me in");
    });
    const auth = { token: "let me in" };
    await door.connect(mode, { auth }, "/of-one");
    const refused = door.client(mode, { auth: { token: "wrong" } }, "/of-two");
    expect(await next(refused, "connect_error")).toEqual([new Error("Invalid namespace")]);
  });

  test("refuses a namespace that isn't there, and keeps the connection for the others", async () => {
    const io = door.serve();
    const main = await door.connect(mode);
    const unknown = main.io.socket("/nowhere");
    expect(await next(unknown, "connect_error")).toEqual([new Error("Invalid namespace")]);
    expect(unknown.connected).toBe(false);
    io.emit("still");
    await next(main, "still");
  });

  test("ends one namespace from the server and leaves the others", async () => {
    const io = door.serve();
    const main = await door.connect(mode);
    io.of("/chat");
    const chat = main.io.socket("/chat");
    await joined(chat);
    const ended = next(chat, "disconnect");
    io.of("/chat").disconnectSockets();
    expect(await ended).toEqual(["io server disconnect", undefined]);
    io.emit("still");
    await next(main, "still");
  });
});
