import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, vi } from "vitest";
import type { Pools } from "../../src/edge/contracts.ts";
import { createApp } from "../../src/edge/entry/app.ts";
import { parseSettings } from "../../src/edge/env.ts";

export const TOKEN = "a-token-of-24-characters";
export const BEARER = { authorization: `Bearer ${TOKEN}` };
export const POOL = "/pools/default";
export const ONE = `${POOL}/origins/one`;

interface Asked {
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Asks the management API of the whole edge; the pool's object is the Worker's, with its origins `one` and `two`. */
export function ask(method: string, path: string, asked: Asked = {}): Promise<Answered> {
  return askWith({ MOORING_TOKEN: TOKEN }, method, path, asked);
}

export async function askWith(
  vars: Readonly<Record<string, unknown>>,
  method: string,
  path: string,
  { body, headers = BEARER }: Asked = {},
): Promise<Answered> {
  const app = createApp(env, parseSettings({ ...env, ...vars }), []);
  const init = { method, headers, ...(body === undefined ? {} : { body }) };
  const response = await app.fetch(new Request(`http://edge.example/mooring/api${path}`, init));
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** A body that is this value's JSON. */
export function json(value: unknown): Asked {
  return { body: JSON.stringify(value) };
}

/** What the pool has, by the API itself. */
export async function pool(): Promise<unknown> {
  return timeless((await ask("GET", POOL)).body);
}

/** The same without instants, which differ from run to run. */
export function timeless(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body), (key, value: unknown) => {
    return key === "up_since" ? null : value;
  });
}

const STATUS = { backup: false, max_connections: null, health: "up", sessions: 0, up_since: null };

export const AS_CONFIGURED = {
  name: "default",
  balance: "least-connections",
  affinity: "none",
  websocket: "own",
  origins: [
    { ...STATUS, name: "one", url: "http://127.0.0.1:9", weight: 1, admin: "ready" },
    { ...STATUS, name: "two", url: "http://127.0.0.2:9", weight: 1, admin: "ready" },
  ],
};

export function poolObjects(): DurableObjectNamespace<Pools> {
  if (env.POOL === undefined) throw new Error("Expected the binding POOL, got none.");
  return env.POOL;
}

export function poolObject(): DurableObjectStub<Pools> {
  return poolObjects().get(poolObjects().idFromName("default"));
}

/** The objects' memory goes, their storage stays. */
export function restart(): Promise<void> {
  return abortAllDurableObjects();
}

/** Has each test of the file find the pool as it is configured. */
export function forgetAfterEach(): void {
  afterEach(async () => {
    vi.restoreAllMocks();
    await runInDurableObject(poolObject(), (_, state) => state.storage.deleteAll());
    await restart();
  });
}
