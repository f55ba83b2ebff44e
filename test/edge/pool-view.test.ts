import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Answerer } from "./fake-origins.ts";
import { answering, dead, engine, fakeOrigins } from "./fake-origins.ts";
import { isolate, newFull, newPool } from "./live-pool.ts";
import { origin, poolOf } from "../core/pool/pool-builders.ts";
import { edge, openPolling, ownerOf, SocketClient } from "./sessions.ts";

/** The hosts of ORIGINS in these tests. */
const ONE = "127.0.0.1:9";
const TWO = "127.0.0.2:9";

beforeEach(() => {
  vi.spyOn(console, "log").mockReturnValue();
});

function from(address: string): RequestInit {
  return { headers: { "cf-connecting-ip": address } };
}

/** The pool after handshakes from these addresses, before an origin that answers so and one that is well. */
async function visited(answerer: Answerer, addresses: readonly string[]) {
  const pool = await newPool();
  fakeOrigins({ [ONE]: answerer, [TWO]: engine() });
  const { front } = isolate(undefined, pool.POOL);
  for (const address of addresses) await front("polling", from(address));
  return pool;
}

describe("the pool is told by sessions", () => {
  // Eight each: the origins take turns, and each is to hear of both.
  const TWO_NETWORKS = Array.from({ length: 16 }, (_, n) => `192.0.2.${n < 8 ? 1 : 2}`);

  test("of dials that failed, which from two networks eject an origin", async () => {
    const pool = await visited(dead(), TWO_NETWORKS);
    await expect.poll(pool.healths, { timeout: 3000 }).toEqual({ one: "ejected", two: "up" });
  });

  test("of no refusal, however many there are", async () => {
    const pool = await visited(answering(401), TWO_NETWORKS);
    // What sessions are told of is told in the same report as faults would be.
    await expect.poll(pool.sessions, { timeout: 3000 }).toMatchObject({ one: 0 });
    await expect.poll(async () => (await pool.sessions())["two"], { timeout: 3000 }).toBe(8);
    expect(await pool.healths()).toEqual({ one: "up", two: "up" });
  });

  test("of origins that were lost under their sessions", async () => {
    const pool = await newPool();
    const broken = engine({ serve: (socket) => socket.send("rubbish") });
    fakeOrigins({ [ONE]: broken, [TWO]: engine() });
    const { front } = isolate(undefined, pool.POOL);
    for (const address of TWO_NETWORKS) {
      const headers = { upgrade: "websocket", "cf-connecting-ip": address };
      expect(new SocketClient(await front("websocket", { headers }))).toBeDefined();
    }
    await expect.poll(pool.healths, { timeout: 3000 }).toEqual({ one: "ejected", two: "up" });
  });

  test("how many there are, within two seconds", async () => {
    const pool = await visited(engine(), TWO_NETWORKS);
    await expect.poll(pool.sessions, { timeout: 2000 }).toEqual({ one: 8, two: 8 });
  });
});

describe("where an origin has a maximum", () => {
  const FIVE = [origin("a", { maxConnections: 5 })];

  test("a burst from two isolates gets exactly as many sessions, the rest 503 when the queue's time is up", async () => {
    fakeOrigins({ a: engine() });
    const { POOL } = await newFull(5);
    const fronts = [isolate(undefined, POOL).front, isolate(undefined, POOL).front];
    const burst = Array.from({ length: 10 }, () => fronts.map((front) => front("polling"))).flat();
    const answers = await Promise.all(burst);
    const refused = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(refused).toHaveLength(15);
    expect(refused[0]?.headers.get("retry-after")).toBe("5");
    expect(await refused[0]?.json()).toMatchObject({ code: "FULL" });
  });

  test("a handshake that fails gives its place back", async () => {
    const answerers = [dead(), dead(), engine()];
    fakeOrigins({ a: (asked) => (answerers.shift() ?? dead())(asked) });
    const { POOL } = await newFull(1);
    const { front } = isolate(undefined, POOL);
    expect((await front("polling")).status).toBe(503);
    expect((await front("polling")).status).toBe(200);
  });

  test("a pool object that hangs keeps nobody longer than a second over the queue's time", async () => {
    fakeOrigins({ a: engine() });
    const { POOL, stub } = await newPool();
    const held = Promise.withResolvers<void>();
    let isHeld = false;
    const holding = runInDurableObject(stub, (_, state) => {
      void state.blockConcurrencyWhile(() => {
        isHeld = true;
        return held.promise;
      });
    });
    onTestFinished(async () => {
      held.resolve();
      await holding;
    });
    await vi.waitFor(() => expect(isHeld).toBe(true));
    const { front } = isolate([poolOf(FIVE, { queueTimeoutMs: 100 })], POOL);
    const startedAt = performance.now();
    expect((await front("polling")).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });
});

test("pools by host and by path keep their sessions in objects of their own", async () => {
  const asked = fakeOrigins({ a: engine(), b: engine(), c: engine() });
  const pools = [
    poolOf(["a"], { name: "chat", matches: [{ host: "edge.example", path: undefined }] }),
    poolOf(["b"], {
      name: "game",
      matches: [{ host: undefined, path: "/game" }],
      enginePath: "/game/",
    }),
    poolOf(["c"], { name: "rest" }),
  ];
  const { app } = isolate(pools);
  const owners = new Map<string, Set<string>>();
  for (const url of [
    "http://edge.example/socket.io/",
    "http://other.example/game/",
    "http://other.example/socket.io/",
  ]) {
    for (let n = 0; n < 2; n++) {
      const front = edge({
        fetch: (request) => app.fetch(new Request(`${url}?${request.url.split("?")[1]}`, request)),
      });
      const owner = ownerOf((await openPolling(front)).sid);
      owners.set(url, (owners.get(url) ?? new Set()).add(owner));
    }
  }
  expect(asked.map(({ url }) => url.host)).toEqual(["a", "a", "b", "b", "c", "c"]);
  expect([...owners.values()].map(({ size }) => size)).toEqual([1, 1, 1]);
  expect(new Set([...owners.values()].flatMap((ids) => [...ids])).size).toBe(3);
});
