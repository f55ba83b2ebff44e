import { describe, expect, test, vi } from "vitest";
import type { ContinuityClient } from "./continuity-client.ts";
import { crew, namesAt, pause, SOON } from "./continuity-crew.ts";
import { ContinuityPool, type PoolOptions } from "./continuity-pool.ts";

/** An adapter that writes a session to a store when its connection ends, and brings it back by pid and offset. */
export interface StoringAdapter {
  readonly name: string;
  /** Whether its store can be had on this machine. */
  readonly isThere: boolean;
  /** Starts the store, which goes when the test does. */
  readonly start: () => Promise<PoolOptions>;
}

const PATIENT = { timeout: 20_000, interval: 20 };

/** What planned moves and crashes are to the clients of servers with such an adapter. */
export function testStore({ name: adapter, isThere, start }: StoringAdapter): void {
  describe.skipIf(!isThere)(`servers with ${adapter} and recovery`, () => {
    test("are drained one after the other, and no client notices", async () => {
      const { pool, clients } = await stage(await start(), 12);
      for (const [i, { name }] of pool.origins.entries()) {
        await leave(pool, name, clients.length);
        await pool.ready(name);
        // Not while sessions are restored: what is emitted then, these adapters may lose or double, with or without an edge.
        await tell(pool, clients, i + 1);
      }
      expect(await faults(pool, clients)).toEqual([]);
    });

    test("bring what is emitted while a session is with none of them", async () => {
      const { pool, clients } = await stage(await start(), 3);
      const [moved] = await namesAt(pool, "o0");
      await pool.drain("o0");
      await vi.waitUntil(
        () => pool.lines.some(([, what, , name]) => what === "disconnect" && name === moved),
        { timeout: 5000, interval: 2 },
      );
      await tell(pool, clients, 1);
      await leave(pool, "o0", clients.length);
      await tell(pool, clients, 2);
      expect(await faults(pool, clients)).toEqual([]);
    });

    test("keep those that have got no event, which their store could not bring back", async () => {
      const pool = await ContinuityPool.open({ ...(await start()), vars: { DRAIN_TIMEOUT: "2s" } });
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
      const pool = await ContinuityPool.open(await start());
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
}

/** Clients that have a room, a login, and an event, which they have an offset by. */
async function stage(
  options: PoolOptions,
  count: number,
): Promise<{ pool: ContinuityPool; clients: ContinuityClient[] }> {
  const pool = await ContinuityPool.open(options);
  const clients = await crew(pool, count);
  for (const { socket, name } of clients) {
    socket.emit("join", `room of ${name}`);
    socket.emit("login", `user of ${name}`);
  }
  await tell(pool, clients, 0);
  return { pool, clients };
}

/** Emits a number, and resolves when each client has it. */
async function tell(
  pool: ContinuityPool,
  clients: readonly ContinuityClient[],
  n: number,
): Promise<void> {
  // Always the same one: MongoDB's ids of several processes are in no order within a second.
  await pool.origin(1).order({ do: "emit", args: ["stream", "news", n] });
  await vi.waitFor(() => {
    for (const client of clients) expect(client.streams.get("news")).toBe(n);
  }, SOON);
}

/** Drains that origin, and resolves when all sessions are with others. */
async function leave(pool: ContinuityPool, origin: string, sessions: number): Promise<void> {
  await pool.drain(origin);
  await vi.waitFor(async () => {
    expect(await namesAt(pool, origin)).toEqual(new Set());
    expect(await pool.sockets()).toHaveLength(sessions);
  }, PATIENT);
}

/** Who was disturbed, what was lost or doubled, and whom the servers don't have as they were. */
async function faults(
  pool: ContinuityPool,
  clients: readonly ContinuityClient[],
): Promise<string[]> {
  const found = (await pool.sockets()).map(
    ({ id, rooms, data }) => `${id}: ${data.name}, ${String(data["user"])}, ${rooms.join()}`,
  );
  return clients.flatMap((client) => {
    const { id, name } = client;
    const disturbed = client.isDisturbed ? [`${name}: ${client.disconnects.join()}`] : [];
    const isThere = found.includes(`${id}: ${name}, user of ${name}, room of ${name}`);
    return [...disturbed, ...client.faults, ...(isThere ? [] : [`no server has ${name}`])];
  });
}
