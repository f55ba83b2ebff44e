import { describe, expect, test, vi } from "vitest";
import { BinaryTraffic } from "../../support/continuity-bytes.ts";
import type { ContinuityClient } from "../../support/continuity-client.ts";
import { crew, namesAt, SOON, uplinks } from "../../support/continuity-crew.ts";
import { Forgotten } from "../../support/continuity-forgotten.ts";
import type { ContinuityLine } from "../../support/continuity-orders.ts";
import { ContinuityPool, type PoolOptions } from "../../support/continuity-pool.ts";
import { Traffic } from "../../support/continuity-traffic.ts";

const OPTIONS: PoolOptions = { closeOn: true, vars: { DRAIN_RATE: "100" } };

const PATIENT = { timeout: 20_000, interval: 20 };

/** For what waits for acks that never come. */
const VERY = { timeout: 50_000, interval: 20 };

async function stage(
  options: PoolOptions = {},
): Promise<{ pool: ContinuityPool; clients: ContinuityClient[]; traffic: Traffic }> {
  const pool = await ContinuityPool.open({ ...OPTIONS, ...options });
  const clients = await crew(pool, 24);
  return { pool, clients, traffic: await Traffic.begin(pool, clients) };
}

describe("no client notices", () => {
  test("that all three servers are drained and started anew, one after the other", async () => {
    const { pool, clients, traffic } = await stage();
    for (const [i, { name }] of pool.origins.entries()) {
      await pool.drain(name);
      await vi.waitFor(async () => expect(await namesAt(pool, name)).toEqual(new Set()), PATIENT);
      await pool.origin(i).signal("SIGKILL");
      await pool.restart(i);
      await pool.linked();
      await pool.ready(name);
      await traffic.stream(name);
    }
    await traffic.flows();
    expect(await traffic.faults()).toEqual([]);
    expect(lost(clients, pool.lines)).toEqual([]);
    const moves = movesOf(pool.lines);
    expect(moves.length).toBeGreaterThanOrEqual(clients.length);
    expect(moves.filter((move) => move !== "ended, then begun")).toEqual([]);
  });

  test("that all three servers are told to end by SIGTERM, and started anew", async () => {
    const { pool, clients, traffic } = await stage();
    for (const [i, { name }] of pool.origins.entries()) {
      await pool.origin(i).signal("SIGTERM");
      await pool.restart(i);
      await pool.linked();
      await traffic.stream(name);
    }
    await traffic.flows();
    expect(await traffic.faults()).toEqual([]);
    expect(lost(clients, pool.lines)).toEqual([]);
    const moves = movesOf(pool.lines);
    expect(moves.length).toBeGreaterThanOrEqual(clients.length);
    expect(moves.filter((move) => move !== "ended, then begun")).toEqual([]);
  });

  test("that servers are drained while rooms are joined and data is set", async () => {
    const pool = await ContinuityPool.open(OPTIONS);
    const clients = await crew(pool, 18);
    const rooms: string[] = [];
    const joining = setInterval(() => {
      const room = `room ${rooms.length}`;
      rooms.push(room);
      for (const { socket } of clients) {
        socket.emit("join", room);
        socket.emit("login", room);
      }
    }, 15);
    for (const { name } of pool.origins) {
      await pool.drain(name);
      await vi.waitFor(async () => expect(await namesAt(pool, name)).toEqual(new Set()), PATIENT);
      await pool.ready(name);
    }
    clearInterval(joining);
    const wanted = rooms.toSorted();
    await vi.waitFor(async () => {
      for (const { data, rooms: had } of await pool.sockets()) {
        expect([data.name, wanted.filter((room) => !had.includes(room))]).toEqual([data.name, []]);
        expect(data["user"]).toBe(rooms.at(-1));
      }
    }, SOON);
    expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
  });

  test("that all three forget acks now and then, and are drained and started anew", async () => {
    const { pool, clients, traffic } = await stage();
    const binary = new BinaryTraffic(clients, 150);
    const forgotten = new Forgotten(clients, 12_000);
    await forgotten.round();
    for (const [i, { name }] of pool.origins.entries()) {
      const drainedAt = performance.now();
      await pool.drain(name);
      await vi.waitFor(async () => expect(await namesAt(pool, name)).toEqual(new Set()), VERY);
      // Of some there is a question that has just been asked: these stay until it is 10 s old.
      expect(performance.now() - drainedAt).toBeGreaterThan(6000);
      await pool.origin(i).signal("SIGKILL");
      await pool.restart(i);
      await pool.linked();
      await pool.ready(name);
      await traffic.stream(name);
    }
    forgotten.end();
    expect(await binary.faults(() => pool.lines)).toEqual([]);
    expect(await traffic.faults()).toEqual([]);
    expect(lost(clients, pool.lines)).toEqual([]);
    expect(forgotten.faults(pool.lines)).toEqual([]);
    const moves = movesOf(pool.lines);
    expect(moves.length).toBeGreaterThanOrEqual(clients.length);
    expect(moves.filter((move) => move !== "ended, then begun")).toEqual([]);
  }, 180_000);

  // Then there is no quiet moment, and what is left is moored elsewhere when the server closes. Who asks then is not
  // answered either: there are no echoes.
  test("that all three forget acks all the time, and are told to end by SIGTERM, with `keep`", async () => {
    const vars = { ...OPTIONS.vars, ON_PENDING_ACKS: "keep" };
    const { pool, clients, traffic } = await stage({ drainMs: 3000, vars });
    const binary = new BinaryTraffic(clients, 150);
    const forgotten = new Forgotten(clients, 1000);
    for (const client of clients) {
      client.hush();
      client.talk(50, 0);
    }
    await forgotten.round();
    for (const [i, { name }] of pool.origins.entries()) {
      const toldAt = performance.now();
      await pool.origin(i).signal("SIGTERM");
      expect(performance.now() - toldAt).toBeGreaterThan(2500);
      await pool.restart(i);
      await pool.linked();
      await traffic.stream(name);
    }
    forgotten.end();
    expect(await binary.faults(() => pool.lines)).toEqual([]);
    expect(await traffic.faults()).toEqual([]);
    expect(lost(clients, pool.lines)).toEqual([]);
    expect(forgotten.faults(pool.lines)).toEqual([]);
  }, 120_000);

  test("that a server is drained that never answers what it is asked", async () => {
    const { pool, clients, traffic } = await stage();
    for (const { socket } of clients) socket.emit("never", () => {});
    await asked(pool, clients.length);
    await pool.drain("o0");
    await vi.waitFor(async () => expect(await namesAt(pool, "o0")).toEqual(new Set()), PATIENT);
    expect(await traffic.faults()).toEqual([]);
  });
});

