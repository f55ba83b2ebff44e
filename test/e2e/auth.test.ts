import { describe, expect, test } from "vitest";
import { CLIENT_MODES } from "../support/clients.ts";
import { type Emitter, next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";

const door = frontDoor();

/** What a middleware of the server refuses with: Socket.IO passes `data` on to the client. */
class Refusal extends Error {
  readonly data: unknown;

  constructor(message: string, data: unknown) {
    super(message);
    this.data = data;
  }
}

describe.each(CLIENT_MODES)("$name", (mode) => {
  test("hands the auth payload to the server as it is", async () => {
    const auth = { token: "äöü 🐠", roles: ["a", "b"], nested: { n: 1, none: null } };
    const { server } = await door.pair(door.serve(), mode, { auth });
    expect(server.handshake.auth).toEqual(auth);
  });

  test("hands over what an auth function gives", async () => {
    const { server } = await door.pair(door.serve(), mode, {
      auth: (give) => give({ token: "computed" }),
    });
    expect(server.handshake.auth).toEqual({ token: "computed" });
  });

  test("hands each namespace its own auth", async () => {
    const io = door.serve();
    io.of("/admin");
    const { client, server } = await door.pair(io, mode, { auth: { as: "user" } });
    const admin = client.io.socket("/admin", { auth: { as: "admin" } });
    const [adminServer] = await Promise.all([
      new Promise<unknown>((resolve) => {
        io.of("/admin").once("connection", ({ handshake }) => resolve(handshake.auth));
      }),
      next(admin, "connect"),
    ]);
    expect(server.handshake.auth).toEqual({ as: "user" });
    expect(adminServer).toEqual({ as: "admin" });
  });

  test("shows the client a middleware's error with its data", async () => {
    const io = door.serve();
    io.use((_socket, proceed) => proceed(new Refusal("not for you", { code: "E1", retry: [1] })));
    const [error] = await next(door.client(mode), "connect_error");
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ message: "not for you", data: { code: "E1", retry: [1] } });
  });

  test("lets in the same client again once it has the right token", async () => {
    const io = door.serve();
    io.use((socket, proceed) => {
      proceed(socket.handshake.auth.token === "right" ? undefined : new Error("wrong token"));
    });
    const client = door.client(mode, { auth: { token: "wrong" } });
    expect(await next(client, "connect_error")).toEqual([new Error("wrong token")]);
    client.auth = { token: "right" };
    client.connect();
    await next(client, "connect");
    expect(io.engine.clientsCount).toBe(1);
  });

  test("waits for a middleware that takes its time, and keeps what the client sent", async () => {
    const io = door.serve();
    const { promise: decision, resolve: decide } = Promise.withResolvers<undefined>();
    const asked = new Promise<void>((resolve) => {
      io.use((_socket, proceed) => {
        resolve();
        void decision.then(proceed);
      });
    });
    const received = new Promise<unknown[]>((resolve) => {
      io.on("connection", (socket) => resolve(next(socket, "early")));
    });
    const client = door.client(mode);
    client.emit("early", "sent before the answer");
    await asked;
    expect(client.connected).toBe(false);
    decide(undefined);
    expect(await received).toEqual(["sent before the answer"]);
  });

  test("ends the session when the client's only namespace was refused", async () => {
    const io = door.serve();
    io.of("/admin").use((_socket, proceed) => proceed(new Error("staff only")));
    const ended = new Promise<unknown[]>((resolve) => {
      io.engine.once("connection", (session: Emitter) => resolve(next(session, "close")));
    });
    const client = door.client(mode, {}, "/admin");
    expect(await next(client, "connect_error")).toEqual([new Error("staff only")]);
    const [reason] = await ended;
    expect(reason).toBe("transport close");
  });
});
