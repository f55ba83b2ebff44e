import * as msgpack from "socket.io-msgpack-parser";
import { describe, expect, test } from "vitest";
import { CLIENT_MODES } from "../support/clients.ts";
import { collect, disconnection, next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";

const PARSER = { parser: msgpack };

const door = frontDoor();

describe.each(CLIENT_MODES)("$name", (mode) => {
  test("carries events and binary of the msgpack parser both ways", async () => {
    const { client, server } = await door.pair(door.serve(PARSER), mode, PARSER);
    const values = [
      1,
      "two",
      { three: [4, null] },
      Buffer.of(0, 0x1e, 0xff),
      { n: [Buffer.of(5)] },
    ];
    const up = collect(server, "up", values.length);
    const down = collect(client, "down", values.length);
    for (const value of values) {
      client.emit("up", value);
      server.emit("down", value);
    }
    expect(await up).toEqual(values);
    expect(await down).toEqual(values);
  });

  test("carries acks and namespaces of the msgpack parser", async () => {
    const io = door.serve(PARSER);
    io.of("/chat").on("connection", (socket) => {
      socket.on("double", (n: number, answer: (n: number) => void) => answer(2 * n));
    });
    const { client, server } = await door.pair(io, mode, PARSER, "/chat");
    client.on("triple", (n: number, answer: (n: number) => void) => answer(3 * n));
    expect(await client.emitWithAck("double", 2)).toBe(4);
    expect(await server.emitWithAck("triple", 2)).toBe(6);
  });

  test("carries disconnects and middleware errors of the msgpack parser", async () => {
    const io = door.serve(PARSER);
    const { client, server } = await door.pair(io, mode, PARSER);
    const ended = disconnection(client);
    server.disconnect();
    expect(await ended).toBe("io server disconnect");
    io.use((_socket, proceed) => proceed(new Error("closed for today")));
    const late = door.client(mode, PARSER);
    expect(await next(late, "connect_error")).toMatchObject([{ message: "closed for today" }]);
  });
});
