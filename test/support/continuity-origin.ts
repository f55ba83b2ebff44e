import * as v from "valibot";
import type { ContinuityOptions, ContinuityOrder, ContinuitySocket } from "./continuity-orders.ts";
import { SOCKETS } from "./continuity-orders.ts";
import { forkProgram, type ForkedProgram } from "./forked-program.ts";

/** A Socket.IO server in a process of its own, so that anything can happen to it. */
export interface ContinuityOrigin extends ForkedProgram {
  readonly name: string;
  order(order: ContinuityOrder): Promise<unknown>;
  look(): Promise<readonly ContinuitySocket[]>;
}

export async function startContinuityOrigin(options: ContinuityOptions): Promise<ContinuityOrigin> {
  const program = await forkProgram("continuity-program.ts", [JSON.stringify(options)]);
  return Object.assign(program, {
    name: options.name,
    look: async () => v.parse(SOCKETS, await program.order({ do: "look" })),
  });
}
