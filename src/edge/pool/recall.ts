import type { ObjectId } from "../../wire/sid.ts";
import type { Sessions } from "../contracts.ts";
import { log } from "../log.ts";

/** Asked at a time; the platform lets thousands of calls go out, but their answers are all worked on here. */
const AT_A_TIME = 64;

/** An object that takes longer is left to report by itself. */
const LOST_MS = 5000;

/**
 * Has each object tell the pool what sessions it has; gives those that have done so, or are gone. An object that was
 * reset in the meantime, as by a deploy, begins anew for this, without sessions: so nothing that has ended is counted.
 */
export async function recall(
  sessions: DurableObjectNamespace<Sessions>,
  objects: readonly ObjectId[],
): Promise<readonly ObjectId[]> {
  const left = [...objects];
  const heard: ObjectId[] = [];
  const ask = async () => {
    for (let object = left.pop(); object !== undefined; object = left.pop()) {
      if (await isHeard(sessions, object)) heard.push(object);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, ask));
  return heard;
}

async function isHeard(
  sessions: DurableObjectNamespace<Sessions>,
  object: ObjectId,
): Promise<boolean> {
  const lost = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => lost.resolve(false), LOST_MS);
  try {
    const told = sessions.get(sessions.idFromString(object)).report();
    return await Promise.race([told.then(() => true), lost.promise]);
  } catch (error) {
    // It has died of it, or is of a namespace that is no more: its sessions are gone.
    log("object-failed", { error: String(error) });
    return true;
  } finally {
    clearTimeout(timer);
  }
}
