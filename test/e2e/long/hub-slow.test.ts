import type { Socket } from "socket.io-client";
import { expect, onTestFinished, test, vi } from "vitest";
import { createClient, joined, WEBSOCKET } from "../../support/clients.ts";
import { TOKEN } from "../../support/cluster.ts";
import { startHubOrigin, type HubOrigin } from "../../support/hub-origin.ts";
import { MooringDev } from "../../support/mooring-dev.ts";

/** Of one event: so many of them are more than the hub keeps for anybody. */
const BYTES = 1024 * 1024;
const COUNT = 40;

/** Two servers in processes of their own, and a client of each. */
async function pair(): Promise<[HubOrigin, HubOrigin, Socket, Socket]> {
  const vars = ["--var", `MOORING_TOKEN=${TOKEN}`];
  const edge = await MooringDev.start(["--origin", "http://127.0.0.1:9", ...vars]);
  onTestFinished(() => edge.command.signalGroup("SIGKILL"));
  const one = await startHubOrigin(edge.url, TOKEN);
  const two = await startHubOrigin(edge.url, TOKEN);
  onTestFinished(async () => void (await Promise.all([one.stop(), two.stop()])));
  await know([one, two]);
  const clients: [Socket, Socket] = [
    createClient(one.url, WEBSOCKET),
    createClient(two.url, WEBSOCKET),
  ];
  await Promise.all(clients.map(joined));
  return [one, two, ...clients];
}

/** Resolves when each counts all of them. */
async function know(origins: readonly HubOrigin[]): Promise<void> {
  await vi.waitFor(
    async () => {
      for (const origin of origins) {
        expect(await origin.order({ do: "count" })).toMatchObject({ servers: origins.length });
      }
    },
    { timeout: 20_000, interval: 20 },
  );
}

/** The numbers that a client is told, in order. */
function numbersOf(client: Socket): number[] {
  const numbers: number[] = [];
  client.on("n", (n: number) => numbers.push(n));
  return numbers;
}

test("a server that takes nothing is left behind within bounds, comes back, and is told what it has missed", async () => {
  const [one, two, first, second] = await pair();
  const [toldFirst, toldSecond] = [numbersOf(first), numbersOf(second)];
  await two.signal("SIGSTOP");
  for (let n = 0; n < COUNT; n++) {
    await one.order({ do: "emit", args: ["n", n, "x".repeat(BYTES)] });
  }
  await vi.waitFor(() => expect(toldFirst).toHaveLength(COUNT), { timeout: 10_000 });
  await vi.waitFor(
    async () => expect(await one.order({ do: "count" })).toMatchObject({ servers: 1 }),
    { timeout: 20_000, interval: 50 },
  );
  await two.signal("SIGCONT");
  await know([one, two]);
  await one.order({ do: "emit", args: ["n", COUNT] });
  await vi.waitFor(() => expect(toldSecond.at(-1)).toBe(COUNT), { timeout: 10_000 });
  // Some are missing, which its server says; what there is comes once and in order.
  expect(toldSecond).toEqual([...new Set(toldSecond)].toSorted((a, b) => a - b));
  expect(toldSecond.length).toBeLessThan(COUNT);
  expect(await two.order({ do: "warnings" })).toContain("events-missed");
  // It keeps for the other no more than its own bound.
  expect(await one.order({ do: "warnings" })).toEqual(["events-dropped"]);
}, 60_000);
