import type { ServerOptions } from "socket.io";
import * as v from "valibot";
import { forkProgram, type ForkedProgram } from "./forked-program.ts";
import type { Look, Order } from "./recovery-orders.ts";

const LOOK = v.object({
  isHere: v.boolean(),
  rooms: v.array(v.string()),
  data: v.optional(v.unknown()),
  log: v.array(v.string()),
});

/** A Socket.IO server with mooring/origin in a process of its own. */
export interface RecoveryProcess extends ForkedProgram {
  do(order: Order): Promise<void>;
  look(sid: string): Promise<Look>;
}

/** `options` must be plain data. */
export async function startRecoveryProcess(
  hubUrl: string,
  token: string,
  options: Partial<ServerOptions> = {},
): Promise<RecoveryProcess> {
  const args = [JSON.stringify(options), hubUrl, token];
  const program = await forkProgram("recovery-program.ts", args);
  return Object.assign(program, {
    do: async (order: Order) => void (await program.order(order)),
    look: async (sid: string) => {
      const look = v.parse(LOOK, await program.order({ do: "look", sid }));
      return { ...look, data: look.data };
    },
  });
}
