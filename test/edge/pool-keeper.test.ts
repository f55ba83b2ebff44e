import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Pool } from "../../src/core/pool/pool.ts";
import type { Report } from "../../src/core/pool/report.ts";
import type { HealthState } from "../../src/core/pool/snapshot.ts";
import { parseSettings } from "../../src/edge/env.ts";
import { PoolKeeper } from "../../src/edge/pool/pool-keeper.ts";
import { objectId } from "../../src/wire/sid.ts";
import { answering, dead, fakeOrigins } from "./fake-origins.ts";
import { origin, poolOf } from "../core/pool/pool-builders.ts";
import { HEALTH } from "../core/pool/state-builders.ts";

const NAME = "default";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "log").mockReturnValue();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

/** Runs a test in a pool object that keeps `pool`; `again` is the same one, begun anew on the same storage. */
function inPool<Result>(
  pool: Pool,
  use: (keeper: PoolKeeper, again: () => PoolKeeper) => Promise<Result> | Result,
): Promise<Result> {
  const stub = env.POOL?.get(env.POOL.newUniqueId());
  if (!stub) throw new Error("Expected a binding POOL, got none.");
  return runInDurableObject(stub, async (_, state) => {
    const settings = { ...parseSettings(env), pools: [pool] as const };
    const begun = () => new PoolKeeper(state, env, settings);
    return use(begun(), begun);
  });
}

function report(number: number, change: Partial<Omit<Report, "object">> = {}): Report {
  const object = objectId(number.toString(16).padStart(64, "0"));
  return { object, sessions: {}, room: 0, place: "AMS", faults: [], opened: [], ...change };
}

function sessionsOf(keeper: PoolKeeper, name: string): number | undefined {
  return keeper.look(NAME).origins.find((one) => one.name === name)?.sessions;
}

function healthOf(keeper: PoolKeeper): readonly HealthState[] {
  return keeper.look(NAME).origins.map(({ health }) => health);
}

function faults(name: string, ...networks: readonly string[]): Partial<Report> {
  return { faults: networks.map((network) => ({ origin: name, network })) };
}

describe("live counts", () => {
  test("of 100 objects are as they were reported, a second apart", async () => {
    await inPool(poolOf(["a", "b"]), (keeper) => {
      for (let n = 0; n < 100; n++) {
        expect(keeper.report(NAME, report(n, { sessions: { a: n, b: 1 } }))).toBe(1000);
      }
      expect(sessionsOf(keeper, "a")).toBe(4950);
      expect(sessionsOf(keeper, "b")).toBe(100);
      keeper.report(NAME, report(99, { sessions: { b: 2 } }));
      expect([sessionsOf(keeper, "a"), sessionsOf(keeper, "b")]).toEqual([4851, 101]);
    });
  });

  test("of 2,000 objects come at a bounded rate", async () => {
    await inPool(poolOf(["a"]), (keeper) => {
      const told = report(0, { sessions: { a: 1 } });
      for (let n = 0; n < 2000; n++) keeper.report(NAME, { ...told, object: report(n).object });
      const waitMs = keeper.report(NAME, told);
      expect(sessionsOf(keeper, "a")).toBe(2000);
      expect(2000 / (waitMs / 1000)).toBeLessThanOrEqual(200);
    });
  });

  test("are right again a minute after an object has fallen silent, others renewed", async () => {
    await inPool(poolOf(["a"]), (keeper) => {
      keeper.report(NAME, report(1, { sessions: { a: 5 } }));
      keeper.report(NAME, report(2, { sessions: { a: 3 } }));
      pass(30_000);
      keeper.report(NAME, report(2, { sessions: { a: 3 } }));
      expect(sessionsOf(keeper, "a")).toBe(8);
      pass(31_000);
      expect(sessionsOf(keeper, "a")).toBe(3);
    });
  });
});

describe("an origin with faults of three sessions", () => {
  test("from two networks is ejected, and tried by one asker at a time when its back-off is over", async () => {
    await inPool(poolOf(["a", "b"]), (keeper) => {
      keeper.report(NAME, report(1, faults("a", "192.0.2.1", "192.0.2.1", "192.0.2.2")));
      expect(healthOf(keeper)).toEqual(["ejected", "up"]);
      pass(5000);
      const seen = [1, 2, 3].map(() => keeper.snapshot(NAME, "AMS", 1).origins[0]?.health);
      expect(seen).toEqual(["trial", "ejected", "ejected"]);
      keeper.report(NAME, report(1, { opened: ["a"] }));
      expect(healthOf(keeper)).toEqual(["up", "up"]);
    });
  });

  test("from one network stays", async () => {
    await inPool(poolOf(["a", "b"]), (keeper) => {
      keeper.report(NAME, report(1, faults("a", ...Array.from({ length: 50 }, () => "192.0.2.1"))));
      expect(healthOf(keeper)).toEqual(["up", "up"]);
    });
  });
});

