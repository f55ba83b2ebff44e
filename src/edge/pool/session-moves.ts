import type { MoveOrder } from "../../core/pool/moves.ts";
import type { Event } from "../../core/pool/state.ts";
import type { Sessions } from "../contracts.ts";
import { log } from "../log.ts";

/**
 * Asks a session object to have sessions leave an origin, or to end them, and tells of one that has none to give. An object
 * that can't be asked is asked again.
 */
export async function askToMove(
  objects: DurableObjectNamespace<Sessions>,
  order: MoveOrder,
  refused: (event: Extract<Event, { type: "move-refused" }>) => void,
): Promise<void> {
  const { object, origin } = order;
  try {
    const sessions = objects.get(objects.idFromString(object));
    const isMove = order.type === "move-sessions";
    const count = await (isMove ? sessions.move(origin, order.count) : sessions.end(origin));
    if (count === 0) refused({ type: "move-refused", object, origin });
  } catch (error) {
    log("move-failed", { origin, error: String(error) });
  }
}
