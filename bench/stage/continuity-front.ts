import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import type { FrontName } from "./continuity-kinds.ts";
import { ORIGIN_NAMES } from "./continuity-kinds.ts";
import { startHaproxyBefore } from "./haproxy.ts";
import { freePort } from "./listening.ts";
import { startNginxBefore } from "./nginx.ts";
import { startServing } from "./program.ts";
import { startRedis } from "./redis.ts";

const CLI = join(import.meta.dirname, "../../src/cli/main.ts");

/** Checks as often as HAProxy's, which has them on in Socket.IO's documentation. */
const HAPROXYS_HEALTH = JSON.stringify({ interval: "2s", timeout: "2s", fall: 3, rise: 2 });

/** An origin's sessions are being moved as long as they become fewer within this. */
const PROGRESS_MS = 3_000;
const LOOK_MS = 100;

const POOL = v.object({ origins: v.array(v.object({ name: v.string(), sessions: v.number() })) });

/** What stands before the origins, and what carries events between them. */
export interface Front {
  readonly url: string;
  readonly brokerUrl: string;
  readonly token: string;
  /** Says by its own means that an origin is about to end, and resolves when it may. */
  readonly drain: (name: string) => Promise<void>;
  /** Says that it serves. */
  readonly ready: (name: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The front before origins on these ports, and the broker, both of which may start before them. */
export async function startFront(name: FrontName, ports: readonly number[]): Promise<Front> {
  switch (name) {
    case "mooring-replay":
      return startMooring(ports, { ON_PENDING_ACKS: "replay", HEALTH: HAPROXYS_HEALTH });
    case "mooring-close":
      return startMooring(ports, { ON_PENDING_ACKS: "close", HEALTH: HAPROXYS_HEALTH });
    case "mooring-stock":
      return startMooring(ports, {});
    case "nginx":
      return withRedis(await startNginx(ports));
    case "nginx-stock":
      return startNginx(ports);
    case "haproxy":
      return withRedis(await startHaproxy(ports));
    case "haproxy-stock":
      return startHaproxy(ports);
  }
}

async function startNginx(ports: readonly number[]): Promise<Front> {
  const nginx = await startNginxBefore(ports);
  return { ...nginx, brokerUrl: "", token: "", drain: nothing, ready: nothing };
}

// It has nothing of the kind.
function nothing(): Promise<void> {
  return Promise.resolve();
}

async function startHaproxy(ports: readonly number[]): Promise<Front> {
  const haproxy = await startHaproxyBefore(ports);
  const set = (origin: string, what: string): Promise<void> =>
    haproxy.order(`set server origins/${origin} ${what}`);
  return {
    ...haproxy,
    brokerUrl: "",
    token: "",
    drain: (origin) => set(origin, "state drain"),
    async ready(origin) {
      await set(origin, "state ready");
      // It would see so itself after two checks.
      await set(origin, "health up");
    },
  };
}

async function withRedis(front: Front): Promise<Front> {
  const port = await freePort();
  const redis = await startRedis(port);
  const stop = async (): Promise<void> => {
    await front.stop();
    await redis.stop();
  };
  return { ...front, brokerUrl: `redis://127.0.0.1:${port}`, stop };
}

async function startMooring(
  ports: readonly number[],
  settings: Readonly<Record<string, string>>,
): Promise<Front> {
  const token = randomBytes(24).toString("base64url");
  const origins = ports.flatMap((port, i) => [
    "--origin",
    `${ORIGIN_NAMES[i]}=http://127.0.0.1:${port}`,
  ]);
  const all = { MOORING_TOKEN: token, ...settings };
  const vars = Object.entries(all).flatMap(([name, value]) => ["--var", `${name}=${value}`]);
  const edge = await startServing(process.execPath, [
    CLI,
    "dev",
    "--port",
    "0",
    ...origins,
    ...vars,
  ]);
  const management = new Management(edge.url, token);
  return {
    url: edge.url,
    brokerUrl: edge.url,
    token,
    drain: (origin) => management.drain(origin),
    ready: (origin) => management.order(origin, "ready"),
    stop: () => edge.stop(),
  };
}

/** The management API of an edge. */
class Management {
  readonly #pool: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#pool = `${url}/mooring/api/pools/default`;
    this.#token = token;
  }

  async order(origin: string, order: "drain" | "ready"): Promise<void> {
    await this.#ask(`/origins/${origin}/${order}`, "POST");
  }

  /** Resolves when the origin has no sessions any more, or keeps those that it has. */
  async drain(origin: string): Promise<void> {
    await this.order(origin, "drain");
    let least = Infinity;
    let until = performance.now() + PROGRESS_MS;
    while (least > 0 && performance.now() < until) {
      const sessions = await this.#sessions(origin);
      if (sessions < least) until = performance.now() + PROGRESS_MS;
      least = Math.min(least, sessions);
      await delay(LOOK_MS);
    }
  }

  async #sessions(origin: string): Promise<number> {
    const { origins } = await this.#ask("", "GET");
    const found = origins.find(({ name }) => name === origin);
    if (found === undefined) throw new Error(`Expected ${origin} in the pool, got no such origin.`);
    return found.sessions;
  }

  async #ask(path: string, method: "GET" | "POST"): Promise<v.InferOutput<typeof POOL>> {
    const headers = { authorization: `Bearer ${this.#token}` };
    const response = await fetch(this.#pool + path, { method, headers });
    if (!response.ok) throw new Error(`Expected the pool, got ${response.status} for ${path}.`);
    return v.parse(POOL, await response.json());
  }
}
