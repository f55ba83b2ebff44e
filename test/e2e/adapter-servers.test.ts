import type { Server } from "socket.io";
import { describe, expect, test } from "vitest";
import { cluster, know } from "../support/cluster.ts";
import { next } from "../support/events.ts";

const pool = cluster();

type Ack = (value?: unknown) => void;

async function three(): Promise<[Server, Server, Server]> {
  const [a, b, c] = await pool.servers();
  if (!a || !b || !c) throw new Error("Expected three servers, got fewer.");
  return [a, b, c];
}

describe("serverSideEmit", () => {
  test("reaches all other servers, in order", async () => {
    const [a, b, c] = await three();
    const heard: unknown[] = [];
    a.on("hello", () => heard.push("its own"));
    const others = [next(b, "hello"), next(c.of("/"), "hello")];
    a.serverSideEmit("hello", "world", 1, { bytes: Buffer.from([1]) });
    const event = ["world", 1, { bytes: Buffer.from([1]) }];
    expect(await Promise.all(others)).toEqual([event, event]);
    expect(heard).toEqual([]);
  });

  test("gets a response of each other server", async () => {
    const [a, b, c] = await three();
    a.on("hello", (ack: Ack) => ack("its own"));
    b.on("hello", (ack: Ack) => ack(2));
    c.on("hello", (ack: Ack) => ack(Buffer.from("3")));
    const responses: unknown[] = await a.serverSideEmitWithAck("hello");
    expect(responses).toHaveLength(2);
    expect(responses).toEqual(expect.arrayContaining([2, Buffer.from("3")]));
  });

  test("fails with those that came when one doesn't come in time", async () => {
    const [a, b, c] = await three();
    b.on("hello", (ack: Ack) => ack(2));
    c.on("hello", () => {});
    await expect(a.serverSideEmitWithAck("hello")).rejects.toMatchObject({
      message: "timeout reached: missing 1 responses",
      responses: [2],
    });
  });

  test("waits for no server that leaves meanwhile", async () => {
    const [a, b, c] = await three();
    b.on("hello", (ack: Ack) => ack(2));
    c.on("hello", () => void c.of("/").adapter.close());
    expect(await a.serverSideEmitWithAck("hello")).toEqual([2]);
  });

  test("waits for no server whose namespace closes meanwhile", async () => {
    const [a, b, c] = await three();
    for (const io of [a, b, c]) io.of("/rooms");
    b.of("/rooms").on("hello", (ack: Ack) => ack(2));
    c.of("/rooms").on("hello", () => void c.of("/rooms").adapter.close());
    expect(await a.of("/rooms").serverSideEmitWithAck("hello")).toEqual([2]);
    await know([a, b, c], 3);
  });

  test("waits for no server that lacks the namespace", async () => {
    const [a, b] = await three();
    for (const io of [a, b]) io.of("/rooms");
    b.of("/rooms").on("hello", (ack: Ack) => ack(2));
    expect(await a.of("/rooms").serverSideEmitWithAck("hello")).toEqual([2]);
  });

  test("takes one answer of a server, however often it gives one", async () => {
    const [a, b, c] = await three();
    b.on("hello", (ack: Ack) => {
      ack(1);
      ack(2);
    });
    c.on("hello", (ack: Ack) => setImmediate(ack, 3));
    const responses: unknown[] = await a.serverSideEmitWithAck("hello");
    expect(responses).toHaveLength(2);
    expect(responses).toEqual(expect.arrayContaining([1, 3]));
  });

  test("answers at once where there is no other server", async () => {
    const [a, b, c] = await three();
    await b.of("/").adapter.close();
    await c.of("/").adapter.close();
    await know([a], 1);
    expect(await a.serverSideEmitWithAck("hello")).toEqual([]);
  });
});

describe("the servers", () => {
  test("are counted as they come and go", async () => {
    const [a, b, c] = await three();
    await c.of("/").adapter.close();
    await know([a, b], 2);
    const [, , origin] = pool.origins;
    if (origin === undefined) throw new Error("Expected three origins, got fewer.");
    const again = pool.server(origin);
    await know([a, b, again], 3);
    expect(await again.of("/").adapter.serverCount()).toBe(3);
  });
});
