import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { crew, pause } from "../../support/continuity-crew.ts";
import { NAMES } from "../../support/continuity-orders.ts";
import type { ContinuityOrigin } from "../../support/continuity-origin.ts";
import { ContinuityPage } from "../../support/continuity-page.ts";
import { ContinuityPool } from "../../support/continuity-pool.ts";
import { ContinuityProxy } from "../../support/continuity-proxy.ts";

const CLIENTS = 9;

/** Pages that join rooms and log in whenever they are connected, at servers that count who is there. */
class Site {
  readonly pool: ContinuityPool;
  readonly proxy: ContinuityProxy;
  readonly pages: readonly ContinuityPage[];
  #round = 0;

  private constructor(
    pool: ContinuityPool,
    proxy: ContinuityProxy,
    pages: readonly ContinuityPage[],
  ) {
    this.pool = pool;
    this.proxy = proxy;
    this.pages = pages;
  }

  static async open(isRecovering: boolean): Promise<Site> {
    const proxies: ContinuityProxy[] = [];
    const via = async (origin: ContinuityOrigin): Promise<string> => {
      const proxy = await ContinuityProxy.to(origin.port);
      proxies.push(proxy);
      return proxy.url;
    };
    const pool = await ContinuityPool.open({
      via,
      isRecovering,
      vars: { ORIGIN_PING_LATE: "1s", DRAIN_TIMEOUT: "1s" },
      server: { pingInterval: 1000, pingTimeout: 3000 },
    });
    const [proxy] = proxies;
    if (proxy === undefined) throw new Error("Expected a proxy, got none.");
    const clients = await crew(pool, CLIENTS, { reconnection: true });
    return new Site(
      pool,
      proxy,
      clients.map((client) => new ContinuityPage(client)),
    );
  }

  /** What is not as it should be, as soon as all is, or after some seconds. */
  async faults(): Promise<string[]> {
    const until = performance.now() + 8000;
    for (;;) {
      const faults = [...(await this.#strangers()), ...(await this.#unheard())];
      if (faults.length === 0 || performance.now() > until) return faults;
      await pause(50);
    }
  }

  /** Differences between who is there, who the servers count, and whom they know by which name. */
  async #strangers(): Promise<string[]> {
    const names = this.pages.map(({ client }) => client.name).toSorted();
    const away = this.pages.filter(({ client }) => !client.socket.connected);
    const counted = await Promise.all(
      this.pool.living.map(async (one) => v.parse(NAMES, await one.order({ do: "presence" }))),
    );
    const users = (await this.pool.sockets()).map(({ data }) => String(data["user"]));
    return [
      ...away.map(({ client }) => `${client.name} is not connected`),
      ...difference("counted", counted.flat().toSorted(), names),
      ...difference(
        "logged in",
        users.toSorted(),
        names.map((name) => `user of ${name}`),
      ),
    ];
  }

  /** Who is not told once what their room is told. */
  async #unheard(): Promise<string[]> {
    this.#round += 1;
    for (const { room } of this.pages) {
      // By any server where servers share their rooms, by each to its own where they don't.
      const speakers = this.pool.isRecovering ? this.pool.living.slice(0, 1) : this.pool.living;
      const args = ["news", this.#round] as const;
      await Promise.all(speakers.map((one) => one.order({ do: "emit", to: room, args })));
    }
    await pause(100);
    return this.pages.flatMap(({ client, news }) => {
      const count = news.filter((round) => round === this.#round).length;
      return count === 1 ? [] : [`${client.name} was told ${count} times`];
    });
  }
}

function difference(what: string, got: readonly string[], wanted: readonly string[]): string[] {
  return got.join() === wanted.join() ? [] : [`${what}: ${got.join()} for ${wanted.join()}`];
}

const FAULTS: readonly [string, (site: Site) => unknown][] = [
  ["all connections to an origin are reset", ({ proxy }) => proxy.reset()],
  ["the edge sees the end of connections", ({ proxy }) => proxy.halfClose("edge")],
  ["an origin sees the end of connections", ({ proxy }) => proxy.halfClose("origin")],
  [
    "an origin freezes and goes on",
    async ({ pool }) => {
      await pool.origin(1).signal("SIGSTOP");
      await pause(2500);
      await pool.origin(1).signal("SIGCONT");
    },
  ],
  [
    "an origin is killed and started again",
    async ({ pool }) => {
      await pool.origin(2).signal("SIGKILL");
      await pool.restart(2);
    },
  ],
  [
    "an origin is drained",
    async ({ pool }) => {
      await pool.drain("o1");
      await pause(1500);
      await pool.ready("o1");
    },
  ],
  [
    "an origin ends connections, takes no more, and is started again",
    async ({ pool }) => {
      await pool.origin(1).order({ do: "end", how: "engine.close" });
      await pause(1500);
      await pool.origin(1).signal("SIGKILL");
      await pool.restart(1);
    },
  ],
  [
    "the edge is killed and started again",
    async ({ pool }) => {
      await pool.killEdge();
      await pool.startEdge();
    },
  ],
  [
    "a network swallows all",
    async ({ proxy }) => {
      proxy.blacken();
      await pause(2500);
      proxy.brighten();
    },
  ],
  [
    "all origins are killed, and one started again",
    async ({ pool }) => {
      await Promise.all(pool.origins.map((origin) => origin.signal("SIGKILL")));
      await pool.restart(1);
    },
  ],
];

describe.each([
  ["with mooring/origin and recovery", true],
  ["on stock servers", false],
])("pages %s are in their rooms, logged in and counted", (_title, isRecovering) => {
  test("whatever happens", { timeout: 90_000 }, async () => {
    const site = await Site.open(isRecovering);
    expect(await site.faults()).toEqual([]);
    for (const [name, fault] of FAULTS) {
      await fault(site);
      expect([name, await site.faults()]).toEqual([name, []]);
    }
  });
});
