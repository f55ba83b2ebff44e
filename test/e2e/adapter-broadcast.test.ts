import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { cluster, know, toldBy, until, type Member } from "../support/cluster.ts";
import { joined } from "../support/clients.ts";

const pool = cluster();

const digest = (value: unknown): string =>
  Buffer.isBuffer(value) ? createHash("sha256").update(value).digest("hex") : "no bytes";

const clientsOf = (members: readonly Member[]) => members.map(({ client }) => client);

describe("a broadcast", () => {
  test("reaches the clients of all servers, binary values included", async () => {
    const members = await pool.three();
    const told = await toldBy(members[0].io, clientsOf(members), () =>
      members[0].io.emit("test", 1, "2", Buffer.from([3, 4]), { deep: [Buffer.from([5])] }),
    );
    const event = ["test", 1, "2", Buffer.from([3, 4]), { deep: [Buffer.from([5])] }];
    expect(told).toEqual([[event], [event], [event]]);
  });

  test("reaches the clients in a namespace", async () => {
    const members = await pool.three();
    for (const { io } of members) io.of("/custom");
    const clients = clientsOf(members).map((client) => client.io.socket("/custom"));
    await Promise.all(clients.map(joined));
    const ends = clients.map((client) => until(client, "over"));
    const main = await toldBy(members[0].io, clientsOf(members), () => {
      members[0].io.of("/custom").emit("test");
      members[0].io.of("/custom").emit("over");
    });
    expect(await Promise.all(ends)).toEqual([[["test"]], [["test"]], [["test"]]]);
    expect(main).toEqual([[], [], []]);
  });

  test("reaches only clients in the room", async () => {
    const members = await pool.three();
    await members[1].socket.join("room1");
    const told = await toldBy(members[0].io, clientsOf(members), () =>
      members[0].io.to("room1").emit("test"),
    );
    expect(told).toEqual([[], [["test"]], []]);
  });

  test("reaches a client once that is in several of its rooms", async () => {
    const members = await pool.three();
    await members[1].socket.join(["room1", "room2"]);
    await members[2].socket.join("room2");
    const told = await toldBy(members[0].io, clientsOf(members), () =>
      members[0].io.to(["room1", "room2"]).emit("test"),
    );
    expect(told).toEqual([[], [["test"]], [["test"]]]);
  });

  test("reaches no client in a room that is excepted", async () => {
    const members = await pool.three();
    await members[1].socket.join("room1");
    const told = await toldBy(members[0].io, clientsOf(members), () =>
      members[0].io.of("/").except("room1").emit("test"),
    );
    expect(told).toEqual([[["test"]], [], [["test"]]]);
  });

  test("of a socket reaches all others", async () => {
    const members = await pool.three();
    const told = await toldBy(members[1].io, clientsOf(members), () =>
      members[1].socket.broadcast.emit("test"),
    );
    expect(told).toEqual([[["test"]], [], [["test"]]]);
  });

  test("that is local reaches the clients of its own server", async () => {
    const members = await pool.three();
    const told = await toldBy(members[0].io, clientsOf(members), () =>
      members[0].io.local.emit("test"),
    );
    expect(told).toEqual([[["test"]], [], []]);
  });

  test("that is volatile, or not to be compressed, reaches the clients of all servers", async () => {
    const members = await pool.three();
    const told = await toldBy(members[0].io, clientsOf(members), () => {
      members[0].io.compress(false).emit("plain");
    });
    expect(told).toEqual([[["plain"]], [["plain"]], [["plain"]]]);
    const ends = clientsOf(members).map((client) => until(client, "volatile"));
    members[0].io.volatile.emit("volatile");
    expect(await Promise.all(ends)).toEqual([[], [], []]);
  });

  test("arrives in the order of the program, whether to all or to one", async () => {
    const members = await pool.three();
    const told = await toldBy(members[0].io, clientsOf(members), () => {
      for (let n = 0; n < 20; n++) {
        members[0].io.emit("to all", n);
        members[0].socket.emit("to one", n);
        members[0].io.to(members[1].socket.id).emit("to the other", n);
      }
    });
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    expect(told).toEqual([
      numbers.flatMap((n) => [
        ["to all", n],
        ["to one", n],
      ]),
      numbers.flatMap((n) => [
        ["to all", n],
        ["to the other", n],
      ]),
      numbers.map((n) => ["to all", n]),
    ]);
  });

  test("is delivered at its own server before the emit returns", async () => {
    const [{ io, socket }] = await pool.three();
    const sent: unknown[] = [];
    socket.onAnyOutgoing((...args: unknown[]) => sent.push(args));
    io.emit("test", 1);
    expect(sent).toEqual([["test", 1]]);
  });

  test("carries a mebibyte of text and one of bytes", async () => {
    const members = await pool.three();
    const text = "ä".repeat(512 * 1024);
    const bytes = Buffer.alloc(1024 * 1024 - 100, 7);
    const told = await toldBy(members[2].io, clientsOf(members), () => {
      members[2].io.emit("text", text);
      members[2].io.emit("bytes", bytes);
    });
    for (const events of told) {
      expect(events.map(([name]) => name)).toEqual(["text", "bytes"]);
      // Equality of the whole would be shown as a difference of a mebibyte.
      expect(events[0]?.[1] === text).toBe(true);
      expect(digest(events[1]?.[1])).toBe(digest(bytes));
    }
  });
});

