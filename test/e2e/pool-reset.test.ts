import { expect, onTestFinished, test, vi } from "vitest";
import { childrenOf, isAlive } from "../support/command.ts";
import { MooringDev, temporaryFolder } from "../support/mooring-dev.ts";
import { knownOf, startOrigins, TOKEN } from "../support/pool-edge.ts";

const MAXIMUM = 3;

/** The edge on this storage, before one origin that takes so many sessions and has no queue. */
async function startEdge(state: string, url: string): Promise<MooringDev> {
  const origins = JSON.stringify([{ name: "one", url, max_connections: MAXIMUM }]);
  const vars = { ORIGINS: origins, QUEUE_TIMEOUT: "0", MOORING_TOKEN: TOKEN };
  const args = Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}=${value}`]);
  const edge = await MooringDev.start([...args, "--state", state]);
  onTestFinished(async () => void (await edge.stop("SIGKILL")));
  return edge;
}

async function killed(edge: MooringDev): Promise<void> {
  const children = childrenOf(edge.command.pid);
  await edge.stop("SIGKILL");
  // What it started goes a moment later; until then two would share the storage.
  await vi.waitUntil(() => !children.some(isAlive), { timeout: 10_000 });
}

async function statuses({ url }: MooringDev, count: number): Promise<number[]> {
  const handshakes = Array.from({ length: count }, async () => {
    const response = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);
    await response.text();
    return response.status;
  });
  return (await Promise.all(handshakes)).toSorted((a, b) => a - b);
}

test("after the whole edge was killed, no place is kept for the sessions that went with it", async () => {
  const [one] = await startOrigins("one");
  const state = temporaryFolder();
  const first = await startEdge(state, one?.url ?? "");
  expect(await statuses(first, MAXIMUM + 1)).toEqual([200, 200, 200, 503]);
  const known = async () => (await knownOf(first))[0]?.sessions;
  await expect.poll(known, { timeout: 5000 }).toBe(MAXIMUM);
  await killed(first);
  const second = await startEdge(state, one?.url ?? "");
  expect(await statuses(second, MAXIMUM + 1)).toEqual([200, 200, 200, 503]);
});
