/**
 * What is compared: Mooring with mooring/origin, with either of two answers to acks that are pending when an origin is
 * lost; nginx and HAProxy with `@socket.io/redis-streams-adapter`. Connection state recovery is on in all.
 */
export const FRONT_NAMES = ["mooring-replay", "mooring-close", "nginx", "haproxy"] as const;
export type FrontName = (typeof FRONT_NAMES)[number];

/** One origin is killed; one is stopped and goes on later; all are restarted, one after the other. */
export const WORKLOADS = ["kill", "hang", "roll"] as const;
export type Workload = (typeof WORKLOADS)[number];

export type AdapterName = "mooring" | "streams";

export function adapterOf(name: FrontName): AdapterName {
  return name === "nginx" || name === "haproxy" ? "streams" : "mooring";
}

/** The servers' Engine.IO heartbeat: shorter than by default, so that a hang is over in seconds. */
export const PING_INTERVAL_MS = 8_000;
export const PING_TIMEOUT_MS = 6_000;

export const ORIGIN_NAMES = ["amber", "birch", "cedar"] as const;

export function isFrontName(text: string): text is FrontName {
  return FRONT_NAMES.some((name) => name === text);
}

export function isWorkload(text: string): text is Workload {
  return WORKLOADS.some((name) => name === text);
}
