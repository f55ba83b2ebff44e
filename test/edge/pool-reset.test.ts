import { evictDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { engine, fakeOrigins } from "./fake-origins.ts";
import { isolate, newFull, newPool } from "./live-pool.ts";
import type { Front } from "./sessions.ts";

/** The hosts of ORIGINS in these tests. */
const ONE = "127.0.0.1:9";
const TWO = "127.0.0.2:9";

beforeEach(() => {
  vi.spyOn(console, "log").mockReturnValue();
});

/** Sessions by polling, one after the other. */
async function opened(front: Front, count: number): Promise<void> {
  for (let n = 0; n < count; n++) expect((await front("polling")).status).toBe(200);
}

describe("the sessions of a hundred session objects", () => {
  test("are counted within two seconds, and when the pool object was reset, within one", async () => {
    const pool = await newPool();
    fakeOrigins({ [ONE]: engine(), [TWO]: engine() });
    // By its configuration alone, this isolate has each session in an object of its own.
    await opened(isolate(undefined, undefined, { sessionsPerObject: 1 }).front, 100);
    const total = async () => {
      const { one = 0, two = 0 } = await pool.sessions();
      return one + two;
    };
    await expect.poll(total, { timeout: 2000, interval: 20 }).toBe(100);
    const before = await pool.sessions();
    await evictDurableObject(pool.stub);
    await expect.poll(total, { timeout: 1000, interval: 20 }).toBe(100);
    expect(await pool.sessions()).toEqual(before);
  });
});

describe("a pool object that was reset", () => {
  test("gives no more places than are left", async () => {
    fakeOrigins({ a: engine() });
    const pool = await newFull(5);
    const { front } = isolate(undefined, pool.POOL);
    await opened(front, 3);
    await expect.poll(pool.sessions, { timeout: 2000 }).toMatchObject({ a: 3 });
    await evictDurableObject(pool.stub);
    const burst = await Promise.all(Array.from({ length: 10 }, () => front("polling")));
    const counts = [200, 503].map((status) => burst.filter((one) => one.status === status).length);
    expect(counts).toEqual([2, 8]);
    await expect.poll(pool.sessions, { timeout: 2000 }).toMatchObject({ a: 5 });
  });

  test("together with the session objects counts none of the sessions that went with them", async () => {
    fakeOrigins({ a: engine() });
    const pool = await newFull(3);
    await opened(isolate(undefined, pool.POOL).front, 3);
    await expect.poll(pool.sessions, { timeout: 2000 }).toMatchObject({ a: 3 });
    await newPool();
    await opened(isolate(undefined, pool.POOL).front, 3);
    expect((await isolate(undefined, pool.POOL).front("polling")).status).toBe(503);
  });
});
