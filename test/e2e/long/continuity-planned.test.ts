import type { Socket as ServerSocket } from "socket.io";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createAdapter } from "../../../src/origin/origin.ts";
import { createClient, joined, POLLING } from "../../support/clients.ts";
import { crew, namesAt, pause, SOON } from "../../support/continuity-crew.ts";
import { ContinuityPool, type PoolOptions } from "../../support/continuity-pool.ts";
import { Traffic } from "../../support/continuity-traffic.ts";
import { startOrigin } from "../../support/origin.ts";
import { startPool, TOKEN } from "../../support/pool-edge.ts";
import { hasRedis, startRedis } from "../../support/redis.ts";

const PATIENT = { timeout: 25_000, interval: 20 };

/** How many clients an origin has, at each of some instants from now on, in s, until it has that many. */
async function counted(
  pool: ContinuityPool,
  origin: string,
  until: number,
): Promise<{ at: number; count: number }[]> {
  const counts: { at: number; count: number }[] = [];
  const begin = performance.now();
  await vi.waitFor(async () => {
    const { size } = await namesAt(pool, origin);
    counts.push({ at: (performance.now() - begin) / 1000, count: size });
    expect(size).toBe(until);
  }, PATIENT);
  return counts;
}

/** How many clients each origin has. */
function sizes(pool: ContinuityPool): Promise<number[]> {
  return Promise.all(pool.origins.map(async ({ name }) => (await namesAt(pool, name)).size));
}

/** Why that origin's sockets ended, by its own handlers. */
function endsAt(pool: ContinuityPool, origin: string): string[] {
  const ends = pool.lines.filter(([at, what]) => at === origin && what === "disconnect");
  return ends.map(([, , , , , reason]) => String(reason));
}

