import { describe, expect, test, vi } from "vitest";
import { crew, namesAt, pause, SOON } from "../../support/continuity-crew.ts";
import { ContinuityPool } from "../../support/continuity-pool.ts";
import { hasRedis, startRedis } from "../../support/redis.ts";

const PATIENT = { timeout: 20_000, interval: 20 };

describe.skipIf(!hasRedis)("servers with @socket.io/redis-streams-adapter and recovery", () => {
  test("are drained one after the other, and no client notices", async () => {
    const pool = await ContinuityPool.open({ redis: await startRedis() });
    const clients = await crew(pool, 12);
    for (const { socket, name } of clients) socket.emit("join", `room of ${name}`);
    // Not while sessions are restored: what is emitted then, that adapter may lose or double, with or without an edge.
    const emit = (n: number): Promise<unknown> =>
      pool.origin(0).order({ do: "emit", args: ["stream", "news", n] });
    const heard = (n: number): Promise<void> =>
      vi.waitFor(() => {
        for (const client of clients) expect(client.streams.get("news")).toBe(n);
      }, SOON);
    await emit(0);
    await heard(0);
    for (const [i, { name }] of pool.origins.entries()) {
      await pool.drain(name);
      await vi.waitFor(async () => {
        expect(await namesAt(pool, name)).toEqual(new Set());
        expect(await pool.sockets()).toHaveLength(clients.length);
      }, PATIENT);
      await pool.ready(name);
      await emit(i + 1);
      await heard(i + 1);
    }
    expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
    expect(clients.flatMap(({ faults }) => faults)).toEqual([]);
    const found = await pool.sockets();
    for (const { id, name } of clients) {
      expect(found.find((one) => one.id === id)?.rooms).toEqual([`room of ${name}`]);
    }
  });

  test("keep those that have got no event, which their store could not bring back", async () => {
    const vars = { DRAIN_TIMEOUT: "2s" };
    const pool = await ContinuityPool.open({ redis: await startRedis(), vars });
    const clients = await crew(pool, 6);
    const before = await namesAt(pool, "o0");
    const lines = pool.lines.length;
    await pool.drain("o0");
    await pause(1000);
    expect(await namesAt(pool, "o0")).toEqual(before);
    expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
    await vi.waitFor(async () => expect(await namesAt(pool, "o0")).toEqual(new Set()), SOON);
    const connections = pool.lines.slice(lines).filter(([, what]) => what === "connection");
    expect(connections).toEqual([]);
  });

  test("that crash have their clients closed, who come back by themselves", async () => {
    const pool = await ContinuityPool.open({ redis: await startRedis() });
    const clients = await crew(pool, 9, { reconnection: true });
    const names = await namesAt(pool, "o0");
    await pool.origin(0).signal("SIGKILL");
    await vi.waitFor(async () => {
      expect(await pool.sockets()).toHaveLength(clients.length);
      for (const { name, disconnects } of clients) {
        expect(disconnects).toEqual(names.has(name) ? ["transport close"] : []);
      }
    }, SOON);
  });
});
