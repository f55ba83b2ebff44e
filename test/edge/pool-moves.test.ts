import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseSettings } from "../../src/edge/env.ts";
import { PoolKeeper } from "../../src/edge/pool/pool-keeper.ts";
import { objectId } from "../../src/wire/sid.ts";
import { poolOf } from "../core/pool/pool-builders.ts";
import { report } from "../core/pool/state-builders.ts";

const NAME = "default";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("an object that had no session to give is asked again after a minute, when it reports", async () => {
  // It has no session, whatever it is said to have.
  const id = env.SESSIONS.newUniqueId();
  const told = { ...report(1, { sessions: { a: 40 } }), object: objectId(id.toString()) };
  const get = vi.spyOn(env.SESSIONS, "get");
  const moves = { drainRate: 50, drainTimeoutMs: 60_000, isRebalancing: true, rebalanceRate: 100 };
  const pool = poolOf(["a", "b"], { moves });
  const stub = env.POOL?.get(env.POOL.newUniqueId());
  if (!stub) throw new Error("Expected a binding POOL, got none.");
  await runInDurableObject(stub, async (_, state) => {
    const settings = { ...parseSettings(env), pools: [pool] as const };
    const keeper = new PoolKeeper(state, env, settings);
    keeper.report(NAME, told);
    expect(get).toHaveBeenCalledOnce();
    // Answered after the pool, which has it a turn later.
    expect(await env.SESSIONS.get(id).move("a", 1)).toBe(0);
    await scheduler.wait(0);
    get.mockClear();
    for (const calls of [0, 0, 1]) {
      vi.setSystemTime(Date.now() + 25_000);
      keeper.report(NAME, told);
      expect(get).toHaveBeenCalledTimes(calls);
    }
  });
});