test("what is left after the drain's time is closed", async () => {
  const pool = await ContinuityPool.open({ ...OPTIONS, vars: { DRAIN_TIMEOUT: "4s" } });
  const clients = await crew(pool, 12);
  const names = await namesAt(pool, "o0");
  const asking = clients.filter(({ name }, i) => names.has(name) && i % 2 === 0);
  for (const { socket } of asking) socket.emit("never", () => {});
  expect(asking.length).toBeGreaterThan(0);
  await asked(pool, asking.length);
  await pool.drain("o0");
  await vi.waitFor(async () => expect(await namesAt(pool, "o0")).toEqual(new Set()), PATIENT);
  await vi.waitFor(() => {
    for (const client of clients) {
      expect(client.disconnects).toEqual(asking.includes(client) ? ["transport close"] : []);
    }
  }, SOON);
});

/** Resolves when so many questions that nobody answers have come to a server. */
async function asked(pool: ContinuityPool, count: number): Promise<void> {
  await vi.waitFor(() => {
    expect(pool.lines.filter(([, what]) => what === "never")).toHaveLength(count);
  }, SOON);
}

/** Of what the clients have emitted `up`, what has not come to a server once and in order. */
function lost(clients: readonly ContinuityClient[], lines: readonly ContinuityLine[]): string[] {
  const all = uplinks(lines);
  return clients.flatMap(({ name, upNext }) => {
    const had = all.get(name) ?? [];
    const isAll = had.length === upNext && had.every((n, i) => n === i);
    return isAll ? [] : [`${name}: of ${upNext} there are ${had.length}, up to ${had.at(-1)}`];
  });
}

/** How each client went from one server to another, by what the applications saw. */
function movesOf(lines: readonly ContinuityLine[]): string[] {
  const open = new Map<string, number>();
  const moves: string[] = [];
  for (const [, what, , name] of lines) {
    if (what !== "connection" && what !== "disconnect") continue;
    const key = String(name);
    const count = (open.get(key) ?? 0) + (what === "connection" ? 1 : -1);
    if (what === "connection" && open.has(key)) {
      moves.push(count === 1 ? "ended, then begun" : `begun before ended: ${key}`);
    }
    open.set(key, count);
  }
  return moves;
}
