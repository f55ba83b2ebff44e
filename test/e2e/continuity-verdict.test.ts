import { describe, expect, test, vi } from "vitest";
import { WEBSOCKET } from "../support/clients.ts";
import { allConnected, ContinuityClient } from "../support/continuity-client.ts";
import { crew, namesAt, SOON } from "../support/continuity-crew.ts";
import type { ContinuityOrder, Ending } from "../support/continuity-orders.ts";
import { ContinuityPool, type PoolOptions } from "../support/continuity-pool.ts";
import { next } from "../support/events.ts";
import { openByWebSocket } from "../support/raw-session.ts";

/** Lost, its client hears a second CONNECT; closed on purpose, it hears a disconnect. */
const STOCK: PoolOptions = { origins: 2, isRecovering: false, vars: { ON_UNRECOVERED: "connect" } };

/** Clients of both transports, all of them at the first origin alone. */
async function stage(
  options: PoolOptions = STOCK,
  count = 6,
): Promise<{
  pool: ContinuityPool;
  clients: ContinuityClient[];
  others: ContinuityClient[];
}> {
  const pool = await ContinuityPool.open(options);
  const all = await crew(pool, count);
  const names = await namesAt(pool, "o0");
  const clients = all.filter(({ name }) => names.has(name));
  expect(clients.length).toBeGreaterThan(1);
  return { pool, clients, others: all.filter(({ name }) => !names.has(name)) };
}

function end(how: Ending, id?: string): ContinuityOrder {
  return { do: "end", how, ...(id === undefined ? {} : { id }) };
}

/** Resolves when each has been ended for that reason, and nobody else has. */
async function endedOnly(
  ended: readonly ContinuityClient[],
  others: readonly ContinuityClient[],
  reason: string,
): Promise<void> {
  await vi.waitFor(() => {
    for (const { disconnects } of ended) expect(disconnects).toEqual([reason]);
  }, SOON);
  expect(others.filter((client) => client.isDisturbed)).toEqual([]);
}

describe("a stock server is lost", () => {
  test.each([
    ["by SIGTERM, for which it has no handler", "SIGTERM"],
    ["by SIGKILL", "SIGKILL"],
    ["by io.close()", "io.close"],
  ] as const)("%s", async (_title, how) => {
    const { pool, clients, others } = await stage();
    const origin = pool.origin(0);
    if (how === "io.close") await origin.order(end(how));
    else await origin.signal(how);
    await vi.waitFor(() => {
      for (const { ids } of clients) expect(ids).toHaveLength(2);
    }, SOON);
    await Promise.all(clients.map((client) => client.echo()));
    expect([...clients, ...others].flatMap(({ disconnects }) => disconnects)).toEqual([]);
    expect(others.filter((client) => client.isDisturbed)).toEqual([]);
  });
});

describe("a stock server that lives has ended", () => {
  test("all connections, by io.engine.close(): so does the edge", async () => {
    const { pool, clients, others } = await stage();
    await pool.origin(0).order(end("engine.close"));
    await endedOnly(clients, others, "transport close");
    expect(clients.flatMap(({ disconnects }) => disconnects)).toHaveLength(clients.length);
  });

  test("a connection or a namespace, in any way that there is: so does the edge, and no other", async () => {
    const { pool, clients, others } = await stage(STOCK, 10);
    const origin = pool.origin(0);
    const ways: [(one: ContinuityClient) => unknown, string][] = [
      [({ id }) => origin.order(end("conn.close", id)), "transport close"],
      [({ id }) => origin.order(end("disconnect-connection", id)), "io server disconnect"],
      [({ id }) => origin.order(end("disconnect", id)), "io server disconnect"],
      // No packet of Socket.IO's has that type.
      [({ socket }) => socket.io.engine.write("9"), "transport close"],
    ];
    for (const [i, [way, reason]] of ways.entries()) {
      const one = clients[i];
      if (one === undefined) throw new Error("Expected more clients at the first origin.");
      await way(one);
      await endedOnly([one], [...clients.slice(i + 1), ...others], reason);
      expect(one.disconnects).toEqual([reason]);
    }
  });

  test("a connection, after a frame over its limit (1009): so does the edge, and no other", async () => {
    const server = { maxHttpBufferSize: 10_000 };
    const pool = await ContinuityPool.open({ ...STOCK, server });
    // A stock server's limit is the one that it tells, to which the edge holds its clients itself.
    for (const origin of pool.origins) await origin.order({ do: "advertise", maxPayload: 1e6 });
    const clients = await crew(pool, 6);
    const [one, ...rest] = clients;
    if (one === undefined) throw new Error("Expected clients, got none.");
    one.socket.emit("up", "x".repeat(20_000));
    await endedOnly([one], rest, "transport close");
    expect(pool.edgeLog).toMatch(/payload too large/);
  });

  test("a connection that joined no namespace in time (connectTimeout): so does the edge", async () => {
    const pool = await ContinuityPool.open({ ...STOCK, server: { connectTimeout: 200 } });
    const { socket } = await openByWebSocket(pool.url);
    const [code] = await next(socket, "close");
    expect(code).toBe(1005);
  });
});

test("a namespace that its server has ended leaves the connection's others as they are", async () => {
  const pool = await ContinuityPool.open({ origins: 1 });
  const one = new ContinuityClient(pool.url, { mode: WEBSOCKET });
  const other = one.socket.io.socket("/other", { auth: { name: one.name } }).connect();
  await allConnected([one]);
  await vi.waitFor(() => expect(other.connected).toBe(true), SOON);
  await pool.origin(0).order(end("disconnect", one.id));
  await endedOnly([one], [], "io server disconnect");
  const still = next(other, "still here");
  await pool.origin(0).order({ do: "emit", nsp: "/other", args: ["still here"] });
  await still;
  expect(other.connected).toBe(true);
});

describe("a server with mooring/origin that can recover", () => {
  const RECOVERING: PoolOptions = { origins: 2 };

  test("is lost by io.close(), which it has announced: no client notices", async () => {
    const { pool, clients, others } = await stage(RECOVERING);
    await pool.origin(0).order(end("io.close"));
    await vi.waitFor(async () => {
      const names = await namesAt(pool, "o1");
      expect(names.size).toBe(clients.length + others.length);
    }, SOON);
    await Promise.all(clients.map((client) => client.echo()));
    expect([...clients, ...others].filter((client) => client.isDisturbed)).toEqual([]);
  });

  test.each([
    ["conn.close()", "conn.close", "transport close"],
    ["socket.disconnect(true)", "disconnect-connection", "io server disconnect"],
  ] as const)("has ended a connection by %s: so does the edge", async (_title, how, reason) => {
    const { pool, clients, others } = await stage(RECOVERING);
    const [one, ...rest] = clients;
    if (one === undefined) throw new Error("Expected clients, got none.");
    await pool.origin(0).order(end(how, one.id));
    await endedOnly([one], [...rest, ...others], reason);
    // Nothing moors it again after that.
    await vi.waitFor(() => expect(pool.edgeLog).toContain('"session-ended"'), SOON);
    expect(pool.edgeLog).not.toContain('"session-moored"');
    expect((await pool.sockets()).map(({ id }) => id)).not.toContain(one.id);
  });
});
