import { describe, expect, test, vi } from "vitest";
import type { ContinuityClient } from "../../support/continuity-client.ts";
import { crew, namesAt, noticed, pause, SOON } from "../../support/continuity-crew.ts";
import type { ContinuityOrigin } from "../../support/continuity-origin.ts";
import { ContinuityPool, type PoolOptions } from "../../support/continuity-pool.ts";
import { ContinuityProxy } from "../../support/continuity-proxy.ts";
import { Traffic } from "../../support/continuity-traffic.ts";

const PING_LATE_MS = 500;

/** A silent origin is noticed in a second and a half. */
const OPTIONS: PoolOptions = {
  vars: { ON_PENDING_ACKS: "replay", ORIGIN_PING_LATE: `${PING_LATE_MS}ms` },
  server: { pingInterval: 1000, pingTimeout: 8000 },
};

async function stage(
  options: PoolOptions = {},
): Promise<{ pool: ContinuityPool; clients: ContinuityClient[]; traffic: Traffic }> {
  const pool = await ContinuityPool.open({ ...OPTIONS, ...options });
  const clients = await crew(pool, 15);
  return { pool, clients, traffic: await Traffic.begin(pool, clients) };
}

/** The same, with a network of the test's between the edge and its first origin. */
async function networked(): Promise<
  Awaited<ReturnType<typeof stage>> & { readonly proxy: ContinuityProxy }
> {
  const proxies: ContinuityProxy[] = [];
  const via = async (origin: ContinuityOrigin): Promise<string> => {
    const proxy = await ContinuityProxy.to(origin.port);
    proxies.push(proxy);
    return proxy.url;
  };
  const staged = await stage({ via });
  const [proxy] = proxies;
  if (proxy === undefined) throw new Error("Expected a proxy, got none.");
  return { ...staged, proxy };
}

/** Kills those origins together, and resolves when the edge has noticed of all their sessions. */
async function killed(pool: ContinuityPool, origins: readonly ContinuityOrigin[]): Promise<void> {
  const sizes = await Promise.all(
    origins.map(async ({ name }) => (await namesAt(pool, name)).size),
  );
  await Promise.all(origins.map((origin) => origin.signal("SIGKILL")));
  await noticed(
    pool,
    sizes.reduce((sum, size) => sum + size),
  );
}

/** Resolves when no client is at that origin. */
async function left(pool: ContinuityPool, origin: string): Promise<void> {
  await vi.waitFor(async () => expect([...(await namesAt(pool, origin))]).toEqual([]), SOON);
}

describe("no client notices", () => {
  test("an origin that freezes, nor that it goes on later", async () => {
    const { pool, clients, traffic } = await stage();
    const [frozen, second] = pool.origins;
    if (!frozen || !second) throw new Error("Expected origins.");
    const names = await namesAt(pool, frozen.name);
    await frozen.signal("SIGSTOP");
    await noticed(pool, names.size);
    await Promise.all(clients.filter(({ name }) => names.has(name)).map((client) => client.echo()));
    await frozen.signal("SIGCONT");
    await left(pool, frozen.name);
    expect(await traffic.faults()).toEqual([]);
  });

  test("a network to an origin that swallows everything", async () => {
    const { pool, traffic, proxy } = await networked();
    proxy.blacken();
    await left(pool, "o0");
    proxy.brighten();
    expect(await traffic.faults()).toEqual([]);
  });

  test("a network that resets every connection to an origin", async () => {
    const { pool, traffic, proxy } = await networked();
    proxy.reset();
    await left(pool, "o0");
    expect(await traffic.faults()).toEqual([]);
  });

  test.each(["edge", "origin"] as const)(
    "connections of which the %s alone sees the end",
    async (side) => {
      const { pool, traffic, proxy } = await networked();
      proxy.halfClose(side);
      await left(pool, "o0");
      expect(await traffic.faults()).toEqual([]);
    },
  );

  test("an origin that is killed and at once there again, on its port", async () => {
    const { pool, traffic } = await stage();
    const sessions = await namesAt(pool, "o0");
    await pool.origin(0).signal("SIGKILL");
    await pool.restart(0);
    await pool.linked();
    await noticed(pool, sessions.size);
    await traffic.stream("o0");
    await traffic.flows();
    expect(await traffic.faults()).toEqual([]);
  });

  test("two of three origins that are killed together", async () => {
    const { pool, traffic } = await stage();
    await killed(pool, pool.origins.slice(0, 2));
    expect(await traffic.faults()).toEqual([]);
  });

  test("three of three origins that are killed, when one is back in time", async () => {
    const { pool, traffic } = await stage();
    await killed(pool, pool.origins);
    await pause(500);
    await pool.restart(1);
    await traffic.stream("o1");
    await traffic.flows();
    expect(await traffic.faults()).toEqual([]);
  });
});

describe("clients hear of it", () => {
  test("when three of three origins are killed, and none is back in time", async () => {
    // With no ping meanwhile: a client that polls anew at the very end is told 400, and hears "transport error".
    const pool = await ContinuityPool.open({ vars: { ORIGIN_LOSS_GRACE: "1s" } });
    const clients = await crew(pool, 9, { reconnection: true });
    const killedAt = performance.now();
    await Promise.all(pool.origins.map((origin) => origin.signal("SIGKILL")));
    await vi.waitFor(() => {
      for (const { disconnects } of clients) expect(disconnects).toEqual(["transport close"]);
    }, SOON);
    expect(performance.now() - killedAt).toBeGreaterThan(900);
    const { status, headers } = await fetch(`${pool.url}/socket.io/?EIO=4&transport=polling`);
    expect([status, Number(headers.get("retry-after")) > 0]).toEqual([503, true]);
    await pool.restart(2);
    await vi.waitFor(() => {
      for (const { socket } of clients) expect(socket.connected).toBe(true);
    }, SOON);
    await Promise.all(clients.map((client) => client.echo()));
  });

  test.each(["connect", "handshake"] as const)(
    "when the next origin refuses what has expired: %s",
    async (how) => {
      const pool = await ContinuityPool.open({
        origins: 2,
        server: { connectionStateRecovery: { skipMiddlewares: false } },
      });
      const clients = await crew(pool, 8);
      const names = await namesAt(pool, "o0");
      await pool.origin(1).order({ do: "refuse", how });
      await pool.origin(0).signal("SIGKILL");
      await vi.waitFor(() => {
        for (const { name, disconnects } of clients) {
          expect(disconnects).toEqual(names.has(name) ? ["transport close"] : []);
        }
      }, SOON);
      // Told by CONNECT_ERROR alone, a stock client would believe itself connected.
      const lost = clients.filter(({ name }) => names.has(name));
      expect(lost.filter(({ socket }) => socket.connected)).toEqual([]);
    },
  );

  test("when it has sent what kills servers, of which two are left", async () => {
    const pool = await ContinuityPool.open({ ...OPTIONS, origins: 4 });
    const clients = await crew(pool, 12);
    const [killer, ...others] = clients;
    if (killer === undefined) throw new Error("Expected clients, got none.");
    killer.socket.emit("kill", () => {});
    await vi.waitFor(() => expect(killer.disconnects).toEqual(["transport close"]), SOON);
    await Promise.all(others.map((client) => client.echo()));
    expect(others.filter((client) => client.isDisturbed)).toEqual([]);
    expect(pool.living).toHaveLength(2);
  });
});
