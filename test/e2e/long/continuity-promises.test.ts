import { describe, expect, test, vi } from "vitest";
import type { WebSocket } from "ws";
import { POLLING, UPGRADE, WEBSOCKET } from "../../support/clients.ts";
import { allConnected, ContinuityClient } from "../../support/continuity-client.ts";
import { crew, namesAt, pause, SOON } from "../../support/continuity-crew.ts";
import type { Refusal } from "../../support/continuity-orders.ts";
import { ContinuityPool, type PoolOptions } from "../../support/continuity-pool.ts";
import { next } from "../../support/events.ts";
import { openByWebSocket } from "../../support/raw-session.ts";

const TWO: PoolOptions = { origins: 2 };

/** The clients of the first of two origins, and all others. */
async function stage(
  options: PoolOptions = TWO,
  crewOptions: Parameters<typeof crew>[2] = {},
): Promise<{ pool: ContinuityPool; theirs: ContinuityClient[]; others: ContinuityClient[] }> {
  const pool = await ContinuityPool.open({ ...TWO, ...options });
  const clients = await crew(pool, 8, crewOptions);
  const names = await namesAt(pool, "o0");
  const theirs = clients.filter(({ name }) => names.has(name));
  expect(theirs).toHaveLength(4);
  return { pool, theirs, others: clients.filter((client) => !theirs.includes(client)) };
}

/** Resolves when the edge has noticed that so many sessions have lost their origin. */
async function noticed(pool: ContinuityPool, count: number): Promise<void> {
  await vi.waitFor(() => {
    expect(pool.edgeLog.match(/"session-left-origin"/g)).toHaveLength(count);
  }, SOON);
}

/** Resolves when the closed ones have heard so, and the others have an answer of a server. */
async function onlyClosed(
  closed: readonly ContinuityClient[],
  others: readonly ContinuityClient[],
): Promise<void> {
  await vi.waitFor(() => {
    for (const { name, disconnects } of closed) {
      expect([name, disconnects]).toEqual([name, ["transport close"]]);
    }
  }, SOON);
  await Promise.all(others.map((client) => client.echo()));
  expect(others.filter((client) => client.isDisturbed)).toEqual([]);
}

describe("what the next server's code sees", () => {
  test("is a recovered socket, with no middleware before it", async () => {
    const { pool, theirs, others } = await stage();
    await pool.origin(1).order({ do: "refuse", how: "connect" });
    const before = pool.lines.length;
    await pool.origin(0).signal("SIGKILL");
    await onlyClosed([], [...theirs, ...others]);
    const connections = pool.lines.slice(before).filter(([, what]) => what === "connection");
    expect(connections.map(([at, , , ...rest]) => `${at} ${rest.join()}`).toSorted()).toEqual(
      theirs.map(({ name, id }) => `o1 ${name},${id},true`).toSorted(),
    );
  });
});

describe("a token that has expired when its server dies", () => {
  test.each([
    ["of the namespace", "connect"],
    ["of the engine, with 401", "handshake"],
    ["of allowRequest, with 403", "request"],
  ] as const)("is refused by middleware %s: its client comes back with another", async (_, how) => {
    const server = { connectionStateRecovery: { skipMiddlewares: false } };
    const { pool, theirs, others } = await stage({ server }, { reconnection: true });
    for (const client of [...theirs, ...others]) refreshed(client, how);
    await pool.origin(1).order({ do: "refuse", how, butFresh: true });
    await pool.origin(0).signal("SIGKILL");
    await vi.waitFor(() => {
      for (const { disconnects, ids, socket } of theirs) {
        expect([disconnects, ids.length, socket.connected]).toEqual([["transport close"], 2, true]);
      }
    }, SOON);
    await Promise.all(theirs.map((client) => client.echo()));
    for (const { ids, recoveries } of theirs) {
      expect(new Set(ids).size).toBe(2);
      expect(recoveries.filter(Boolean)).toEqual([]);
    }
    await onlyClosed([], others);
  });
});

