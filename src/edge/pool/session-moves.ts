import type { MoveOrder } from "../../core/pool/moves.ts";
import type { Sessions } from "../contracts.ts";
import { log } from "../log.ts";

/** Asks a session object to have sessions leave an origin, or to end them. An object that can't be asked is asked again. */
export async function askToMove(
  objects: DurableObjectNamespace<Sessions>,
  order: MoveOrder,
): Promise<void> {
  const { object, origin } = order;
  try {
    const sessions = objects.get(objects.idFromString(object));
    if (order.type === "move-sessions") await sessions.move(origin, order.count);
    else await sessions.end(origin);
  } catch (error) {
    log("move-failed", { origin, error: String(error) });
  }
}
