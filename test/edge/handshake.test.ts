import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { PoolOrigin } from "../../src/core/pool/origin.ts";
import type { AffinityCookie } from "../../src/core/pool/pool.ts";
import { HANDSHAKE_HEADER, parseHandshake } from "../../src/edge/contracts.ts";
import { createApp } from "../../src/edge/entry/app.ts";
import type { Env, Settings } from "../../src/edge/env.ts";
import { parseSettings } from "../../src/edge/env.ts";
import { CachedPoolView } from "../../src/edge/pool/pool-view.ts";
import { answering, dead, engine, fakeOrigins } from "./fake-origins.ts";
import { origin, poolOf } from "../core/pool/pool-builders.ts";
import { edge, openPolling, ownerOf } from "./sessions.ts";

/** The whole edge with settings and bindings of its own; its session objects have the Worker's. */
function newEdge(
  { origins = [A], ...settings }: Partial<Settings> & { readonly origins?: readonly PoolOrigin[] },
  bindings: Partial<Env> = {},
  headers: Readonly<Record<string, string>> = {},
) {
  const all = { ...parseSettings(env), ...settings };
  const app = createApp({ ...env, ...bindings }, all, [configured(origins)]);
  return edge({ fetch: (request) => app.fetch(request) }, headers);
}

/** A pool that nobody is asked of. */
function configured(origins: readonly PoolOrigin[]): CachedPoolView {
  return new CachedPoolView(poolOf(origins, { balance: "round-robin" }), undefined, "");
}

const COOKIE: AffinityCookie = {
  name: "mooring",
  ttlS: undefined,
  path: "/",
  domain: undefined,
  sameSite: "Lax",
  isSecure: false,
  isHttpOnly: true,
  isPartitioned: false,
};

const A = origin("a");
const B = origin("b");

