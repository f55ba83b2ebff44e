import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AffinityCookie } from "../../src/core/pool/pool.ts";
import { createApp } from "../../src/edge/entry/app.ts";
import { parseSettings } from "../../src/edge/env.ts";
import { AffinityTags } from "../../src/edge/pool/affinity-tags.ts";
import { CachedPoolView } from "../../src/edge/pool/pool-view.ts";
import type { Answerer } from "./fake-origins.ts";
import { answering, dead, engine, fakeOrigins } from "./fake-origins.ts";
import { poolOf } from "../core/pool/pool-builders.ts";
import type { Front } from "./sessions.ts";
import { edge } from "./sessions.ts";

const SECRET = "0123456789abcdef";
const COOKIE: AffinityCookie = {
  name: "mooring",
  ttlS: 3600,
  path: "/",
  domain: undefined,
  sameSite: "Lax",
  isSecure: false,
  isHttpOnly: true,
  isPartitioned: false,
};
const NAMES = ["a", "b", "c"];
const POOL = poolOf(NAMES, {
  affinity: { type: "cookie", cookie: COOKIE },
  balance: "round-robin",
});

beforeEach(() => {
  vi.spyOn(console, "log").mockReturnValue();
});

/** The edge before three origins; `hosts` is whom it has dialled. */
function newEdge(change: Readonly<Record<string, Answerer>> = {}, secret = SECRET) {
  const asked = fakeOrigins({ a: engine(), b: engine(), c: engine(), ...change });
  const app = createApp(env, parseSettings(env), [new CachedPoolView(POOL, undefined, secret)]);
  const front = edge({ fetch: (request) => app.fetch(request) });
  return { front, hosts: () => asked.map(({ url }) => url.host) };
}

async function handshake(front: Front, cookie?: string): Promise<string | null> {
  const response = await front("polling", cookie === undefined ? {} : { headers: { cookie } });
  return response.headers.get("set-cookie");
}

function pairOf(setCookie: string | null): string {
  return setCookie?.split(";")[0] ?? "";
}

async function tagOf(name: string, pool = POOL.name, secret = SECRET): Promise<string> {
  return (await new AffinityTags(pool, secret).of([name])).get(name) ?? "";
}

describe("the affinity cookie", () => {
  test("is on the handshake's answer, for the origin that the session is moored to", async () => {
    const { front, hosts } = newEdge();
    for (let n = 0; n < 3; n++) {
      const field = await handshake(front);
      const tag = await tagOf(hosts().at(-1) ?? "");
      expect(field).toBe(`mooring=${tag}; Path=/; Max-Age=3600; SameSite=Lax; HttpOnly`);
    }
    expect(new Set(hosts())).toEqual(new Set(NAMES));
  });

  test("brings the client back to its origin, among other cookies too", async () => {
    const { front, hosts } = newEdge();
    for (const name of NAMES) {
      const tag = await tagOf(name);
      for (const field of [`mooring=${tag}`, `x=1; mooring="${tag}"; mooring2=${tag}x`]) {
        await handshake(front, field);
        expect(hosts().at(-1)).toBe(name);
      }
    }
  });

  test("is the origin's that took the session when the one it names is down", async () => {
    const { front, hosts } = newEdge({ a: dead() });
    const field = await handshake(front, `mooring=${await tagOf("a")}`);
    expect(hosts()[0]).toBe("a");
    expect(hosts().at(-1)).not.toBe("a");
    expect(pairOf(field)).toBe(`mooring=${await tagOf(hosts().at(-1) ?? "")}`);
  });

  test("is not on the answer when the application refuses, or when nobody answers", async () => {
    const refusing = newEdge({ a: answering(401), b: answering(401), c: answering(401) });
    expect(await handshake(refusing.front)).toBeNull();
    vi.restoreAllMocks();
    vi.spyOn(console, "log").mockReturnValue();
    const deadly = newEdge({ a: dead(), b: dead(), c: dead() });
    expect(await handshake(deadly.front)).toBeNull();
  });
});

describe("a value that this pool did not give chooses nobody", () => {
  test.each<[string, () => Promise<string> | string]>([
    ["an origin's name", () => "b"],
    ["an origin's URL", () => "http://b"],
    ["a value changed by a character", async () => `${(await tagOf("b")).slice(0, -1)}!`],
    ["another pool's", () => tagOf("b", "other")],
    ["one of another secret", () => tagOf("b", POOL.name, "fedcba9876543210")],
    ["nothing", () => ""],
    ["a megabyte", () => "x".repeat(1_000_000)],
  ])("%s", async (_, value) => {
    const { front, hosts } = newEdge();
    const cookie = `mooring=${await value()}`;
    for (let n = 0; n < 3; n++) expect(await handshake(front, cookie)).not.toBeNull();
    expect(new Set(hosts())).toEqual(new Set(NAMES));
  });
});

test("a value says nothing of its origin, and is as long as any other's", async () => {
  const tags = await new AffinityTags("p", SECRET).of(["a", "secret-host-17.internal"]);
  for (const tag of tags.values()) expect(tag).toMatch(/^[\w-]{22}$/);
  expect(new Set(tags.values()).size).toBe(2);
});
