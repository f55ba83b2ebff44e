import type { Server } from "socket.io";
import type { Socket } from "socket.io-client";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createAdapter } from "../../src/origin/origin.ts";
import { CLIENT_MODES, createClient, joined } from "../support/clients.ts";
import type { Edge } from "../support/edge.ts";
import { startOrigin } from "../support/origin.ts";
import { startPool, TOKEN } from "../support/pool-edge.ts";

const CLIENTS = 24;

/** A pool of servers that can give their sessions to each other, and the clients that all of them have together. */
class Site {
  readonly servers = new Map<string, Server>();
  readonly clients: Socket[] = [];
  readonly disconnects: string[] = [];
  readonly edge: Edge;

  private constructor(edge: Edge) {
    this.edge = edge;
  }

  static async open(names: readonly string[], settings: Record<string, string>): Promise<Site> {
    const origins = await Promise.all(names.map(() => startOrigin()));
    onTestFinished(async () => void (await Promise.all(origins.map((origin) => origin.stop()))));
    const tables = origins.map(({ url }, i) => ({ name: names[i], url }));
    const edge = await startPool({ ORIGINS: tables, ...settings });
    const site = new Site(edge);
    for (const [i, origin] of origins.entries()) {
      const adapter = createAdapter({ url: edge.url, token: TOKEN, onWarning: () => {} });
      const io = origin.serve({ adapter, connectionStateRecovery: {} });
      site.servers.set(names[i] ?? "", io);
    }
    return site;
  }

  /** How many sessions each server has, by its own count. */
  get counts(): readonly number[] {
    return [...this.servers.values()].map((io) => io.of("/").sockets.size);
  }

  async connect(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const [polling, socket, upgrade] = CLIENT_MODES;
      const mode = [polling, socket, upgrade][i % 3] ?? CLIENT_MODES[0];
      if (mode === undefined) throw new Error("Expected a mode, got none.");
      const client = createClient(this.edge.url, mode);
      client.on("disconnect", (reason) => this.disconnects.push(reason));
      this.clients.push(client);
      await joined(client);
    }
  }

  async order(method: string, path: string, body?: object): Promise<void> {
    const response = await fetch(`${this.edge.url}/mooring/api/pools/default/origins/${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`Expected the order to be taken: ${await response.text()}`);
  }

  /** Waits until the servers' counts are what they should be. */
  settled(check: (counts: readonly number[]) => void): Promise<void> {
    return vi.waitFor(() => check(this.counts), { timeout: 15_000, interval: 20 });
  }
}

describe("live sessions", () => {
  test("leave a draining origin for the others, and their clients hear nothing of it", async () => {
    const site = await Site.open(["a", "b"], { DRAIN_RATE: "40" });
    await site.connect(CLIENTS);
    const ids = site.clients.map(({ id }) => id);
    await site.order("POST", "a/drain");
    await site.settled((counts) => expect(counts).toEqual([0, CLIENTS]));
    await site.order("POST", "a/ready");
    await site.order("POST", "b/drain");
    await site.settled((counts) => expect(counts).toEqual([CLIENTS, 0]));
    expect(site.clients.map(({ id }) => id)).toEqual(ids);
    expect(site.disconnects).toEqual([]);
  });

  test("are ended after the drain's time where no origin can take them over", async () => {
    const origin = await startOrigin();
    const spare = await startOrigin();
    onTestFinished(async () => void (await Promise.all([origin.stop(), spare.stop()])));
    const edge = await startPool({
      ORIGINS: [
        { name: "a", url: origin.url },
        { name: "b", url: spare.url, weight: 0 },
      ],
      DRAIN_TIMEOUT: "1s",
    });
    const io = origin.serve();
    spare.serve();
    const [mode] = CLIENT_MODES;
    if (mode === undefined) throw new Error("Expected a mode, got none.");
    const client = createClient(edge.url, mode, { reconnection: false });
    await joined(client);
    expect(io.of("/").sockets.size).toBe(1);
    const ended = new Promise((resolve) => void client.once("disconnect", resolve));
    await fetch(`${edge.url}/mooring/api/pools/default/origins/a/drain`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(await ended).toBe("transport close");
  });

  test("go to an origin that has come in, until the pool is level", async () => {
    const site = await Site.open(["a", "b", "c"], { REBALANCE: "true", REBALANCE_RATE: "100" });
    await site.order("POST", "c/drain");
    await site.connect(CLIENTS);
    expect(site.counts[2]).toBe(0);
    await site.order("POST", "c/ready");
    await site.settled((counts) => {
      for (const count of counts) expect(Math.abs(count - CLIENTS / 3)).toBeLessThanOrEqual(1);
    });
    expect(site.disconnects).toEqual([]);
  });

  test("go to a canary in its share, and come back when it has none", async () => {
    const site = await Site.open(["a", "canary"], { REBALANCE: "true", REBALANCE_RATE: "100" });
    await site.order("PUT", "canary/weight", { weight: 0 });
    await site.connect(CLIENTS);
    expect(site.counts).toEqual([CLIENTS, 0]);
    await site.order("PUT", "a/weight", { weight: 3 });
    await site.order("PUT", "canary/weight", { weight: 1 });
    await site.settled(([, canary = 0]) =>
      expect(Math.abs(canary - CLIENTS / 4)).toBeLessThanOrEqual(1),
    );
    await site.order("PUT", "canary/weight", { weight: 0 });
    await site.settled((counts) => expect(counts).toEqual([CLIENTS, 0]));
    expect(site.disconnects).toEqual([]);
  });
});