async function owners(front: ReturnType<typeof newEdge>, count: number): Promise<number[]> {
  const counts = new Map<string, number>();
  for (let n = 0; n < count; n++) {
    const owner = ownerOf((await openPolling(front)).sid);
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return [...counts.values()];
}

describe("a new session", () => {
  test("goes to an object that has some, until it is full", async () => {
    fakeOrigins({ a: engine() });
    expect(await owners(newEdge({ origins: [A], sessionsPerObject: 20 }), 50)).toEqual([
      20, 20, 10,
    ]);
  });

  test("has an object of its own where one is all that an object may have", async () => {
    fakeOrigins({ a: engine() });
    expect(await owners(newEdge({ origins: [A], sessionsPerObject: 1 }), 5)).toEqual([
      1, 1, 1, 1, 1,
    ]);
  });

  test("goes to another object when the first says that it is full", async () => {
    fakeOrigins({ a: engine() });
    // Entry would fill an object with 1000; the object itself takes a hundred.
    expect(await owners(newEdge({ origins: [A], sessionsPerObject: 1000 }), 102)).toEqual([100, 2]);
  });

  test("of a burst goes to an object with a dial to spare: three to an origin, six in all", async () => {
    fakeOrigins({ a: engine(), b: engine() });
    const front = newEdge({ origins: [A, B] });
    const burst = await Promise.all(Array.from({ length: 13 }, () => openPolling(front)));
    const counts = new Map<string, number>();
    for (const { sid } of burst) counts.set(ownerOf(sid), (counts.get(ownerOf(sid)) ?? 0) + 1);
    expect([...counts.values()].toSorted((a, b) => a - b)).toEqual([1, 6, 6]);
  });

  test("is spread over the origins in turn", async () => {
    const asked = fakeOrigins({ a: engine(), b: engine() });
    const front = newEdge({ origins: [A, B] });
    for (let n = 0; n < 6; n++) await openPolling(front);
    const hosts = asked.map(({ url }) => url.host);
    expect(hosts.slice(1)).toEqual(hosts.slice(0, -1).map((host) => (host === "a" ? "b" : "a")));
  });

  test("goes on to the next origin when one is dead or broken", async () => {
    fakeOrigins({ a: dead(), b: engine() });
    const front = newEdge({ origins: [A, B] });
    for (let n = 0; n < 4; n++) expect((await openPolling(front)).sid).toHaveLength(59);
  });

  test("that no origin takes is answered 503, when to come back, and why", async () => {
    const asked = fakeOrigins({ a: dead(), b: answering(502) });
    const response = await newEdge({ origins: [A, B] })("polling");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await response.json()).toEqual({ code: "NO_ORIGIN", message: "No origin answers." });
    expect(new Set(asked.map(({ url }) => url.host))).toEqual(new Set(["a", "b"]));
  });

  test("may dial eight origins of a large pool, and takes no more of them to its object", async () => {
    const names = Array.from({ length: 500 }, (_, n) => `o${n}`);
    const asked = fakeOrigins(Object.fromEntries(names.map((name) => [name, answering(502)])));
    const set = vi.spyOn(Headers.prototype, "set");
    onTestFinished(() => set.mockRestore());
    const pool = poolOf(names, { affinity: { type: "cookie", cookie: COOKIE } });
    const view = new CachedPoolView(pool, undefined, "secret");
    const app = createApp(env, parseSettings(env), [view]);
    const response = await edge({ fetch: (request) => app.fetch(request) })("polling");
    expect(response.status).toBe(503);
    const hosts = asked.map(({ url }) => url.host);
    expect(hosts).toHaveLength(8);
    const sent = set.mock.calls.find(([name]) => name === HANDSHAKE_HEADER)?.[1] ?? "";
    const { origins, cookies } = parseHandshake(sent);
    expect(origins.map(({ name }) => name)).toEqual(hosts);
    expect(Object.keys(cookies).toSorted()).toEqual(hosts.toSorted());
  });

  test("goes to a fresh object when those that had room were reset, and their sids are unknown", async () => {
    fakeOrigins({ a: engine() });
    const front = newEdge({ origins: [A] });
    const lost = await openPolling(front);
    await abortAllDurableObjects();
    expect(await lost.poll()).toBe('{"code":1,"message":"Session ID unknown"}');
    const next = await openPolling(front);
    await next.post("4hi");
    expect(await next.poll()).toBe("4hi");
  });

  test("takes the place of one that failed", async () => {
    const answerers = [dead(), dead(), engine(), engine(), engine()];
    fakeOrigins({ a: (asked) => (answerers.shift() ?? dead())(asked) });
    const front = newEdge({ origins: [A], sessionsPerObject: 2 });
    expect((await front("polling")).status).toBe(503);
    expect(await owners(front, 3)).toEqual([2, 1]);
  });
});

/** What an origin is told of the client of such a request. */
async function forwardedFor(
  settings: Partial<Settings>,
  headers: Readonly<Record<string, string>>,
  cf: CfProperties = {},
): Promise<string | null | undefined> {
  const asked = fakeOrigins({ a: engine() });
  const all = { ...parseSettings(env), ...settings };
  const app = createApp(env, all, [configured([A])]);
  const url = "http://edge.example/socket.io/?EIO=4&transport=polling";
  const request = new Request(url, { headers, cf });
  await app.fetch(request);
  return asked[0]?.headers.get("x-forwarded-for");
}

describe("the client's address", () => {
  const SPOOFED = {
    "cf-connecting-ip": "198.51.100.1",
    "x-forwarded-for": "203.0.113.7",
    "x-real-ip": "203.0.113.8",
    "true-client-ip": "203.0.113.9",
    forwarded: "for=203.0.113.10",
  };

  test("is Cloudflare's word by default, and no other header's", async () => {
    expect(await forwardedFor({}, SPOOFED, { clientIp: "192.0.2.1:1" })).toBe("198.51.100.1");
  });

  test.each([
    ["192.0.2.1:45166", "192.0.2.1"],
    ["[2001:db8::1]:45166", "2001:db8::1"],
    ["[::1]:80", "::1"],
    ["192.0.2.1", "192.0.2.1"],
  ])("is the socket's where the setting says so: %s", async (clientIp, address) => {
    expect(await forwardedFor({ clientAddress: "socket" }, SPOOFED, { clientIp })).toBe(address);
  });

  test("is unknown without its source, whatever the client claims", async () => {
    const { "cf-connecting-ip": _, ...others } = SPOOFED;
    expect(await forwardedFor({}, others, { clientIp: "192.0.2.1:1" })).toBe("unknown");
    expect(await forwardedFor({ clientAddress: "socket" }, SPOOFED)).toBe("unknown");
    expect(await forwardedFor({ clientAddress: "socket" }, SPOOFED, { clientIp: 7 })).toBe(
      "unknown",
    );
  });

  test("stands behind what a trusted proxy says", async () => {
    const seen = await forwardedFor({ isForwardedTrusted: true }, SPOOFED);
    expect(seen).toBe("203.0.113.7, 198.51.100.1");
  });
});

