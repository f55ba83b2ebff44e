import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Pool } from "../../src/core/pool/pool.ts";
import { parseSettings } from "../../src/edge/env.ts";
import type { Answerer } from "./fake-origins.ts";
import { answering, dead, echo, engine, fakeOrigins } from "./fake-origins.ts";
import { isolate, newPool } from "./live-pool.ts";
import { SocketClient } from "./sessions.ts";

/** The hosts of ORIGINS in these tests. */
const ONE = "127.0.0.1:9";
const TWO = "127.0.0.2:9";

const FIRST_BACKOFF_MS = 5000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "log").mockReturnValue();
});

afterEach(() => {
  vi.useRealTimers();
});

/** An origin whose sockets stay, whoever drops their other ends. */
function well(): Answerer {
  const sockets: WebSocket[] = [];
  return engine({
    serve: (socket) => {
      sockets.push(socket);
      echo(socket);
    },
  });
}

/** By polling, or by a WebSocket; from one of so many addresses. */
function handshake(transport: "polling" | "websocket", number: number): [string, RequestInit] {
  const headers = new Headers({ "cf-connecting-ip": `192.0.2.${number}` });
  if (transport === "websocket") headers.set("upgrade", "websocket");
  return [transport, { headers }];
}

/** A pool whose `one` has been ejected for its faults, when its back-off is over; `one` then answers so. */
async function onTrial(transport: "polling" | "websocket", websocket: Pool["websocket"]) {
  const pool = await newPool();
  let answerer = dead();
  const asked = fakeOrigins({ [ONE]: (one) => answerer(one), [TWO]: well() });
  const pools = parseSettings(env).pools.map((one) => ({ ...one, websocket }));
  const fronts = [1, 2].map(() => isolate(pools, pool.POOL).front);
  const clients = new Set<SocketClient>();
  const open = async (n: number, front = fronts[0]) => {
    const response = await front?.(...handshake(transport, n));
    if (response?.webSocket) clients.add(new SocketClient(response));
    return response?.status;
  };
  onTestFinished(() => clients.forEach((client) => client.close()));
  for (let n = 0; n < 32; n++) await open(n);
  await expect.poll(pool.healths, { timeout: 3000 }).toEqual({ one: "ejected", two: "up" });
  // With the numbers come the last of the faults, which are not to be taken for the trial's.
  const two = websocket === "own" ? 32 : 0;
  await expect.poll(pool.sessions, { timeout: 3000 }).toEqual({ one: 0, two });
  vi.setSystemTime(Date.now() + FIRST_BACKOFF_MS);
  return {
    ...pool,
    /** Twelve handshakes in both isolates; gives how many dials `one` has had of them. */
    tried: async (then: Answerer): Promise<number> => {
      answerer = then;
      asked.length = 0;
      for (let n = 0; n < 12; n++) {
        expect(await open(n, fronts[n % 2])).toBe(transport === "polling" ? 200 : 101);
      }
      return asked.filter(({ url, isUpgrade }) => url.host === ONE && isUpgrade).length;
    },
  };
}

describe.each([
  ["by polling", "polling", "own"],
  ["by a WebSocket", "websocket", "own"],
  ["by a WebSocket that is passed", "websocket", "pass"],
] as const)("an ejected origin whose back-off is over gets one session %s", (_, transport, how) => {
  test("and is back with it", async () => {
    const { tried, healths } = await onTrial(transport, how);
    expect(await tried(well())).toBe(1);
    await expect.poll(healths, { timeout: 3000 }).toEqual({ one: "up", two: "up" });
  });

  test("and is out again when that fails, with nobody the worse", async () => {
    const { tried, healths } = await onTrial(transport, how);
    expect(await tried(answering(503))).toBe(1);
    await expect.poll(healths, { timeout: 3000 }).toEqual({ one: "ejected", two: "up" });
    vi.setSystemTime(Date.now() + FIRST_BACKOFF_MS);
    expect(await healths()).toEqual({ one: "ejected", two: "up" });
  });
});

test("refusals of passed WebSockets eject nobody, however they are made", async () => {
  const { POOL, healths, stub } = await newPool();
  const asked = fakeOrigins({
    [ONE]: (one) => (one.isUpgrade ? dead()(one) : answering(400)(one)),
    [TWO]: answering(401),
  });
  const pools = parseSettings(env).pools.map((one) => ({ ...one, websocket: "pass" as const }));
  const { front } = isolate(pools, POOL);
  for (let n = 0; n < 16; n++) await front(...handshake("websocket", n));
  expect(asked.length).toBeGreaterThan(16);
  // What had been gathered would be told after a second.
  await scheduler.wait(1500);
  expect(await stub.look("default")).toBeDefined();
  expect(await healths()).toEqual({ one: "up", two: "up" });
});
