import { listening } from "./listening.ts";
import type { Program } from "./program.ts";
import { startSilent } from "./program.ts";

/** Debian's package `redis-server`. */
const REDIS = "/usr/bin/redis-server";

/** Starts a Redis of our own that keeps nothing on disk. */
export async function startRedis(port: number): Promise<Program> {
  const settings = {
    bind: "127.0.0.1",
    port: String(port),
    save: "",
    appendonly: "no",
    daemonize: "no",
    logfile: "/dev/null",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const redis = startSilent(REDIS, args);
  try {
    await listening("redis-server", port);
  } catch (error) {
    await redis.stop();
    throw error;
  }
  return redis;
}
