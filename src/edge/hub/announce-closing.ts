import type { PoolOriginName } from "../../wire/hub/message.ts";
import type { Env, Settings } from "../env.ts";
import { log } from "../log.ts";

/** Tells the pool that an origin of it is about to close, as the origin says. */
export async function announceClosing(
  { POOL }: Env,
  { pools }: Settings,
  { pool, name }: PoolOriginName,
): Promise<void> {
  log("origin-closing", { pool, origin: name });
  // An object of any name would begin; and the origin may have the name from a deploy before.
  if (POOL === undefined || !pools.some((other) => other.name === pool)) return;
  try {
    await POOL.get(POOL.idFromName(pool)).closing(pool, name);
  } catch (error) {
    log("pool-unreachable", { error: String(error) });
  }
}
