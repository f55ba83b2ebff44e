import type { ServerOptions } from "socket.io";
import { forkProgram, type ForkedProgram } from "./forked-program.ts";

/** What a process is told to do, and answers. */
export type HubOriginOrder =
  /** Answers how many servers it knows, itself included, and how many sockets it has. */
  | { readonly do: "count" }
  | { readonly do: "emit"; readonly args: readonly [string, ...unknown[]] }
  /**
   * Emits `broadcast` with label and n to all and `direct` with both to each of its own sockets, n from `from` on, one each
   * and a pause. Answers when it is done.
   */
  | {
      readonly do: "emit-numbers";
      readonly label: string;
      readonly from: number;
      readonly count: number;
      readonly pauseMs: number;
    }
  /** Answers the ids that `io.fetchSockets()` gives, or its error's message. */
  | { readonly do: "fetch-sockets" }
  /** Answers the codes of what it has been warned of. */
  | { readonly do: "warnings" };

/** A Socket.IO server with mooring/origin in a process of its own. */
export interface HubOrigin extends ForkedProgram {
  order(order: HubOriginOrder): Promise<unknown>;
}

/** `server` must be plain data. The server answers `echo`, joins rooms upon `join`, and closes upon SIGTERM. */
export function startHubOrigin(
  hubUrl: string,
  token: string,
  server: Partial<ServerOptions> = {},
  port = 0,
): Promise<HubOrigin> {
  const args = [hubUrl, token, JSON.stringify(server), String(port)];
  return forkProgram("hub-origin-program.ts", args);
}
