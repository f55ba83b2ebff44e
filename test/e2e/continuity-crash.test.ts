import { describe, expect, test, vi } from "vitest";
import { upgraded } from "../support/clients.ts";
import type { ContinuityClient } from "../support/continuity-client.ts";
import {
  crew,
  namesAt,
  noticed,
  SOON,
  settled,
  uplinks,
  upgrading,
} from "../support/continuity-crew.ts";
import { ContinuityPool } from "../support/continuity-pool.ts";

/** Set by `npm run continuity`, which reports. */
const CLIENTS = Number(process.env["MOORING_CONTINUITY"] ?? 54);
const isReport = CLIENTS > 54;
/** Of the clients, so many are to work again within so many ms, beside what their echoes take anyway. */
const SHARE = 0.99;
const WITHIN_MS = isReport ? 500 : 2000;

describe("one of three origins is killed, with mooring/origin and recovery", () => {
  test("and no client notices: same ids, rooms and data, nothing lost or doubled", async () => {
    const pool = await ContinuityPool.open({ vars: { ON_PENDING_ACKS: "replay" } });
    const clients = await crew(pool, CLIENTS);
    const quiet = await crew(pool, 6, { nsp: "/quiet" });
    for (const client of clients) {
      client.socket.emit("login", `user of ${client.name}`);
      client.socket.emit("join", `room of ${client.name}`);
    }
    const midway = await Promise.all(Array.from({ length: 4 }, () => upgrading(pool)));
    const all = [...clients, ...midway.map(({ client }) => client)];
    for (const label of ["o0", "o1"]) {
      await pool.origin(Number(label.slice(1))).order({ do: "stream", label, everyMs: CLIENTS });
    }
    for (const client of clients) client.talk(CLIENTS, 5);
    await vi.waitFor(async () => {
      for (const { streams } of clients) {
        expect([...streams.keys()]).toEqual(expect.arrayContaining(["o0", "o1"]));
      }
      expect(await pool.sockets()).toHaveLength(all.length + quiet.length);
    }, SOON);
    await sent(clients, 5);
    const lost = await namesAt(pool, "o0");
    expect(lost.size).toBeGreaterThan(10);
    expect(midway.filter(({ client }) => lost.has(client.name)).length).toBeGreaterThan(0);
    expect(quiet.filter(({ name }) => lost.has(name)).length).toBeGreaterThan(0);

    const usual = await share(clients.map((client) => timeOf(client.echo())));

    const killed = pool.origin(0).signal("SIGKILL");
    const working = share(clients.map((client) => timeOf(client.echo())));
    await killed;
    // What goes to a dead process before anybody can know of its death is lost, as it is without an edge.
    await noticed(pool, lost.size);
    const sentBefore = new Map(all.map(({ name, upNext }) => [name, upNext]));
    await sent(clients, 5);
    for (const { goOn } of midway) goOn();
    await Promise.all(midway.map(({ client }) => upgraded(client.socket)));
    for (const client of clients) client.hush();
    for (const client of all) client.up();
    await settled(
      all,
      "o1",
      Number(await pool.origin(1).order({ do: "stop-stream", label: "o1" })),
    );

    const within = await working;
    report(`${lost.size} of ${all.length + quiet.length} clients lost their origin.`);
    report(`Before that, ${SHARE * 100} % were answered within ${usual.toFixed(0)} ms.`);
    report(`Then ${SHARE * 100} % worked again within ${within.toFixed(0)} ms.`);
    expect(within - usual).toBeLessThan(WITHIN_MS);
    expect([...all, ...quiet].filter((client) => client.isDisturbed)).toEqual([]);
    expect(all.flatMap(({ faults }) => faults)).toEqual([]);
    await vi.waitFor(() => {
      const numbers = uplinks(pool.lines);
      for (const { name, upNext } of all) {
        const after = numbers.get(name)?.filter((n) => n >= (sentBefore.get(name) ?? 0));
        const from = sentBefore.get(name) ?? 0;
        expect([name, after]).toEqual([
          name,
          Array.from({ length: upNext - from }, (_, i) => from + i),
        ]);
      }
    });
    const sockets = await pool.sockets();
    expect(sockets).toHaveLength(all.length + quiet.length);
    for (const { name, id } of clients) {
      expect(sockets.find((socket) => socket.id === id)).toMatchObject({
        rooms: [`room of ${name}`],
        data: { name, user: `user of ${name}` },
      });
    }
    for (const { name, id } of quiet) {
      expect(sockets.find((socket) => socket.id === id)).toMatchObject({ data: { name } });
    }
  });

  test.each([
    ["exactly those are closed that wait for an answer", "close"],
    ["nobody is closed", "keep"],
  ] as const)("and %s, with ON_PENDING_ACKS=%s", async (_title, onPendingAcks) => {
    const pool = await ContinuityPool.open({ vars: { ON_PENDING_ACKS: onPendingAcks } });
    const clients = await crew(pool, 24);
    const asking = clients.filter((_client, i) => i % 2 === 0);
    for (const { socket } of asking) socket.emit("never", () => {});
    await vi.waitFor(() => {
      expect(pool.lines.filter(([, what]) => what === "never")).toHaveLength(asking.length);
    }, SOON);
    const lost = await namesAt(pool, "o0");
    const doomed = asking.filter(({ name }) => lost.has(name));
    expect(doomed.length).toBeGreaterThan(0);
    expect(doomed.length).toBeLessThan(lost.size);
    await pool.origin(0).signal("SIGKILL");
    const expected = onPendingAcks === "close" ? doomed : [];
    await vi.waitFor(async () => {
      const ended = clients.filter(({ disconnects }) => disconnects.length > 0);
      expect(ended).toEqual(expected);
      expect(await pool.sockets()).toHaveLength(clients.length - expected.length);
    }, SOON);
    const left = clients.filter((client) => !expected.includes(client));
    for (const client of left) void client.echo();
    await vi.waitFor(
      () => expect(left.filter(({ openEchoes }) => openEchoes > 0)).toEqual([]),
      SOON,
    );
    expect(left.filter((client) => client.isDisturbed)).toEqual([]);
    expect(expected.flatMap(({ disconnects }) => disconnects)).toEqual(
      expected.map(() => "transport close"),
    );
  });
});

