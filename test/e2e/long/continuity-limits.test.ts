import * as msgpack from "socket.io-msgpack-parser";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createAdapter } from "../../../src/origin/origin.ts";
import { CLIENT_MODES, createClient, joined, WEBSOCKET } from "../../support/clients.ts";
import { crew, namesAt, SOON } from "../../support/continuity-crew.ts";
import { ContinuityPool, type PoolOptions, TOKEN } from "../../support/continuity-pool.ts";
import { disconnection } from "../../support/events.ts";
import { startOrigin } from "../../support/origin.ts";
import { startPool, TOKEN as POOL_TOKEN } from "../../support/pool-edge.ts";

const PATIENT = { timeout: 30_000, interval: 20 };

describe("an event that kills its server is handed on to no other", () => {
  test.each([
    ["with an ack, by default", "close", true],
    ["with an ack that nobody waits for", "keep", true],
    ["without an ack, though what has one is asked again", "replay", false],
  ] as const)("%s", async (_title, onPendingAcks, hasAck) => {
    const pool = await ContinuityPool.open({ vars: { ON_PENDING_ACKS: onPendingAcks } });
    const clients = await crew(pool, 9);
    const [killer, ...others] = clients;
    if (killer === undefined) throw new Error("Expected clients, got none.");
    killer.socket.emit("kill", ...(hasAck ? [() => {}] : []));
    await vi.waitFor(() => expect(pool.living).toHaveLength(2), SOON);
    const wanted = onPendingAcks === "close" ? ["transport close"] : [];
    await vi.waitFor(async () => {
      expect(killer.disconnects).toEqual(wanted);
      expect(await pool.sockets()).toHaveLength(clients.length - wanted.length);
    }, SOON);
    const left = killer.disconnects.length > 0 ? others : clients;
    await Promise.all(left.map((client) => client.echo()));
    expect(left.filter((client) => client.isDisturbed)).toEqual([]);
    expect(pool.living).toHaveLength(2);
  });
});

test("whatever happens to sessions, no id of theirs is whole in the log, and no token", async () => {
  const pool = await ContinuityPool.open({ vars: { MAX_HOLD_BYTES: "2000", DRAIN_TIMEOUT: "2s" } });
  const clients = await crew(pool, 9);
  const sids = clients.map(({ socket }) => socket.io.engine.id ?? "");
  for (const { socket } of clients.slice(0, 3)) socket.emit("never", () => {});
  await pool.drain("o2");
  await vi.waitFor(async () => expect(await namesAt(pool, "o2")).toEqual(new Set()), SOON);
  await Promise.all([pool.origin(0), pool.origin(1)].map((origin) => origin.signal("SIGKILL")));
  for (const { socket } of clients) {
    for (let n = 0; n < 4; n++) socket.emit("up", "x".repeat(1000));
  }
  const events = ["session-opened", "session-left-origin", "session-moored", "session-ended"];
  await vi.waitFor(() => {
    for (const event of events) expect(pool.edgeLog).toContain(event);
  }, SOON);
  expect(sids.map((sid) => sid.length)).toEqual(sids.map(() => 59));
  for (const secret of [...sids, TOKEN]) expect(pool.edgeLog.includes(secret)).toBe(false);
});

describe("a session is closed, and never brought back with a gap,", { timeout: 60_000 }, () => {
  const times = { pingInterval: 1500, pingTimeout: 2000 };

  test.each<[string, PoolOptions]>([
    ["as more was emitted meanwhile than is remembered", { pastBytes: 65_536 }],
    [
      "as it was away for longer than is remembered",
      { server: { connectionStateRecovery: { maxDisconnectionDuration: 500 } } },
    ],
  ])("%s", async (_title, options) => {
    const pool = await ContinuityPool.open({
      vars: { ORIGIN_LOSS_GRACE: "5s" },
      ...options,
      server: { ...times, ...options.server },
    });
    const clients = await crew(pool, 9);
    const names = await namesAt(pool, "o0");
    const lost = clients.filter(({ name }) => names.has(name));
    const emit = (n: number): Promise<unknown> =>
      pool.origin(1).order({ do: "emit", args: ["stream", "s", n, "x".repeat(5000)] });
    await emit(0);
    await vi.waitFor(() => {
      for (const { streams } of clients) expect(streams.get("s")).toBe(0);
    }, SOON);
    await pool.origin(0).signal("SIGSTOP");
    for (let n = 1; n <= 40; n++) await emit(n);
    await vi.waitFor(() => {
      for (const { disconnects } of lost) expect(disconnects).toEqual(["transport close"]);
    }, PATIENT);
    for (const client of clients) {
      expect(client.faults).toEqual([]);
      expect([client.name, client.streams.get("s")]).toEqual([
        client.name,
        lost.includes(client) ? 0 : 40,
      ]);
    }
    const left = clients.filter((client) => !lost.includes(client));
    expect(left.filter((client) => client.isDisturbed)).toEqual([]);
  });

  test("but is brought back with all of it where that is remembered", async () => {
    const pool = await ContinuityPool.open({ server: times });
    const clients = await crew(pool, 9);
    await pool.origin(0).signal("SIGSTOP");
    for (let n = 0; n <= 40; n++) {
      await pool.origin(1).order({ do: "emit", args: ["stream", "s", n, "x".repeat(5000)] });
    }
    await vi.waitFor(() => {
      for (const { name, streams, disconnects } of clients) {
        expect([name, disconnects, streams.get("s")]).toEqual([name, [], 40]);
      }
    }, PATIENT);
    expect(clients.flatMap(({ faults }) => faults)).toEqual([]);
    expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
  });
});

describe("a session ends with its server, which could be brought back otherwise,", () => {
  test.each(CLIENT_MODES)("by another parser: $name", async (mode) => {
    const [one, two] = [await startOrigin(), await startOrigin()];
    onTestFinished(() => two.stop());
    const edge = await startPool({
      ORIGINS: `one=${one.url}, two=${two.url}`,
      BALANCE: "round-robin",
    });
    const servers = [one, two].map((origin) =>
      origin.serve({
        parser: msgpack,
        adapter: createAdapter({ url: edge.url, token: POOL_TOKEN, onWarning: () => {} }),
        connectionStateRecovery: {},
      }),
    );
    const clients = Array.from({ length: 4 }, () =>
      createClient(edge.url, mode, { parser: msgpack }),
    );
    await Promise.all(clients.map((client) => joined(client)));
    const lost = clients.filter(({ id }) => servers[0]?.of("/").sockets.has(id ?? ""));
    expect(lost.length).toBeGreaterThan(0);
    const ends = Promise.all(lost.map((client) => disconnection(client)));
    await one.stop();
    expect(await ends).toEqual(lost.map(() => "transport close"));
    const left = clients.filter((client) => !lost.includes(client));
    expect(left.filter(({ connected }) => !connected)).toEqual([]);
  });

  test("by a WebSocket that its pool passes through", async () => {
    const pool = await ContinuityPool.open({ origins: 2, vars: { WEBSOCKET: "pass" } });
    const clients = await crew(pool, 18);
    const names = await namesAt(pool, "o0");
    const lost = clients.filter(({ mode, name }) => mode === WEBSOCKET && names.has(name));
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThan(names.size);
    await pool.origin(0).signal("SIGKILL");
    await vi.waitFor(() => {
      for (const { disconnects } of lost) expect(disconnects).toHaveLength(1);
    }, SOON);
    const left = clients.filter((client) => !lost.includes(client));
    await Promise.all(left.map((client) => client.echo()));
    expect(left.filter((client) => client.isDisturbed)).toEqual([]);
  });
});
