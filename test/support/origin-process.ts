import type { ServerOptions } from "socket.io";
import { forkProgram, type ForkedProgram } from "./forked-program.ts";

/** A stock Socket.IO server in a process of its own. It takes no orders. */
export type OriginProcess = Omit<ForkedProgram, "order">;

/** `options` must be plain data. The server answers `echo` events, and sets no handler for signals. */
export function startOriginProcess(
  options: Partial<Pick<ServerOptions, "pingInterval" | "pingTimeout">> = {},
  port = 0,
): Promise<OriginProcess> {
  return forkProgram("origin-program.ts", [JSON.stringify(options), String(port)]);
}