describe("a broadcast with acks", () => {
  test("gets one of each client", async () => {
    const members = await pool.three();
    members.forEach(({ client }, n) => client.on("test", (ack: (n: number) => void) => ack(n)));
    const responses: unknown = await members[0].io.timeout(5000).emitWithAck("test");
    expect(new Set(Array.isArray(responses) ? responses : [])).toEqual(new Set([0, 1, 2]));
  });

  test("gets binary ones", async () => {
    const members = await pool.three();
    for (const { client } of members) {
      client.on("test", (ack: (value: Buffer) => void) => ack(Buffer.from([1])));
    }
    expect(await members[0].io.timeout(5000).emitWithAck("test")).toEqual(
      Array.from({ length: 3 }, () => Buffer.from([1])),
    );
  });

  test("gets none when it is for nobody", async () => {
    const [{ io }] = await pool.three();
    expect(await io.to("abc").timeout(5000).emitWithAck("test")).toEqual([]);
  });

  test("fails with those that came when one doesn't come in time", async () => {
    const members = await pool.three();
    members[0].client.on("test", (ack: (n: number) => void) => ack(1));
    members[1].client.on("test", (ack: (n: number) => void) => ack(2));
    members[2].client.on("test", () => {});
    const failed = members[0].io.timeout(500).emitWithAck("test");
    await expect(failed).rejects.toMatchObject({
      message: "operation has timed out",
      responses: [1, 2],
    });
  });

  test("waits for no client of a server whose namespace isn't there", async () => {
    const members = await pool.three();
    members[0].io.of("/here");
    expect(await members[0].io.of("/here").timeout(5000).emitWithAck("test")).toEqual([]);
  });

  test("reaches one local socket by its own emit", async () => {
    const members = await pool.three();
    members[1].client.on("test", (ack: (n: number) => void) => ack(2));
    expect(await members[1].socket.emitWithAck("test")).toBe(2);
  });

  test("reaches one socket of another server", async () => {
    const members = await pool.three();
    members[1].client.on("test", (ack: (n: number) => void) => ack(2));
    const [remote] = await members[0].io.in(members[1].socket.id).fetchSockets();
    expect(await remote?.timeout(5000).emitWithAck("test")).toBe(2);
  });
});

describe("namespaces", () => {
  test("that come with their clients are shared, and go with them", async () => {
    const members = await pool.members({ cleanupEmptyChildNamespaces: true });
    for (const { io } of members) io.of(/^\/dynamic-\d+$/);
    const clients = members.slice(0, 2).map(({ client }) => client.io.socket("/dynamic-101"));
    await Promise.all(clients.map(joined));
    const ends = clients.map((client) => until(client, "over"));
    const io = members[0]?.io;
    io?.of("/dynamic-101").emit("test");
    io?.of("/dynamic-101").emit("over");
    expect(await Promise.all(ends)).toEqual([[["test"]], [["test"]]]);
    expect(await io?.of("/dynamic-101").fetchSockets()).toHaveLength(2);
    clients[1]?.disconnect();
    await expect.poll(() => io?.of("/dynamic-101").fetchSockets()).toHaveLength(1);
  });

  test("share one link, however many they are", async () => {
    const servers = await pool.servers();
    for (const io of servers) for (let n = 0; n < 2000; n++) io.of(`/n${n}`);
    const [a, b, c] = servers;
    const heard: string[] = [];
    const last = new Promise<void>((resolve) => {
      for (let n = 0; n < 2000; n++) {
        b?.of(`/n${n}`).on("test", () => {
          if (heard.push(`/n${n}`) === 2000) resolve();
        });
      }
    });
    for (let n = 0; n < 2000; n++) a?.of(`/n${n}`).serverSideEmit("test");
    await last;
    expect(heard).toEqual(Array.from({ length: 2000 }, (_, n) => `/n${n}`));
    await know(
      [a, b, c].filter((io) => io !== undefined),
      3,
    );
  });
});
