import { expect, onTestFinished, test, vi } from "vitest";
import { createClient, joined, WEBSOCKET } from "../support/clients.ts";
import { until, TOKEN } from "../support/cluster.ts";
import { startHubOrigin, type HubOrigin } from "../support/hub-origin.ts";
import { MooringDev } from "../support/mooring-dev.ts";

/** Servers in processes of their own behind an edge, with a client each. */
async function processes(count: number): Promise<HubOrigin[]> {
  const edge = await MooringDev.start([
    "--origin",
    "http://127.0.0.1:9",
    "--var",
    `MOORING_TOKEN=${TOKEN}`,
  ]);
  onTestFinished(() => edge.command.signalGroup("SIGKILL"));
  const origins = await Promise.all(
    Array.from({ length: count }, () => startHubOrigin(edge.url, TOKEN)),
  );
  onTestFinished(async () => void (await Promise.all(origins.map((origin) => origin.stop()))));
  for (const { url } of origins) await joined(createClient(url, WEBSOCKET));
  await know(origins, count);
  return origins;
}

async function know(origins: readonly HubOrigin[], servers: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const counts = await Promise.all(origins.map((origin) => origin.order({ do: "count" })));
      expect(counts).toEqual(origins.map(() => ({ servers, sockets: 1 })));
    },
    { timeout: 20_000, interval: 20 },
  );
}

test("a server that is killed is counted no longer, and waited for by nobody", async () => {
  const [a, b, c] = await processes(3);
  if (!a || !b || !c) throw new Error("Expected three processes, got fewer.");
  await c.signal("SIGKILL");
  const begin = performance.now();
  expect(await a.order({ do: "fetch-sockets" })).toHaveLength(2);
  expect(performance.now() - begin).toBeLessThan(2000);
  await know([a, b], 2);
  expect(await a.order({ do: "warnings" })).toEqual([]);
});

test("a server that is frozen is left behind, and comes back to all that it has missed", async () => {
  const [a, b] = await processes(2);
  if (!a || !b) throw new Error("Expected two processes, got fewer.");
  const client = createClient(b.url, WEBSOCKET);
  await joined(client);
  const told = until(client, "the end");
  await b.signal("SIGSTOP");
  await a.order({ do: "emit-numbers", label: "a", from: 0, count: 50, pauseMs: 1 });
  expect(await a.order({ do: "fetch-sockets" })).toBe("timeout reached: missing 1 responses");
  await b.signal("SIGCONT");
  await a.order({ do: "emit", args: ["the end"] });
  expect(await told).toEqual(Array.from({ length: 50 }, (_, n) => ["broadcast", "a", n]));
});

test("a server that is told to end closes by itself, and the others know at once", async () => {
  const [a, b] = await processes(2);
  if (!a || !b) throw new Error("Expected two processes, got fewer.");
  expect(await b.signal("SIGTERM")).toBe(0);
  await know([a], 1);
  expect(await a.order({ do: "fetch-sockets" })).toHaveLength(1);
});
