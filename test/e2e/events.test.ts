import { describe, expect, test } from "vitest";
import { CLIENT_MODES } from "../support/clients.ts";
import { collect, next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";

const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1.5e-7,
  "",
  'text with \u001E, \0, " and \\ in it',
  "Ærøskøbing 東京 🐠",
  [],
  {},
  { list: [1, [2, { three: [] }]], _placeholder: false, "key: ]": null },
];
const NUMBERS = Array.from({ length: 1000 }, (_, n) => n);

const door = frontDoor();

describe.each(CLIENT_MODES)("$name", (mode) => {
  test("carries an event's arguments both ways as they are", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    const up = next(server, "up");
    const down = next(client, "down");
    client.emit("up", ...VALUES);
    server.emit("down", ...VALUES);
    expect(await up).toEqual(VALUES);
    expect(await down).toEqual(VALUES);
  });

  test("keeps the order of 1,000 events each way at once", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    const up = collect(server, "up", NUMBERS.length);
    const down = collect(client, "down", NUMBERS.length);
    for (const n of NUMBERS) {
      client.emit("up", n);
      server.emit("down", n);
    }
    expect(await up).toEqual(NUMBERS);
    expect(await down).toEqual(NUMBERS);
  });

  test("keeps the order of events that each wait for the one before", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    server.on("hop", (n: number) => server.emit("hop", n + 1));
    client.on("hop", (n: number) => client.emit(n < 100 ? "hop" : "landed", n + 1));
    client.emit("hop", 0);
    expect(await next(server, "landed")).toEqual([102]);
  });

  test("delivers what both sides emit before the client is connected", async () => {
    const io = door.serve();
    const early = new Promise<unknown[]>((resolve) => {
      io.once("connection", (server) => {
        server.emit("greeting", "first");
        server.emit("greeting", "second");
        resolve(collect(server, "early", 2));
      });
    });
    const client = door.client(mode);
    const greetings = collect(client, "greeting", 2);
    client.emit("early", 1);
    client.emit("early", 2);
    expect(await early).toEqual([1, 2]);
    expect(await greetings).toEqual(["first", "second"]);
  });

  test("delivers volatile events while the client is there", async () => {
    const { client, server } = await door.pair(door.serve(), mode);
    const up = next(server, "up");
    client.volatile.emit("up", "to the server");
    expect(await up).toEqual(["to the server"]);
    const down = next(client, "down");
    server.volatile.emit("down", "to the client");
    expect(await down).toEqual(["to the client"]);
  });

  test.each([true, false])(
    "delivers events with compress(%s), small and large",
    async (compress) => {
      const io = door.serve({ perMessageDeflate: { threshold: 1024 } });
      const { client, server } = await door.pair(io, mode, {
        perMessageDeflate: { threshold: 1024 },
      });
      const texts = ["small", "large ".repeat(20_000)];
      const up = collect(server, "up", 2);
      const down = collect(client, "down", 2);
      for (const text of texts) {
        client.compress(compress).emit("up", text);
        server.compress(compress).emit("down", text);
      }
      expect(await up).toEqual(texts);
      expect(await down).toEqual(texts);
    },
  );
});
