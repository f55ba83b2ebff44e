import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Socket } from "socket.io-client";
import { childrenOf, isAlive } from "../support/command.ts";
import { createClient, joined, WEBSOCKET } from "../support/clients.ts";
import { endOfMooring, MooringDev, temporaryFolder } from "../support/mooring-dev.ts";
import { startOrigin, type Origin } from "../support/origin.ts";

const TOKEN = "a-token-of-24-characters";

/** How long an order takes to be heard of everywhere. */
const HEARD_MS = 2000;

/** Servers that say their names, with an edge in front of those of them that are configured. */
class Site {
  readonly state = temporaryFolder();
  readonly #origins = new Map<string, Origin>();
  #edge: MooringDev | undefined;

  static async open(...configured: readonly string[]): Promise<Site> {
    const site = new Site();
    onTestFinished(() => site.#close());
    for (const name of configured) await site.serve(name);
    await site.start(configured);
    return site;
  }

  get url(): string {
    if (this.#edge === undefined) throw new Error("Expected an edge, got none.");
    return this.#edge.url;
  }

  async serve(name: string): Promise<string> {
    const origin = await startOrigin({}, (io) => {
      io.on("connection", (socket) => {
        socket.on("name", (answer: (name: string) => void) => answer(name));
      });
    });
    this.#origins.set(name, origin);
    return origin.url;
  }

  /** Ends the edge, by this signal, and starts it again on the same storage. */
  async restart(signal: NodeJS.Signals, configured: readonly string[]): Promise<void> {
    const edge = this.#edge;
    const children = edge === undefined ? [] : childrenOf(edge.command.pid);
    await edge?.stop(signal);
    // After a SIGKILL, what it started goes a moment later; until then two would share the storage.
    await vi.waitUntil(() => !children.some(isAlive), { timeout: 10_000 });
    await this.start(configured);
  }

  async start(configured: readonly string[]): Promise<void> {
    const origins = configured.flatMap((name) => [
      "--origin",
      `${name}=${this.#origins.get(name)?.url}`,
    ]);
    const vars = ["--var", `MOORING_TOKEN=${TOKEN}`, "--var", "BALANCE=round-robin"];
    this.#edge = await MooringDev.start([...origins, ...vars, "--state", this.state]);
  }

  async ask(method: string, path = "", body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}/mooring/api/pools/default${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  async connect(): Promise<Socket> {
    const client = createClient(this.url, WEBSOCKET);
    await joined(client);
    return client;
  }

  /** Where as many new sessions at once went. */
  async spread(count: number): Promise<Set<string>> {
    const clients = await Promise.all(Array.from({ length: count }, () => this.connect()));
    const names = await Promise.all(clients.map(nameOf));
    for (const client of clients) client.disconnect();
    return new Set(names);
  }

  async #close(): Promise<void> {
    await this.#edge?.stop();
    for (const origin of this.#origins.values()) await origin.stop();
  }
}

async function nameOf(client: Socket): Promise<string> {
  return String(await client.timeout(5000).emitWithAck("name"));
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** The status of a look at the pools with this token. */
async function lookWith(edge: MooringDev, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${edge.url}/mooring/api/pools`, { headers })).status;
}

/** `mooring dev` with this token, or none, in its environment. */
async function startDev(args: readonly string[], token?: string): Promise<MooringDev> {
  const { MOORING_TOKEN: _, ...rest } = process.env;
  const env = token === undefined ? rest : { ...rest, MOORING_TOKEN: token };
  const edge = await MooringDev.start(["--origin", "http://127.0.0.1:9", ...args], { env });
  onTestFinished(async () => void (await edge.stop()));
  return edge;
}

describe("within two seconds", () => {
  test.each(["drain", "maint"])(
    "%s ends new sessions at an origin, while those that it has go on",
    async (order) => {
      const site = await Site.open("amber", "birch");
      const clients = [await site.connect(), await site.connect()];
      const names = await Promise.all(clients.map(nameOf));
      expect(new Set(names)).toEqual(new Set(["amber", "birch"]));
      await site.ask("POST", `/origins/amber/${order}`);
      await passed(HEARD_MS);
      expect(await site.spread(8)).toEqual(new Set(["birch"]));
      expect(await Promise.all(clients.map(nameOf))).toEqual(names);
      await site.ask("POST", "/origins/amber/ready");
      await passed(HEARD_MS);
      expect(await site.spread(8)).toEqual(new Set(["amber", "birch"]));
    },
  );

  test("a weight of 0 ends new sessions at an origin", async () => {
    const site = await Site.open("amber", "birch");
    expect(await site.spread(8)).toEqual(new Set(["amber", "birch"]));
    await site.ask("PUT", "/origins/birch/weight", { weight: 0 });
    await passed(HEARD_MS);
    expect(await site.spread(8)).toEqual(new Set(["amber"]));
  });

  test("an added origin gets sessions, and a removed one no more", async () => {
    const site = await Site.open("amber", "birch");
    expect(await site.spread(4)).toEqual(new Set(["amber", "birch"]));
    const url = await site.serve("cedar");
    await site.ask("POST", "/origins", { name: "cedar", url });
    await passed(HEARD_MS);
    expect(await site.spread(12)).toEqual(new Set(["amber", "birch", "cedar"]));
    await site.ask("DELETE", "/origins/amber");
    await passed(HEARD_MS);
    expect(await site.spread(12)).toEqual(new Set(["birch", "cedar"]));
  });
});

describe("what was ordered is kept", () => {
  test.each(["SIGTERM", "SIGKILL"] as const)("over a restart of the edge by %s", async (signal) => {
    const configured = ["amber", "birch", "cedar"];
    const site = await Site.open(...configured);
    const url = await site.serve("elm");
    await site.ask("POST", "/origins/amber/drain");
    await site.ask("PUT", "/origins/birch/weight", { weight: 0 });
    await site.ask("DELETE", "/origins/cedar");
    await site.ask("POST", "/origins", { name: "elm", url, weight: 7 });
    await site.restart(signal, configured);
    expect(await site.ask("GET")).toMatchObject({
      origins: [
        { name: "amber", admin: "drain", weight: 1 },
        { name: "birch", admin: "ready", weight: 0 },
        { name: "elm", admin: "ready", weight: 7, url },
      ],
    });
    expect(await site.spread(6)).toEqual(new Set(["elm"]));
  });
});

describe("the token of mooring dev", () => {
  test("is made up where none is set, and said on stderr alone", async () => {
    const edge = await startDev([]);
    const [, token = ""] = /Made up for this run: ([\w-]{32})\n/.exec(edge.command.stderr) ?? [];
    expect(await lookWith(edge, token)).toBe(200);
    expect(await lookWith(edge, `${token}x`)).toBe(401);
    expect(edge.command.stdout).toBe(`Mooring is ready on ${edge.url}\n`);
  });

  test("is the environment's, which is not said", async () => {
    const edge = await startDev([], TOKEN);
    expect(await lookWith(edge, TOKEN)).toBe(200);
    expect(edge.command.stderr).not.toContain("MOORING_TOKEN");
    expect(edge.command.stderr).not.toContain(TOKEN);
  });

  test("is --var's before the environment's", async () => {
    const given = "another-of-24-characters";
    const edge = await startDev(["--var", `MOORING_TOKEN=${given}`], TOKEN);
    expect(await lookWith(edge, given)).toBe(200);
    expect(await lookWith(edge, TOKEN)).toBe(401);
  });

  test("is refused when it is too short, without being shown", async () => {
    const args = ["dev", "--port", "0", "--origin", "http://127.0.0.1:9"];
    const env = { ...process.env, MOORING_TOKEN: "2short" };
    const { code, stderr } = await endOfMooring(args, { env });
    expect(code).toBe(2);
    expect(stderr).toContain("MOORING_TOKEN: expected at least 16 ASCII characters");
    expect(stderr).not.toContain("2short");
  });
});
