import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Snapshot } from "../../src/core/pool/snapshot.ts";
import { Snapshots } from "../../src/edge/pool/snapshots.ts";
import { poolOf } from "../core/pool/pool-builders.ts";

const POOL = poolOf(["a", "b"]);

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

/** A pool object whose answers tell one from the next, or wait for the test. */
class FakePool {
  asked = 0;
  how: "answers" | "throws" | "hangs" = "answers";
  readonly #held: (() => void)[] = [];
  readonly view = new Snapshots(POOL, () => this.#answer());

  release(): void {
    for (const answer of this.#held.splice(0)) answer();
  }

  async #answer(): Promise<Snapshot> {
    this.asked += 1;
    const snapshot = { takenAt: this.asked, origins: [], objects: 0, open: [] };
    if (this.how === "throws") throw new Error("The pool is down.");
    if (this.how === "hangs") await new Promise<void>((resolve) => this.#held.push(resolve));
    return snapshot;
  }

  async takenAt(): Promise<number> {
    return (await this.view.now("AMS")).takenAt;
  }
}

/** For how long who waits would wait at the most, in ms; all of them until the test says that it is over. */
function heldWaits(): { asked: readonly number[]; over: () => void } {
  const asked: number[] = [];
  const { promise, resolve: over } = Promise.withResolvers<void>();
  vi.spyOn(scheduler, "wait").mockImplementation((ms) => {
    asked.push(ms);
    return promise;
  });
  return { asked, over };
}

describe("the pool object is asked", () => {
  test("once, however many handshakes arrive at once", async () => {
    const pool = new FakePool();
    pool.how = "hangs";
    const all = Promise.all(Array.from({ length: 200 }, () => pool.takenAt()));
    pool.release();
    expect(await all).toEqual(Array.from({ length: 200 }, () => 1));
    expect(pool.asked).toBe(1);
  });

  test("once in a second, however many arrive in it", async () => {
    const pool = new FakePool();
    for (let ms = 0; ms < 3000; ms += 10) {
      await pool.takenAt();
      pass(10);
    }
    expect(pool.asked).toBe(3);
  });

  test("once in a second while it fails", async () => {
    const pool = new FakePool();
    pool.how = "throws";
    for (let ms = 0; ms < 3000; ms += 10) {
      await pool.takenAt();
      pass(10);
    }
    expect(pool.asked).toBe(3);
  });

  test("again, five seconds after an ask that never ended", async () => {
    const pool = new FakePool();
    await pool.takenAt();
    pool.how = "hangs";
    pass(1000);
    await pool.takenAt();
    pass(4999);
    await pool.takenAt();
    expect(pool.asked).toBe(2);
    pass(1);
    pool.how = "answers";
    await pool.takenAt();
    await vi.waitFor(async () => expect(await pool.takenAt()).toBe(3));
    // What was given up is answered after all, and is too old.
    pool.release();
    expect(await pool.takenAt()).toBe(3);
  });
});

describe("nobody waits for the next snapshot", () => {
  test("while the last is two seconds old at most", async () => {
    const pool = new FakePool();
    expect(await pool.takenAt()).toBe(1);
    pool.how = "hangs";
    const waits = heldWaits();
    pass(1999);
    expect(await pool.takenAt()).toBe(1);
    expect(waits.asked).toEqual([]);
    pool.release();
    await vi.waitFor(async () => expect(await pool.takenAt()).toBe(2));
  });

  test("longer than a second, and only who comes in that second", async () => {
    const pool = new FakePool();
    await pool.takenAt();
    pool.how = "hangs";
    pass(2000);
    const waits = heldWaits();
    const first = pool.takenAt();
    pass(400);
    const second = pool.takenAt();
    expect(waits.asked).toEqual([1000, 600]);
    waits.over();
    expect(await Promise.all([first, second])).toEqual([1, 1]);
    pass(600);
    expect(await pool.takenAt()).toBe(1);
    expect(waits.asked).toHaveLength(2);
  });
});

describe("while the pool object does not answer", () => {
  test("the last snapshot goes on", async () => {
    const pool = new FakePool();
    await pool.takenAt();
    pool.how = "throws";
    for (let n = 0; n < 5; n++) {
      pass(20_000);
      expect(await pool.takenAt()).toBe(1);
    }
  });

  test("the configuration does where there was none, with everybody up", async () => {
    const pool = new FakePool();
    pool.how = "throws";
    const { origins } = await pool.view.now("AMS");
    expect(origins).toMatchObject([
      { name: "a", url: "http://a", admin: "ready", health: "up" },
      { name: "b", url: "http://b", admin: "ready", health: "up" },
    ]);
  });

  test("what it knows is taken up when it is back", async () => {
    const pool = new FakePool();
    pool.how = "throws";
    expect(await pool.takenAt()).toBe(0);
    pool.how = "answers";
    pass(1000);
    expect(await pool.takenAt()).toBe(2);
  });
});

test("without pool objects the configuration is all there is", async () => {
  const { origins } = await new Snapshots(POOL, undefined).now("AMS");
  expect(origins.map(({ name }) => name)).toEqual(["a", "b"]);
});
