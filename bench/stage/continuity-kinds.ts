import type { ProxyName } from "./target.ts";

/**
 * What is compared: Mooring with mooring/origin, with either of two answers to acks that are pending when an origin is
 * lost; nginx and HAProxy with `@socket.io/redis-streams-adapter`. Connection state recovery is on in all.
 */
export const FRONT_NAMES = ["mooring-replay", "mooring-close", "nginx", "haproxy"] as const;

/** The same before stock servers, without adapter or recovery; Mooring with its defaults. */
export const STOCK_FRONT_NAMES = ["mooring-stock", "nginx-stock", "haproxy-stock"] as const;

export type FrontName = (typeof FRONT_NAMES | typeof STOCK_FRONT_NAMES)[number];

/** One origin is killed; one is stopped and goes on later; all are restarted, one after the other. */
export const WORKLOADS = ["kill", "hang", "roll"] as const;
export type Workload = (typeof WORKLOADS)[number];

export type AdapterName = "mooring" | "streams" | "none";

export function adapterOf(name: FrontName): AdapterName {
  if (isStock(name)) return "none";
  return name === "nginx" || name === "haproxy" ? "streams" : "mooring";
}

/** The proxy that the machine needs for it. */
export function proxyOf(name: FrontName): ProxyName | undefined {
  if (name === "nginx" || name === "nginx-stock") return "nginx";
  return name === "haproxy" || name === "haproxy-stock" ? "haproxy" : undefined;
}

/** The heartbeat of servers that aren't stock: shorter than by default, so that a hang is over in seconds. */
export const PING_INTERVAL_MS = 8_000;
export const PING_TIMEOUT_MS = 6_000;

export const ORIGIN_NAMES = ["amber", "birch", "cedar"] as const;

function isStock(name: FrontName): boolean {
  return STOCK_FRONT_NAMES.some((stock) => stock === name);
}

export function isWorkload(text: string): text is Workload {
  return WORKLOADS.some((name) => name === text);
}