describe("orders", () => {
  test("outlive the object, counts don't", async () => {
    await inPool(poolOf(["a", "b"]), (keeper, again) => {
      keeper.report(NAME, report(1, { sessions: { a: 5 } }));
      expect(keeper.order(NAME, { type: "drain", origin: "a" })).toBeUndefined();
      expect(keeper.order(NAME, { type: "weight", origin: "b", weight: 7 })).toBeUndefined();
      expect(keeper.order(NAME, { type: "add", origin: origin("c") })).toBeUndefined();
      expect(again().look(NAME).origins).toMatchObject([
        { name: "a", admin: "drain", sessions: 0 },
        { name: "b", admin: "ready", weight: 7 },
        { name: "c", url: "http://c" },
      ]);
    });
  });

  test("outlive an eviction of the object that the Worker has", async () => {
    const stub = env.POOL?.get(env.POOL.idFromName(NAME));
    await stub?.order(NAME, { type: "maint", origin: "one" });
    if (stub) await evictDurableObject(stub);
    const origins = (await stub?.look(NAME))?.origins ?? [];
    expect(origins.map(({ name, admin }) => [name, admin])).toEqual([
      ["one", "maint"],
      ["two", "ready"],
    ]);
  });

  test("that are no good are refused with a reason, and change nothing", async () => {
    await inPool(poolOf(["a"]), (keeper, again) => {
      expect(keeper.order(NAME, { type: "drain", origin: "x" })?.code).toBe("UNKNOWN_ORIGIN");
      expect(keeper.order(NAME, { type: "remove", origin: "a" })?.code).toBe("LAST_ORIGIN");
      expect(again().look(NAME).origins).toEqual(keeper.look(NAME).origins);
    });
  });
});

/** Lets the object's alarm ring once an interval, and its checks end; what they say of the origins each time. */
async function checked(keeper: PoolKeeper, rounds: number): Promise<(readonly HealthState[])[]> {
  const seen: (readonly HealthState[])[] = [];
  for (let n = 0; n < rounds; n++) {
    pass(HEALTH.intervalMs);
    keeper.alarm();
    await scheduler.wait(0);
    seen.push(healthOf(keeper));
  }
  return seen;
}

describe("active checks", () => {
  test("take an origin out after `fall` failures and back in after `rise`; who is in maint isn't asked", async () => {
    let isUp = false;
    const asked = fakeOrigins({
      a: (one) => answering(isUp ? 200 : 500)(one),
      b: answering(200),
      c: dead(),
    });
    await inPool(poolOf(["a", "b", "c"], { health: HEALTH }), async (keeper) => {
      // The order is the first that the object hears, and has the first check made.
      keeper.order(NAME, { type: "maint", origin: "c" });
      await scheduler.wait(0);
      const failing = await checked(keeper, 2);
      expect(failing.map(([a]) => a)).toEqual(["up", "down"]);
      isUp = true;
      const well = await checked(keeper, 2);
      expect(well.map(([a]) => a)).toEqual(["down", "up"]);
      expect(healthOf(keeper)).toEqual(["up", "up", "up"]);
    });
    expect(new Set(asked.map(({ url, method }) => `${method} ${url.href}`))).toEqual(
      new Set(["HEAD http://a/health", "HEAD http://b/health"]),
    );
  });

  test("are an alarm's, and go on after the object was begun anew", async () => {
    const asked = fakeOrigins({ a: answering(200) });
    await inPool(poolOf(["a"], { health: HEALTH }), async (keeper, again) => {
      keeper.look(NAME);
      again().alarm();
      await scheduler.wait(0);
    });
    expect(asked.length).toBeGreaterThan(0);
  });

  test("end when a deploy has taken the pool away", async () => {
    const asked = fakeOrigins({});
    const stub = env.POOL?.get(env.POOL.idFromName("gone"));
    if (!stub) throw new Error("Expected a binding POOL, got none.");
    await runInDurableObject(stub, async (_, { storage }) => {
      storage.kv.put("name", "gone");
      await storage.setAlarm(Date.now() + 60_000);
    });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(asked).toEqual([]);
  });
});

describe("places", () => {
  const POOL = poolOf([origin("a", { maxConnections: 3 })], { queueTimeoutMs: 300 });

  test("are never more than the maximum, the rest is refused in time", async () => {
    vi.useRealTimers();
    await inPool(POOL, async (keeper) => {
      const ids = Array.from({ length: 50 }, (_, n) => `id-${n}`);
      const granted = await Promise.all(ids.map((id) => keeper.reserve(NAME, id, ["a"])));
      expect(granted).toEqual(ids.map((_, n) => (n < 3 ? "a" : undefined)));
    });
  });

  test("that are released or whose sessions end go to who waits, first come, first served", async () => {
    vi.useRealTimers();
    await inPool(POOL, async (keeper) => {
      for (const id of ["x", "y", "z"]) await keeper.reserve(NAME, id, ["a"]);
      const [first, second, third] = ["1", "2", "3"].map((id) => keeper.reserve(NAME, id, ["a"]));
      keeper.release(NAME, "x");
      expect(await first).toBe("a");
      keeper.report(NAME, report(1, { sessions: { a: 2 }, reservations: ["y", "z"] }));
      keeper.report(NAME, report(1, { sessions: { a: 1 } }));
      expect(await second).toBe("a");
      expect(await third).toBeUndefined();
    });
  });
});
