import { abortAllDurableObjects } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../src/edge/entry/app.ts";
import type { Env } from "../../src/edge/env.ts";
import { parseSettings } from "../../src/edge/env.ts";
import { BEARER, TOKEN } from "./management-api.ts";

const URL = "http://edge.example/mooring/emit";

const WITH_TOKEN = { MOORING_TOKEN: TOKEN };

/** Asks the whole edge, with that environment. */
async function ask(init: RequestInit, vars: Partial<Env> = WITH_TOKEN) {
  const all = { ...env, ...vars };
  const response = await createApp(all, parseSettings(all), []).fetch(new Request(URL, init));
  const said: unknown = await response.json();
  return { status: response.status, headers: response.headers, said };
}

function post(emission: unknown, headers: Readonly<Record<string, string>> = BEARER) {
  return ask({ method: "POST", headers, body: JSON.stringify(emission) });
}

// An object of the hub keeps keys in memory.
afterEach(() => abortAllDurableObjects());

describe("the gate of /mooring/emit", () => {
  test("lets nobody see it without a token in the settings", async () => {
    vi.spyOn(console, "log").mockReturnValue();
    expect(await ask({ method: "POST", headers: BEARER }, {})).toMatchObject({ status: 404 });
    vi.restoreAllMocks();
  });

  test.each([
    ["no token", {}],
    ["another", { authorization: `Bearer ${TOKEN}s` }],
  ])("refuses %s before it reads anything", async (_, headers) => {
    const { status, said } = await post("no emission", headers);
    expect([status, said]).toMatchObject([401, { code: "UNAUTHORIZED" }]);
  });

  test.each(["GET", "PUT", "DELETE", "OPTIONS"])("takes no %s", async (method) => {
    const { status, headers, said } = await ask({ method, headers: BEARER });
    expect([status, headers.get("allow"), said]).toEqual([
      405,
      "POST",
      { code: "WRONG_METHOD", message: "Expected POST." },
    ]);
  });
});

describe("the hub's object", () => {
  const ORDER = { event: "order", args: [1], key: "order-1" };

  test("takes events while nobody is linked", async () => {
    expect(await post([{ event: "a" }, { event: "b" }])).toMatchObject({
      status: 202,
      said: { shard: 0, accepted: 2 },
    });
  });

  test("publishes what comes again under its key once, until it is reset", async () => {
    const repeated: (string | null)[] = [];
    for (let times = 0; times < 3; times += 1) {
      const { status, headers } = await post(ORDER);
      expect(status).toBe(202);
      repeated.push(headers.get("mooring-repeated"));
    }
    expect(repeated).toEqual([null, "1", "1"]);
    await abortAllDurableObjects();
    expect((await post(ORDER)).headers.get("mooring-repeated")).toBeNull();
  });

  test("refuses a key that was used for something else, whichever way it comes", async () => {
    await post(ORDER);
    const other = { ...ORDER, args: [2] };
    expect(await post(other)).toMatchObject({ status: 422, said: { code: "KEY_REUSED" } });
    const { key, ...rest } = other;
    const headers = { ...BEARER, "idempotency-key": key };
    expect(await post(rest, headers)).toMatchObject({ status: 422 });
  });

  test("publishes nothing of a list with a key that was used for something else", async () => {
    await post(ORDER);
    const list = [
      { ...ORDER, key: "order-2" },
      { ...ORDER, args: [2] },
    ];
    expect(await post(list)).toMatchObject({ status: 422 });
    const { headers } = await post({ ...ORDER, key: "order-2" });
    expect(headers.get("mooring-repeated")).toBeNull();
  });

  test("keeps one key for HTTP and bindings", async () => {
    expect(await exports.IO.key("order-1").emit("order", 1)).toBe(true);
    expect((await post(ORDER)).headers.get("mooring-repeated")).toBe("1");
  });

  test("that isn't bound is said to be unreachable", async () => {
    vi.spyOn(console, "log").mockReturnValue();
    const { HUB: _, ...unbound } = { ...env, MOORING_TOKEN: TOKEN };
    const app = createApp(unbound, parseSettings(unbound), []);
    const init = { method: "POST", headers: BEARER, body: '{"event":"e"}' };
    const response = await app.fetch(new Request(URL, init));
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { code: "HUB_UNREACHABLE" },
    ]);
    vi.restoreAllMocks();
  });
});
