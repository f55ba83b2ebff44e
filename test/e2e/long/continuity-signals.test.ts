import { describe, expect, test, vi } from "vitest";
import { POLLING } from "../../support/clients.ts";
import { allConnected, ContinuityClient } from "../../support/continuity-client.ts";
import { crew, namesAt, pause, SOON } from "../../support/continuity-crew.ts";
import { ContinuityPool } from "../../support/continuity-pool.ts";

/** Why that origin's sockets ended, by its own handlers. */
function endsAt(pool: ContinuityPool, origin: string): string[] {
  const ends = pool.lines.filter(([at, what]) => at === origin && what === "disconnect");
  return ends.map(([, , , , , reason]) => String(reason));
}

describe("a server that is told to end by SIGTERM, with sessions that find no quiet moment,", () => {
  test.each([
    ["keep", "moors them elsewhere when its time is over"],
    ["close", "leaves those to be closed that wait for an answer"],
  ] as const)("with ON_PENDING_ACKS=%s %s", async (onPendingAcks, _title) => {
    const pool = await ContinuityPool.open({
      origins: 2,
      closeOn: true,
      drainMs: 5000,
      vars: { ON_PENDING_ACKS: onPendingAcks },
    });
    const clients = await crew(pool, 12);
    const names = await namesAt(pool, "o0");
    const asking = clients.filter(({ name }, i) => names.has(name) && i % 4 < 2);
    expect(asking.length).toBeGreaterThan(0);
    expect(asking.length).toBeLessThan(names.size);
    for (const { socket } of asking) socket.emit("never", () => {});
    await Promise.all(asking.map((client) => client.echo()));
    const begin = performance.now();
    const ended = pool.origin(0).signal("SIGTERM");
    await vi.waitFor(async () => {
      expect(await namesAt(pool, "o0")).toEqual(new Set(asking.map(({ name }) => name)));
    }, SOON);
    // What an isolate knows of the pool may be two seconds old; then it gets no more of them.
    await pause(2000);
    const late = Array.from({ length: 4 }, () => new ContinuityClient(pool.url, { mode: POLLING }));
    await allConnected(late);
    expect(await namesAt(pool, "o0")).toEqual(new Set(asking.map(({ name }) => name)));
    expect(pool.origin(0).isRunning).toBe(true);
    await ended;
    const tookMs = performance.now() - begin;
    expect(tookMs).toBeGreaterThan(4900);
    expect(tookMs).toBeLessThan(5000 + 4000);
    const doomed = onPendingAcks === "close" ? asking : [];
    const left = [...clients, ...late].filter((client) => !doomed.includes(client));
    await vi.waitFor(() => {
      for (const { disconnects } of doomed) expect(disconnects).toEqual(["transport close"]);
    }, SOON);
    await Promise.all(left.map((client) => client.echo()));
    expect(left.filter((client) => client.isDisturbed)).toEqual([]);
    const reasons = endsAt(pool, "o0");
    // Who may go has gone before the server closes.
    expect(reasons.filter((reason) => reason === "transport close")).toHaveLength(
      names.size - doomed.length,
    );
    expect(reasons.filter((reason) => reason === "server shutting down")).toHaveLength(
      doomed.length,
    );
  });

  test("ends at once upon a second one, as if it had crashed", async () => {
    const pool = await ContinuityPool.open({
      origins: 2,
      closeOn: true,
      vars: { ON_PENDING_ACKS: "keep" },
    });
    const clients = await crew(pool, 8);
    const names = await namesAt(pool, "o0");
    const asking = clients.filter(({ name }, i) => names.has(name) && i % 4 < 2);
    expect(asking.length).toBeGreaterThan(0);
    for (const { socket } of asking) socket.emit("never", () => {});
    await Promise.all(asking.map((client) => client.echo()));
    const ended = pool.origin(0).signal("SIGTERM");
    await vi.waitFor(async () => {
      expect(await namesAt(pool, "o0")).toEqual(new Set(asking.map(({ name }) => name)));
    }, SOON);
    const begin = performance.now();
    await Promise.all([ended, pool.origin(0).signal("SIGTERM")]);
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(endsAt(pool, "o0")).not.toContain("server shutting down");
    await Promise.all(clients.map((client) => client.echo()));
    expect(clients.filter((client) => client.isDisturbed)).toEqual([]);
  });
});
