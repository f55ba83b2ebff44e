import type { MoveOrder } from "../../core/pool/moves.ts";
import type { Sessions } from "../contracts.ts";
import { log } from "../log.ts";

/**
 * Asks a session object to have sessions leave an origin, or to end them; gives whether it had any. An object that can't be
 * asked is asked again.
 */
export async function askToMove(
  objects: DurableObjectNamespace<Sessions>,
  order: MoveOrder,
): Promise<boolean> {
  const { object, origin } = order;
  try {
    const sessions = objects.get(objects.idFromString(object));
    const isMove = order.type === "move-sessions";
    const count = await (isMove ? sessions.move(origin, order.count) : sessions.end(origin));
    return count > 0;
  } catch (error) {
    log("move-failed", { origin, error: String(error) });
    return true;
  }
}