/** Has its client bring a fresh token with what it sends next. */
function refreshed({ name, socket }: ContinuityClient, how: Refusal): void {
  if (how === "connect") socket.auth = (give) => give({ name, token: "fresh" });
  else socket.io.opts.query = { token: "fresh" };
}

describe("a session ends with its server, and others go on,", () => {
  test("when its rooms and data are more than a record takes, which the server has said", async () => {
    const { pool, theirs, others } = await stage();
    const [large, ...rest] = theirs;
    if (large === undefined) throw new Error("Expected clients.");
    for (const { socket } of rest) socket.emit("login", "x".repeat(12_000));
    large.socket.emit("login", "x".repeat(17_000));
    await vi.waitFor(() => {
      const warnings = pool.lines.filter(([, , code]) => code === "unrecoverable");
      expect(warnings).toEqual([["o0", "warning", "unrecoverable"]]);
    }, SOON);
    await Promise.all(rest.map((client) => client.echo()));
    await pool.origin(0).signal("SIGKILL");
    await onlyClosed([large], [...rest, ...others]);
    const found = await pool.sockets();
    for (const { id } of rest) {
      expect(found.find((socket) => socket.id === id)?.data["user"]).toBe("x".repeat(12_000));
    }
  });

  test("when the payloads of its CONNECTs are more than is kept of them", async () => {
    const pool = await ContinuityPool.open({ origins: 2 });
    const [modest, large] = [60_000, 66_000].map((length) =>
      [WEBSOCKET, POLLING, UPGRADE].map(
        (mode) => new ContinuityClient(pool.url, { mode, auth: { pad: "x".repeat(length) } }),
      ),
    );
    if (modest === undefined || large === undefined) throw new Error("Expected clients.");
    await allConnected([...modest, ...large]);
    await Promise.all([...modest, ...large].map((client) => client.echo()));
    const names = await namesAt(pool, "o0");
    const lost = large.filter(({ name }) => names.has(name));
    expect(lost.length).toBeGreaterThan(0);
    expect(modest.filter(({ name }) => names.has(name)).length).toBeGreaterThan(0);
    await pool.origin(0).signal("SIGKILL");
    await onlyClosed(
      lost,
      [...modest, ...large].filter((client) => !lost.includes(client)),
    );
  });

  test("when its client has joined no namespace", async () => {
    const pool = await ContinuityPool.open({ origins: 1 });
    const { socket: silent } = await openByWebSocket(pool.url);
    const client = new ContinuityClient(pool.url, { mode: WEBSOCKET });
    await allConnected([client]);
    const closed = closing(silent);
    await pool.origin(0).signal("SIGKILL");
    expect(await closed).toBe("1014 origin lost");
    await pool.restart(0);
    await onlyClosed([], [client]);
  });

  test("when it waits for an answer, but not when it has waited for ten seconds", async () => {
    const { pool, theirs, others } = await stage();
    const [late, ...rest] = theirs;
    if (late === undefined) throw new Error("Expected clients.");
    const askedBy = async (clients: readonly ContinuityClient[], count: number): Promise<void> => {
      for (const { socket } of clients) socket.emit("never", () => {});
      await vi.waitFor(() => {
        expect(pool.lines.filter(([, what]) => what === "never")).toHaveLength(count);
      }, SOON);
    };
    await askedBy(rest, rest.length);
    await pause(10_100);
    await askedBy([late], theirs.length);
    await pool.origin(0).signal("SIGKILL");
    await onlyClosed([late], [...rest, ...others]);
  });

  test("when its question is to be asked again, and was too large to be kept", async () => {
    const { pool, theirs, others } = await stage({
      vars: { ON_PENDING_ACKS: "replay", MAX_HOLD_BYTES: "4000" },
    });
    const [large, ...rest] = theirs;
    if (large === undefined) throw new Error("Expected clients.");
    large.socket.emit("never", "x".repeat(5000), () => {});
    for (const { socket } of rest) socket.emit("never", "x".repeat(3000), () => {});
    const neverAt = (at: string): string[] =>
      pool.lines
        .filter(([origin, what]) => origin === at && what === "never")
        .map(([, , , name]) => String(name))
        .toSorted();
    await vi.waitFor(() => expect(neverAt("o0")).toHaveLength(theirs.length), SOON);
    await pool.origin(0).signal("SIGKILL");
    await onlyClosed([large], [...rest, ...others]);
    expect(neverAt("o1")).toEqual(rest.map(({ name }) => name).toSorted());
  });
});

