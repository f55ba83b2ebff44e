import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Pool } from "../../src/core/pool/pool.ts";
import { CachedPoolView } from "../../src/edge/pool/pool-view.ts";
import { origin, poolOf } from "../core/pool/pool-builders.ts";
import { newPool } from "./live-pool.ts";

const ANY = "local";

beforeEach(() => {
  vi.spyOn(console, "log").mockReturnValue();
});

/** Where so many sessions that have lost their origin are sent first. */
async function firsts(pool: Pool, count: number): Promise<Record<string, number>> {
  const view = new CachedPoolView(pool, undefined, "");
  const found: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const {
      origins: [first],
    } = await view.havens(ANY);
    if (first) found[first.name] = (found[first.name] ?? 0) + 1;
  }
  return found;
}

describe("sessions that look for another origin", () => {
  test.each(["hash", "random", "round-robin", "least-connections"] as const)(
    "are spread over all, whatever new ones go by: %s",
    async (balance) => {
      const pool = poolOf(["a", "b", "c"], { balance });
      expect(await firsts(pool, 30)).toEqual({ a: 10, b: 10, c: 10 });
    },
  );

  test("go by weights, and to none that has none", async () => {
    const origins = [origin("a", { weight: 2 }), origin("b"), origin("c", { weight: 0 })];
    expect(await firsts(poolOf(origins), 30)).toEqual({ a: 20, b: 10 });
  });

  test("have all the others behind the first, for when it fails", async () => {
    const view = new CachedPoolView(poolOf(["a", "b", "c"]), undefined, "");
    const names = (await view.havens(ANY)).origins.map(({ name }) => name);
    expect(names.toSorted()).toEqual(["a", "b", "c"]);
  });

  test("may go to an origin that is full, since they are no new ones", async () => {
    const full = poolOf([origin("a", { maxConnections: 2 }), origin("b", { maxConnections: 1 })]);
    expect(Object.values(await firsts(full, 9)).reduce((sum, count) => sum + count)).toBe(9);
  });

  test("go to none that is drained", async () => {
    const pool = await newPool();
    await pool.stub.order("default", { type: "drain", origin: "one" });
    try {
      const view = new CachedPoolView(poolOf(["one", "two"]), pool.POOL, "");
      expect((await view.havens(ANY)).origins.map(({ name }) => name)).toEqual(["two"]);
    } finally {
      await pool.stub.order("default", { type: "ready", origin: "one" });
    }
  });
});