describe("sessions leave, and no client notices,", () => {
  test("a drained origin at its rate and no faster, as ended transports", async () => {
    const pool = await ContinuityPool.open({ origins: 2, vars: { DRAIN_RATE: "4" } });
    const clients = await crew(pool, 24);
    expect((await namesAt(pool, "o0")).size).toBe(12);
    await pool.drain("o0");
    // The first is asked for at once.
    for (const { at, count } of await counted(pool, "o0", 0)) {
      expect(12 - count).toBeLessThanOrEqual(4 * at + 2);
    }
    expect(endsAt(pool, "o0")).toEqual(Array.from({ length: 12 }, () => "transport close"));
    expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
  });

  test("those that have too many at its rate and no faster, and none goes to a backup", async () => {
    const pool = await ContinuityPool.open({
      origins: 4,
      vars: { REBALANCE: "true", REBALANCE_RATE: "2" },
    });
    await pool.mooring("remove", "o3");
    await pool.mooring("add", pool.origin(3).url, "--name", "o3", "--backup");
    await pool.drain("o2");
    const clients = await crew(pool, 24);
    expect((await namesAt(pool, "o0")).size).toBe(12);
    await pool.ready("o2");
    // One more than its share is level.
    for (const { at, count } of await counted(pool, "o2", 7)) {
      expect(count).toBeLessThanOrEqual(2 * 2 * at + 2);
    }
    // Time for the last of them; then there is nothing to move any more.
    await pause(2000);
    const { length } = pool.lines;
    await pause(2000);
    expect(pool.lines.slice(length)).toEqual([]);
    expect((await sizes(pool)).filter((size, i) => size > (i < 3 ? 9 : 0))).toEqual([]);
    expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
  });

  test("to a server in its slow start as its share grows", async () => {
    const pool = await ContinuityPool.open({
      vars: { REBALANCE: "true", REBALANCE_RATE: "100", SLOW_START: "10s" },
    });
    await pool.drain("o2");
    const clients = await crew(pool, 24);
    await pool.ready("o2");
    const counts = await counted(pool, "o2", 7);
    for (const { at, count } of counts) {
      const weight = 0.1 + 0.9 * Math.min(1, at / 10);
      // The pool's clock may be a little ahead of ours, and one more than its share is level.
      expect(count).toBeLessThanOrEqual((24 * weight) / (2 + weight) + 1.5);
    }
    expect(counts.some(({ count }) => count > 2 && count < 6)).toBe(true);
    expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
  });

  test("for a canary that is added with no weight, gets a tenth, and is drained, under traffic", async () => {
    const pool = await ContinuityPool.open({
      vars: { REBALANCE: "true", REBALANCE_RATE: "100", ON_PENDING_ACKS: "replay" },
    });
    await pool.mooring("remove", "o2");
    const clients = await crew(pool, 40);
    const traffic = await Traffic.begin(pool, clients);
    await pool.mooring("add", pool.origin(2).url, "--name", "o2", "--weight", "0");
    await pool.mooring("weight", "o0", "45");
    await pool.mooring("weight", "o1", "45");
    expect(await namesAt(pool, "o2")).toEqual(new Set());
    await pool.mooring("weight", "o2", "10");
    // What is one session above its share is level.
    const uneven = async (): Promise<number[]> =>
      (await sizes(pool)).filter((size, i) => size > (i < 2 ? 19 : 5));
    await vi.waitFor(async () => expect(await uneven()).toEqual([]), PATIENT);
    await pause(2500);
    expect(await uneven()).toEqual([]);
    await pool.mooring("drain", "o2");
    await vi.waitFor(async () => expect(await namesAt(pool, "o2")).toEqual(new Set()), PATIENT);
    expect(await traffic.faults()).toEqual([]);
  });

  test("three servers that forget answers, drained and started anew one after the other", async () => {
    const pool = await ContinuityPool.open({ vars: { ON_PENDING_ACKS: "keep" } });
    const clients = await crew(pool, 12);
    const traffic = await Traffic.begin(pool, clients);
    for (const [i, { name }] of pool.origins.entries()) {
      for (const { socket } of clients) socket.emit("never", () => {});
      await pool.drain(name);
      await vi.waitFor(async () => expect(await namesAt(pool, name)).toEqual(new Set()), PATIENT);
      await pool.origin(i).signal("SIGKILL");
      await pool.restart(i);
      await pool.linked();
      await pool.ready(name);
      await traffic.stream(name);
    }
    await pause(200);
    expect(await traffic.faults()).toEqual([]);
  }, 120_000);

  test("to a server whose handlers find the handshake, the auth and the last cookie", async () => {
    const origins = { one: await startOrigin(), two: await startOrigin() };
    const { one, two } = origins;
    onTestFinished(async () => void (await Promise.all([one.stop(), two.stop()])));
    const edge = await startPool({ ORIGINS: `one=${one.url}, two=${two.url}` });
    const sockets: { at: string; socket: ServerSocket }[] = [];
    for (const [at, origin] of Object.entries(origins)) {
      const adapter = createAdapter({ url: edge.url, token: TOKEN, onWarning: () => {} });
      const io = origin.serve({ adapter, connectionStateRecovery: {} });
      io.on("connection", (socket) => {
        sockets.push({ at, socket });
        socket.on("echo", (answer: () => void) => answer());
      });
    }
    const extraHeaders = { cookie: "old=1", "x-mine": "yes" };
    const auth = { token: "mine" };
    const client = createClient(edge.url, POLLING, { extraHeaders, auth, query: { room: "9" } });
    await joined(client);
    extraHeaders.cookie = "new=2";
    await client.emitWithAck("echo");
    await fetch(`${edge.url}/mooring/api/pools/default/origins/${sockets[0]?.at}/drain`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    await vi.waitFor(() => expect(sockets).toHaveLength(2), PATIENT);
    expect(sockets.map(({ socket }) => socket.recovered)).toEqual([false, true]);
    expect(sockets[1]?.socket.handshake).toMatchObject({
      auth,
      query: { room: "9" },
      headers: { "x-mine": "yes", cookie: "new=2" },
    });
  });
});

describe("of servers with another adapter", () => {
  const IN_MEMORY: PoolOptions = {
    origins: 2,
    isRecovering: false,
    server: { connectionStateRecovery: {} },
  };

  test("Socket.IO's own, a drained one's sessions are not found at the next, and come back", async () => {
    const pool = await ContinuityPool.open(IN_MEMORY);
    const clients = await crew(pool, 8, { reconnection: true });
    for (const origin of pool.origins) await origin.order({ do: "emit", args: ["stream", "s", 0] });
    await vi.waitFor(() => {
      for (const { streams } of clients) expect(streams.get("s")).toBe(0);
    }, SOON);
    const names = await namesAt(pool, "o0");
    const before = pool.lines.length;
    await pool.drain("o0");
    await vi.waitFor(async () => {
      expect((await namesAt(pool, "o1")).size).toBe(clients.length);
      for (const { name, disconnects, recoveries } of clients) {
        expect(disconnects).toEqual(names.has(name) ? ["transport close"] : []);
        // Those of 2021 say nothing of it.
        expect(recoveries.filter(Boolean)).toEqual([]);
      }
    }, PATIENT);
    // The handlers of the next server have run once for nothing.
    const lines = pool.lines
      .slice(before)
      .filter(([at, , , name]) => at === "o1" && names.has(String(name)));
    for (const name of names) {
      const whats = lines.filter((line) => line[3] === name).map(([, what]) => what);
      expect(whats.toSorted()).toEqual(["connection", "connection", "disconnect"]);
    }
  });

  test.skipIf(!hasRedis)("with a store, io.close() moves them, and no client notices", async () => {
    const pool = await ContinuityPool.open({ origins: 2, redis: await startRedis() });
    const clients = await crew(pool, 8);
    for (const { socket, name } of clients) socket.emit("join", `room of ${name}`);
    await Promise.all(clients.map((client) => client.echo()));
    await pool.origin(0).order({ do: "emit", args: ["stream", "s", 0] });
    await vi.waitFor(() => {
      for (const { streams } of clients) expect(streams.get("s")).toBe(0);
    }, SOON);
    await pool.origin(0).order({ do: "end", how: "io.close" });
    await vi.waitFor(async () => {
      const found = (await pool.sockets()).filter(({ origin }) => origin === "o1");
      expect(found.map(({ id, rooms }) => `${id} ${rooms.join()}`).toSorted()).toEqual(
        clients.map(({ id, name }) => `${id} room of ${name}`).toSorted(),
      );
    }, PATIENT);
    expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
  });

  test.skipIf(!hasRedis)("with a store, one that hangs is told of when it is noticed", async () => {
    const pool = await ContinuityPool.open({
      origins: 2,
      redis: await startRedis(),
      server: { pingInterval: 1500, pingTimeout: 3000 },
    });
    const clients = await crew(pool, 8, { reconnection: true });
    const names = await namesAt(pool, "o0");
    const begin = performance.now();
    await pool.origin(0).signal("SIGSTOP");
    await vi.waitFor(() => {
      for (const { name, disconnects, socket } of clients) {
        expect(disconnects).toEqual(names.has(name) ? ["transport close"] : []);
        expect(socket.connected).toBe(true);
      }
    }, PATIENT);
    const noticedMs = performance.now() - begin;
    expect(noticedMs).toBeGreaterThan(2900);
    expect(noticedMs).toBeLessThan(4500 + 4000);
    await pool.origin(0).signal("SIGCONT");
  });
});
