import { env } from "cloudflare:workers";
import { beforeEach, expect, test, vi } from "vitest";
import { PoolKeeper } from "../../src/edge/pool/pool-keeper.ts";
import { engine, fakeOrigins } from "./fake-origins.ts";
import { newPool } from "./live-pool.ts";
import { object, openPolling } from "./sessions.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockReturnValue();
});

test("an object tells its pool of all its sessions in one report, however many handshakes came at once", async () => {
  await newPool();
  fakeOrigins({ a: engine(), b: engine() });
  const report = vi.spyOn(PoolKeeper.prototype, "report");
  const id = env.SESSIONS.newUniqueId();
  const owner = env.SESSIONS.get(id);
  const fronts = ["a", "a", "b", "b"].map((host) => object(owner, [host]));
  await Promise.all(fronts.map((front) => openPolling(front)));
  const told = () => {
    const calls = report.mock.calls.filter(([, { object: from }]) => from === id.toString());
    return calls.map(([pool, { sessions }]) => [pool, sessions]);
  };
  await expect.poll(told, { timeout: 3000 }).toEqual([["default", { a: 2, b: 2 }]]);
  // A second one's would come at the same time.
  await owner.report();
  expect(told()).toHaveLength(2);
});
