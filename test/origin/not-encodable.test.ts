import { expect, test } from "vitest";
import { edgelessCluster, toldBy } from "../support/cluster.ts";

const pool = edgelessCluster();

/** Data that no JSON can be made of. */
function circle(): unknown {
  const data: { self?: unknown } = {};
  data.self = data;
  return data;
}

/** What has been warned of since then, and nothing else is. */
function warnedSince(count: number): string[] {
  return pool.warnings.slice(count).map(({ code }) => code);
}

test("sockets whose data has no form in JSON are left out, and their server says so", async () => {
  const [a, b, c] = await pool.three();
  const before = pool.warnings.length;
  b.socket.data = circle();
  const ids = (await a.io.fetchSockets()).map(({ id }) => id);
  expect(new Set(ids)).toEqual(new Set([a.socket.id, c.socket.id]));
  expect(warnedSince(before)).toEqual(["not-encodable"]);
});

test("a server whose answer has no form in JSON is waited for no longer, and says so", async () => {
  const [a, b, c] = await pool.three();
  const before = pool.warnings.length;
  b.io.on("ask", (answer: (value: unknown) => void) => answer(circle()));
  c.io.on("ask", (answer: (value: unknown) => void) => answer(3));
  expect(await a.io.serverSideEmitWithAck("ask")).toEqual([3]);
  expect(warnedSince(before)).toEqual(["not-encodable"]);
});

test("an emit that has no form in JSON throws to its emitter, as without an adapter", async () => {
  const members = await pool.three();
  const [{ io }] = members;
  const clients = members.map(({ client }) => client);
  const told = await toldBy(io, clients, () => {
    expect(() => io.emit("circle", circle())).toThrow(TypeError);
    expect(() => io.emit("big", 1n)).toThrow(TypeError);
    expect(() => io.serverSideEmit("circle", circle())).toThrow(TypeError);
  });
  expect(told).toEqual([[], [], []]);
  expect(await io.of("/").adapter.serverCount()).toBe(3);
});