describe("an end at the edge has its code", () => {
  test("1008 for more than is held, 1014 when the grace is over", async () => {
    const pool = await ContinuityPool.open({
      origins: 1,
      vars: { MAX_HOLD_BYTES: "2000", ORIGIN_LOSS_GRACE: "4s" },
    });
    const [greedy, patient] = [await joinedRaw(pool.url), await joinedRaw(pool.url)];
    const [first, second] = [closing(greedy), closing(patient)];
    const begin = performance.now();
    await pool.origin(0).signal("SIGKILL");
    await noticed(pool, 2);
    greedy.send(`42["up","${"x".repeat(1000)}"]`);
    greedy.send(`42["up","${"x".repeat(1000)}"]`);
    patient.send(`42["up","${"x".repeat(1000)}"]`);
    expect(await first).toBe("1008 more held for an origin than MAX_HOLD_BYTES");
    expect(await second).toBe("1014 origin lost");
    expect(performance.now() - begin).toBeGreaterThan(3900);
  });

  test("1001 for a drain whose time is over", async () => {
    const pool = await ContinuityPool.open({ isRecovering: false, vars: { DRAIN_TIMEOUT: "1s" } });
    const socket = await joinedRaw(pool.url);
    const [{ origin } = { origin: "none" }] = await pool.sockets();
    const closed = closing(socket);
    await pool.drain(origin);
    expect(await closed).toBe("1001 origin drained");
  });
});

test("an edge that is killed has back those who can be recovered, with rooms and data, and the older anew", async () => {
  const pool = await ContinuityPool.open();
  const clients = await crew(pool, 16, { reconnection: true });
  for (const { name, socket } of clients) {
    socket.emit("join", `room of ${name}`);
    socket.emit("login", `user of ${name}`);
  }
  await Promise.all(clients.map((client) => client.echo()));
  await pool.killEdge();
  await pool.startEdge();
  await vi.waitFor(() => {
    for (const { ids, socket } of clients)
      expect([ids.length, socket.connected]).toEqual([2, true]);
  }, SOON);
  const found = await pool.sockets();
  for (const client of clients) {
    const { name, id, ids, disconnects } = client;
    expect(disconnects).toHaveLength(1);
    expect([name, ids[0] === ids[1]]).toEqual([name, !isOld(client)]);
    expect(found.find((socket) => socket.id === id)).toMatchObject(
      isOld(client)
        ? { rooms: [], data: { name } }
        : { rooms: [`room of ${name}`], data: { name, user: `user of ${name}` } },
    );
  }
});

/** Whether it is older than recovery. */
function isOld({ name }: ContinuityClient): boolean {
  return name.includes("2021");
}

/** A WebSocket that has joined the main namespace and does nothing more. */
async function joinedRaw(url: string): Promise<WebSocket> {
  const { socket } = await openByWebSocket(url);
  const answered = next(socket, "message");
  socket.send('40{"name":"raw"}');
  expect(String(await answered)).toMatch(/^40\{/);
  return socket;
}

/** The code and the reason with which the edge closes it. */
async function closing(socket: WebSocket): Promise<string> {
  const [code, reason] = await next(socket, "close");
  return `${String(code)} ${String(reason)}`.trim();
}
