import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "smol-toml";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { connected, createClient, WEBSOCKET, POLLING } from "../support/clients.ts";
import { direct } from "../support/edge.ts";
import { folderWith, MooringDev, ROOT } from "../support/mooring-dev.ts";
import { startOrigins, startPool, tables, type Settings } from "../support/pool-edge.ts";
import { startNamedOrigin, tally, visit, visits } from "../support/pool-sessions.ts";
import { request } from "../support/raw-http.ts";

describe.skipIf(direct)("several pools (direct has no edge)", () => {
  test("are told apart by host, wildcard host and path", async () => {
    const [chat, rest] = tables(await startOrigins("chat", "rest"));
    const under = await startNamedOrigin("games", "/games/socket.io/");
    onTestFinished(() => under.stop());
    const [games] = tables([under]);
    const edge = await startPools([
      { name: "chat", match: ["chat.example.com"], origins: [chat] },
      {
        name: "games",
        match: ["*.games.example.com", "/games"],
        engine_path: "/games/socket.io/",
        origins: [games],
      },
      { name: "rest", origins: [rest] },
    ]);
    const at = async (host: string, path?: string): Promise<string> =>
      (await visit(edge.url, { headers: { host }, ...(path === undefined ? {} : { path }) }))
        .origin;
    expect(await at("chat.example.com")).toBe("chat");
    expect(await at("CHAT.example.com:8080")).toBe("chat");
    expect(await at("one.games.example.com", "/games/socket.io/")).toBe("games");
    expect(await at("other.example.com", "/games/socket.io/")).toBe("games");
    expect(await at("one.two.games.example.com")).toBe("rest");
    expect(await at("other.example.com")).toBe("rest");
  });

  test("balance each for itself", async () => {
    const origins = await startOrigins("a", "b", "c", "d");
    const [a, b, c, d] = tables(origins);
    const edge = await startPools([
      { name: "one", match: ["one.example.com"], balance: "round-robin", origins: [a, b] },
      { name: "two", affinity: "ip", origins: [c, d] },
    ]);
    const headers = { host: "one.example.com" };
    expect(tally(await visits(edge.url, 20, () => ({ headers })))).toEqual({ a: 10, b: 10 });
    expect(Object.keys(tally(await visits(edge.url, 20)))).toHaveLength(1);
  });
});

describe.skipIf(direct)("the rest of the application (direct has no edge)", () => {
  test("is proxied by the pool's policy where `proxy` is on", async () => {
    const ORIGINS = tables(await startOrigins("a", "b"));
    const edge = await startPool({ ORIGINS, BALANCE: "round-robin", PROXY: "true" });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        request(`${edge.url}/page?n=${n}`, { method: "POST", body: `body ${n}` }),
      ),
    );
    const pages = answers.map(({ body }): unknown => JSON.parse(body.toString()));
    for (const [n, page] of pages.entries()) {
      expect(page).toMatchObject({
        method: "POST",
        url: `/page?n=${n}`,
        body: `body ${n}`,
        headers: { "x-forwarded-for": "127.0.0.1" },
      });
    }
    const names = answers.map(({ headers }) => headers["x-origin"]);
    expect(names.filter((name) => name === "a")).toHaveLength(5);
  });

  test("is 404 where `proxy` is off", async () => {
    const edge = await startPool({ ORIGINS: tables(await startOrigins("a")) });
    const { status, headers } = await request(`${edge.url}/page`);
    expect(status).toBe(404);
    expect(headers["x-origin"]).toBeUndefined();
  });
});

describe.skipIf(direct)("`websocket: pass` (direct has no edge)", () => {
  test("splices a client that starts with a WebSocket to its origin, and owns the others", async () => {
    const [origin] = await startOrigins("a");
    const edge = await startPool({ ORIGINS: tables(origin ? [origin] : []), WEBSOCKET: "pass" });
    const client = await connected(createClient(edge.url, WEBSOCKET), WEBSOCKET);
    expect(await client.emitWithAck("who")).toBe("a");
    // The session's id is the origin's own, no sealed one of an object.
    expect(client.io.engine.id).toHaveLength(20);
    expect(edge.output()).not.toContain("session-opened");
    const polling = await connected(createClient(edge.url, POLLING), POLLING);
    expect(await polling.emitWithAck("who")).toBe("a");
    expect(polling.io.engine.id).toHaveLength(59);
  });

  test("goes on to the next origin when one can't be dialled", async () => {
    const origins = await startOrigins("a", "b");
    const ORIGINS = [{ name: "dead", url: "http://127.0.0.1:9" }, ...tables(origins)];
    const edge = await startPool({ ORIGINS, BALANCE: "round-robin", WEBSOCKET: "pass" });
    const opened = Array.from({ length: 12 }, () => openedAt(edge.url));
    const names = await Promise.all(opened);
    expect(new Set(names)).toEqual(new Set(["a", "b"]));
  });

  test("is owned by a session object where it is `own`", async () => {
    const edge = await startPool({ ORIGINS: tables(await startOrigins("a")), WEBSOCKET: "own" });
    const client = await connected(createClient(edge.url, WEBSOCKET), WEBSOCKET);
    expect(client.io.engine.id).toHaveLength(59);
  });
});

/** The edge with a wrangler.toml of these pools, in place of the one that comes with Mooring and has ORIGINS. */
async function startPools(pools: readonly Settings[]): Promise<MooringDev> {
  const config = parse(readFileSync(join(ROOT, "wrangler.toml"), "utf8"));
  const cwd = folderWith(stringify({ ...config, vars: { POOLS: pools } }));
  const edge = await MooringDev.start([], { cwd });
  onTestFinished(async () => void (await edge.stop()));
  return edge;
}

/** Opens a WebSocket, and gives the origin's name from its answer's header. */
function openedAt(url: string): Promise<unknown> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  return new Promise((resolve, reject) => {
    socket.once("upgrade", ({ headers }) => resolve(headers["x-origin"]));
    socket.once("error", reject);
    socket.once("open", () => socket.close());
  });
}
