import { describe, expect, test } from "vitest";
import { direct } from "../support/edge.ts";
import { startOrigins, startPool, tables } from "../support/pool-edge.ts";
import { addressOf, leave, tally, until, visit, visits } from "../support/pool-sessions.ts";

const SESSIONS = 3000;

/** The counts that are more than 5 % off their share. */
function offShare(
  counts: Readonly<Record<string, number>>,
  weights: Readonly<Record<string, number>>,
): Record<string, number> {
  const all = Object.values(weights).reduce((sum, weight) => sum + weight);
  const total = Object.values(counts).reduce((sum, count) => sum + count);
  const isOff = (name: string): boolean => {
    const share = (total * (weights[name] ?? 0)) / all;
    return Math.abs((counts[name] ?? 0) - share) > share * 0.05;
  };
  const names = [...new Set([...Object.keys(counts), ...Object.keys(weights)])];
  return Object.fromEntries(names.filter(isOff).map((name) => [name, counts[name] ?? 0]));
}

describe.skipIf(direct)("3,000 sessions (direct has no edge)", () => {
  const WEIGHTS = { a: 3, b: 2, c: 1 };

  // `random` draws two and takes the less loaded one, which corrects what the draws have done: no wider bound is due.
  // `hash` is as even as its keys, and these are always the same.
  test.each(["least-connections", "round-robin", "random", "hash"])(
    "go by weight and within five per cent: %s",
    async (balance) => {
      const origins = await startOrigins("a", "b", "c");
      const ORIGINS = tables(origins, { weight: 3 }, { weight: 2 }, { weight: 1 });
      const edge = await startPool({ ORIGINS, BALANCE: balance });
      const counts = tally(await visits(edge.url, SESSIONS, (n) => ({ from: addressOf(n) })));
      expect(offShare(counts, WEIGHTS)).toEqual({});
      const live = Object.fromEntries(origins.map((origin) => [origin.name, origin.sessions()]));
      expect(live).toEqual(counts);
    },
    90_000,
  );
});

describe.skipIf(direct)("backups and maxima (direct has no edge)", () => {
  test("a backup gets sessions only while no other origin is up", async () => {
    const [main, backup] = await startOrigins("main", "backup");
    if (!main || !backup) throw new Error("Expected two origins, got fewer.");
    const edge = await startPool({
      ORIGINS: tables([main, backup], {}, { backup: true }),
      HEALTH: { interval: "1s", rise: 1, fall: 1 },
    });
    expect(tally(await visits(edge.url, 20))).toEqual({ main: 20 });
    main.health = 500;
    await until(async () => (await visit(edge.url)).origin === "backup");
    expect(tally(await visits(edge.url, 20))).toEqual({ backup: 20 });
    main.health = 200;
    await until(async () => (await visit(edge.url)).origin === "main");
    expect(tally(await visits(edge.url, 20))).toEqual({ main: 20 });
  });

  test("an origin of weight 0 gets none", async () => {
    const edge = await startPool({
      ORIGINS: tables(await startOrigins("a", "b"), {}, { weight: 0 }),
    });
    expect(tally(await visits(edge.url, 20))).toEqual({ a: 20 });
  });

  test("never more sessions than max_connections, however many come at once", async () => {
    const ORIGINS = tables(
      await startOrigins("a", "b"),
      { max_connections: 5 },
      { max_connections: 7 },
    );
    const edge = await startPool({ ORIGINS, QUEUE_TIMEOUT: "500ms" });
    expect(tally(await visits(edge.url, 30))).toEqual({ a: 5, b: 7, none: 18 });
    const { status, retryAfter, body } = await visit(edge.url);
    expect(status).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ code: "FULL" });
    expect(Number(retryAfter)).toBeGreaterThan(0);
  });

  test("who waits gets the place of a session that ends", async () => {
    const ORIGINS = tables(await startOrigins("a"), { max_connections: 3 });
    const edge = await startPool({ ORIGINS, QUEUE_TIMEOUT: "20s" });
    const [first] = await visits(edge.url, 3);
    const waiting = visit(edge.url);
    if (first) await leave(edge.url, first);
    expect((await waiting).origin).toBe("a");
  });

  test("an origin that has come up starts slowly", async () => {
    const origins = await startOrigins("a", "b");
    const edge = await startPool({
      ORIGINS: tables(origins),
      BALANCE: "round-robin",
      SLOW_START: "10m",
      HEALTH: { interval: "1s", rise: 1, fall: 1 },
    });
    expect(tally(await visits(edge.url, 40))).toEqual({ a: 20, b: 20 });
    const [starting] = origins;
    if (!starting) throw new Error("Expected an origin, got none.");
    starting.health = 500;
    await until(async () => !("a" in tally(await visits(edge.url, 4))));
    starting.health = 200;
    await until(async () => (await visit(edge.url)).origin === "a");
    // A tenth of its weight against the whole of the other's is 20 of 220. As its weight moves, so do its turns, and
    // they fall as draws do: 20 give or take 4.3, and five times that is never seen. Its full share would be 110.
    const { a = 0 } = tally(await visits(edge.url, 220));
    expect(a).toBeGreaterThan(0);
    expect(a).toBeLessThanOrEqual(42);
  });
});