describe("one of three stock origins is killed", () => {
  test("and every client comes back by itself to one that lives", async () => {
    const pool = await ContinuityPool.open({ isRecovering: false });
    const clients = await crew(pool, 30, { reconnection: true });
    const lost = await namesAt(pool, "o0");
    await pool.origin(0).signal("SIGKILL");
    await vi.waitFor(async () => {
      expect(await pool.sockets()).toHaveLength(clients.length);
      for (const { name, ids } of clients) expect(ids).toHaveLength(lost.has(name) ? 2 : 1);
    }, SOON);
    const ended = clients.filter(({ disconnects }) => disconnects.length > 0);
    expect(new Set(ended.map(({ name }) => name))).toEqual(lost);
  });

  test("and with ON_UNRECOVERED=connect none hears more than a second CONNECT", async () => {
    const pool = await ContinuityPool.open({
      isRecovering: false,
      vars: { ON_UNRECOVERED: "connect" },
    });
    const clients = await crew(pool, 18);
    const lost = await namesAt(pool, "o0");
    await pool.origin(0).signal("SIGKILL");
    await vi.waitFor(async () => {
      for (const { name, ids } of clients) expect(ids).toHaveLength(lost.has(name) ? 2 : 1);
      expect(await pool.sockets()).toHaveLength(clients.length);
    }, SOON);
    expect(clients.flatMap(({ disconnects }) => disconnects)).toEqual([]);
    for (const client of clients) void client.echo();
    await vi.waitFor(
      () => expect(clients.filter(({ openEchoes }) => openEchoes > 0)).toEqual([]),
      SOON,
    );
  });
});

/** Resolves when each has emitted so many numbers more. */
async function sent(clients: readonly ContinuityClient[], count: number): Promise<void> {
  const ends = clients.map((client) => ({ client, end: client.upNext + count }));
  await vi.waitFor(() => {
    for (const { client, end } of ends) expect(client.upNext).toBeGreaterThanOrEqual(end);
  }, SOON);
}

async function timeOf(promise: Promise<void>): Promise<number> {
  const begin = performance.now();
  await promise;
  return performance.now() - begin;
}

/** The time within which that share is done. */
async function share(times: readonly Promise<number>[]): Promise<number> {
  const sorted = (await Promise.all(times)).toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * SHARE) - 1] ?? Infinity;
}

function report(line: string): void {
  if (isReport) process.stdout.write(`${line}\n`);
}
