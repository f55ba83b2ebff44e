import { describe, expect, test } from "vitest";
import { direct, type Edge } from "../support/edge.ts";
import { join, knownOf, startOrigins, startPool, tables } from "../support/pool-edge.ts";
import { leave, until, visits, type NamedOrigin } from "../support/pool-sessions.ts";

/** How many sessions come between two looks at the pool. */
const BATCH = 10;

/**
 * The edge counts what it has just given away beside what is reported, for two seconds, so that a batch may count twice
 * in the next one.
 */
const NEARLY = BATCH / 2;

describe.skipIf(direct)("least-connections (direct has no edge)", () => {
  test("levels a pool after an origin has joined", async () => {
    const [a, b, c] = await startOrigins("a", "b", "c");
    if (!a || !b || !c) throw new Error("Expected three origins, got fewer.");
    const edge = await startPool({ ORIGINS: tables([a, b]) });
    await visits(edge.url, 60);
    await counted(edge, [a, b]);
    expect([a.sessions(), b.sessions()]).toEqual([30, 30]);
    await join(edge, c);
    for (let n = 0; n < 6; n++) {
      await visits(edge.url, BATCH);
      await counted(edge, [a, b, c]);
    }
    for (const origin of [a, b, c]) {
      expect(Math.abs(origin.sessions() - 40)).toBeLessThanOrEqual(NEARLY);
    }
  });

  test("fills up where sessions have ended", async () => {
    const [a, b] = await startOrigins("a", "b");
    if (!a || !b) throw new Error("Expected two origins, got fewer.");
    const edge = await startPool({ ORIGINS: tables([a, b]) });
    const all = await visits(edge.url, 60);
    const ended = all.filter(({ origin }) => origin === "a");
    await Promise.all(ended.map((one) => leave(edge.url, one)));
    await until(() => a.sessions() === 0);
    await counted(edge, [a, b]);
    for (let n = 0; n < 5; n++) {
      await visits(edge.url, BATCH);
      await counted(edge, [a, b]);
    }
    for (const origin of [a, b]) {
      expect(Math.abs(origin.sessions() - 40)).toBeLessThanOrEqual(NEARLY);
    }
  });
});

/** Waits until the pool object has heard of what the origins have. */
async function counted(edge: Edge, origins: readonly NamedOrigin[]): Promise<void> {
  await until(async () => {
    const known = new Map((await knownOf(edge)).map(({ name, sessions }) => [name, sessions]));
    return origins.every((origin) => (known.get(origin.name) ?? 0) === origin.sessions());
  });
}