/** A rate-limit binding that refuses `refused`, and remembers by what it was asked. */
class FakeLimit implements RateLimit {
  readonly keys: string[] = [];
  readonly #refused: readonly string[];

  constructor(...refused: string[]) {
    this.#refused = refused;
  }

  limit({ key }: RateLimitOptions): Promise<RateLimitOutcome> {
    this.keys.push(key);
    return Promise.resolve({ success: !this.#refused.includes(key) });
  }
}

describe("the rate of handshakes", () => {
  test("refuses an address over it with 429 and when to come back, and lets others in", async () => {
    const asked = fakeOrigins({ a: engine() });
    const HANDSHAKE_LIMIT = new FakeLimit("192.0.2.1");
    const from = (address: string) => {
      return newEdge({ origins: [A] }, { HANDSHAKE_LIMIT }, { "cf-connecting-ip": address });
    };
    const refused = await from("192.0.2.1")("polling");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("10");
    expect(await refused.json()).toEqual({
      code: "RATE",
      message: "Too many handshakes from this address.",
    });
    expect(asked).toEqual([]);
    expect((await openPolling(from("192.0.2.2"))).sid).toHaveLength(59);
  });

  test("lets everybody in where it can't be asked", async () => {
    fakeOrigins({ a: engine() });
    const HANDSHAKE_LIMIT = { limit: () => Promise.reject(new Error("Overloaded.")) };
    const front = newEdge({ origins: [A] }, { HANDSHAKE_LIMIT });
    expect((await openPolling(front)).sid).toHaveLength(59);
  });

  test("counts handshakes alone", async () => {
    fakeOrigins({ a: engine() });
    const HANDSHAKE_LIMIT = new FakeLimit();
    const headers = { "cf-connecting-ip": "192.0.2.1" };
    const client = await openPolling(newEdge({ origins: [A] }, { HANDSHAKE_LIMIT }, headers));
    await client.post("4a");
    await client.poll();
    expect(HANDSHAKE_LIMIT.keys).toEqual(["192.0.2.1"]);
  });

  const ONE_NETWORK = "2001:db8:1:2";

  test.each([
    ["2001:db8:1:2:3:4:5:6", ONE_NETWORK],
    ["2001:db8:1:2::6", ONE_NETWORK],
    ["2001:db8:1:2::", ONE_NETWORK],
    ["2001:db8:1:2:3:4:5::", ONE_NETWORK],
    ["2001:db8:1:3::6", "2001:db8:1:3"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1"],
    ["2001::5", "2001:0:0:0"],
    ["::1", "0:0:0:0"],
    ["::2001:db8:1:2:3:4:5", "0:2001:db8:1"],
  ])("counts %s by its /64", async (address, network) => {
    fakeOrigins({ a: engine() });
    const HANDSHAKE_LIMIT = new FakeLimit();
    const headers = { "cf-connecting-ip": address };
    await openPolling(newEdge({ origins: [A] }, { HANDSHAKE_LIMIT }, headers));
    expect(HANDSHAKE_LIMIT.keys).toEqual([network]);
  });

  test("counts IPv4 addresses each, in IPv6's notation too", async () => {
    fakeOrigins({ a: engine() });
    const HANDSHAKE_LIMIT = new FakeLimit();
    for (const address of ["::ffff:192.0.2.1", "::ffff:192.0.2.2"]) {
      const headers = { "cf-connecting-ip": address };
      await openPolling(newEdge({ origins: [A] }, { HANDSHAKE_LIMIT }, headers));
    }
    expect(new Set(HANDSHAKE_LIMIT.keys).size).toBe(2);
  });
});
