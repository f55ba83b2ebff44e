import { describe, expect, test, vi } from "vitest";
import type { ContinuityClient } from "../../support/continuity-client.ts";
import { crew, namesAt, pause, SOON } from "../../support/continuity-crew.ts";
import type { ContinuityLine } from "../../support/continuity-orders.ts";
import { ContinuityPool, type PoolOptions } from "../../support/continuity-pool.ts";
import { Traffic } from "../../support/continuity-traffic.ts";

const OPTIONS: PoolOptions = { closeOn: true, vars: { DRAIN_RATE: "100" } };

const PATIENT = { timeout: 20_000, interval: 20 };

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
    await pause(200);
    expect(await traffic.faults()).toEqual([]);
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
    await pause(200);
    expect(await traffic.faults()).toEqual([]);
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

  test("that a server is drained that never answers what it is asked", async () => {
    const { pool, clients, traffic } = await stage();
    for (const { socket } of clients) socket.emit("never", () => {});
    await pause(50);
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
  await pause(50);
  expect(asking.length).toBeGreaterThan(0);
  await pool.drain("o0");
  await vi.waitFor(async () => expect(await namesAt(pool, "o0")).toEqual(new Set()), PATIENT);
  await vi.waitFor(() => {
    for (const client of clients) {
      expect(client.disconnects).toEqual(asking.includes(client) ? ["transport close"] : []);
    }
  }, SOON);
});

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
