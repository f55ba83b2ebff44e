import type { Server } from "socket.io";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createAdapter } from "../../src/origin/origin.ts";
import { connected, createClient, WEBSOCKET } from "../support/clients.ts";
import { know } from "../support/cluster.ts";
import { direct, type Edge } from "../support/edge.ts";
import { type Origin, startOrigin } from "../support/origin.ts";
import { knownOf, startPool, TOKEN } from "../support/pool-edge.ts";

const BACK = { timeout: 15_000, interval: 50 };

interface Place {
  readonly name: string;
  readonly origin: Origin;
  io: Server;
}

/** Two servers of a pool, which has sent a client to each: so each has heard what the edge calls it. */
async function pair(): Promise<{ edge: Edge; one: Place; two: Place }> {
  const [first, second] = [await startOrigin(), await startOrigin()];
  const edge = await startPool({
    ORIGINS: `one=${first.url}, two=${second.url}`,
    BALANCE: "round-robin",
    HEALTH: "off",
  });
  const one = { name: "one", origin: first, io: serve(first, edge) };
  const two = { name: "two", origin: second, io: serve(second, edge) };
  onTestFinished(async () => {
    for (const { io, origin } of [one, two]) {
      await io.of("/").adapter.close();
      await origin.stop();
    }
  });
  await know([one.io, two.io], 2);
  for (const _ of [one, two]) await connected(createClient(edge.url, WEBSOCKET), WEBSOCKET);
  expect([one, two].map(({ io }) => io.of("/").sockets.size)).toEqual([1, 1]);
  return { edge, one, two };
}

function serve(origin: Origin, { url }: Edge): Server {
  return origin.serve({ adapter: createAdapter({ url, token: TOKEN }) });
}

async function healthOf(edge: Edge): Promise<string[]> {
  return (await knownOf(edge)).map(({ health }) => health);
}

/** How many of so many new sessions that server gets. */
async function given(edge: Edge, { io }: Place, count: number): Promise<number> {
  const before = io.engine.clientsCount;
  for (let n = 0; n < count; n++) await connected(createClient(edge.url, WEBSOCKET), WEBSOCKET);
  return io.engine.clientsCount - before;
}

/** Has the server close, and keeps it answering handshakes until `goOn`. */
function closing({ io }: Place): { goOn: () => Promise<void> } {
  const { promise: onward, resolve } = Promise.withResolvers<void>();
  const { adapter } = io.of("/");
  const close = adapter.close.bind(adapter);
  const held = vi.spyOn(adapter, "close").mockImplementation(() => onward.then(close));
  const closed = io.close();
  onTestFinished(() => resolve());
  return {
    async goOn() {
      held.mockRestore();
      resolve();
      await closed;
    },
  };
}

describe.skipIf(direct)("a server that closes (direct has no pool)", () => {
  test("is known to by its pool, which gives it no session more, and gets some again when it is back", async () => {
    const { edge, one } = await pair();
    const { goOn } = closing(one);
    // Nobody has failed to reach it, nor could one address alone have it ejected.
    await vi.waitFor(async () => expect(await healthOf(edge)).toEqual(["ejected", "up"]), BACK);
    // What an isolate knows of the pool may be two seconds old.
    await vi.waitFor(async () => expect(await given(edge, one, 2)).toBe(0), BACK);
    expect(await given(edge, one, 10)).toBe(0);
    await goOn();
    one.io = serve(one.origin, edge);
    await one.origin.reopen();
    await vi.waitFor(async () => {
      await connected(createClient(edge.url, WEBSOCKET), WEBSOCKET);
      expect(await healthOf(edge)).toEqual(["up", "up"]);
      expect(one.io.of("/").sockets.size).toBeGreaterThan(0);
    }, BACK);
  }, 40_000);

  test("is given sessions again where the others close as well", async () => {
    const { edge, one, two } = await pair();
    const first = closing(one);
    await vi.waitFor(async () => expect(await healthOf(edge)).toEqual(["ejected", "up"]), BACK);
    await two.io.close();
    // The one that said so first may be back by now, and answers.
    await vi.waitFor(async () => expect(await healthOf(edge)).toEqual(["up", "ejected"]), BACK);
    expect(await given(edge, one, 3)).toBe(3);
    await first.goOn();
  });
});
