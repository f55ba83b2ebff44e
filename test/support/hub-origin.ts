import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ServerOptions } from "socket.io";
import { next } from "./events.ts";

const PROGRAM = fileURLToPath(new URL("./hub-origin-program.ts", import.meta.url));

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

/** A Socket.IO server with mooring/origin in a process of its own, so that it can be killed or frozen. */
export interface HubOrigin {
  readonly url: string;
  readonly port: number;
  /** Resolves with the answer; rejects when the process ends before. */
  order(order: HubOriginOrder): Promise<unknown>;
  /** Sends a signal and, when the process ends of it, returns only then, with its exit code. */
  signal(name: "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): Promise<number | null>;
  /** Ends the process, whatever state it is in. */
  stop(): Promise<void>;
}

/** `server` must be plain data. The server answers `echo`, joins rooms upon `join`, and closes upon SIGTERM. */
export async function startHubOrigin(
  hubUrl: string,
  token: string,
  server: Partial<ServerOptions> = {},
  port = 0,
): Promise<HubOrigin> {
  const child = fork(PROGRAM, [hubUrl, token, JSON.stringify(server), String(port)]);
  const exited = once(child, "exit");
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  void exited.then(() => process.off("exit", killWithUs));
  const gone = exited.then(() => {
    throw new Error(`Expected the origin to go on, got an exit with code ${child.exitCode}.`);
  });
  gone.catch(() => {});
  const [boundTo] = await Promise.race([next(child, "message"), gone]);
  const answers = new Map<number, (answer: unknown) => void>();
  child.on("message", ({ id, answer }: { id: number; answer: unknown }) =>
    answers.get(id)?.(answer),
  );
  return {
    url: `http://127.0.0.1:${Number(boundTo)}`,
    port: Number(boundTo),
    order(order) {
      const id = answers.size;
      const answered = new Promise((resolve) => answers.set(id, resolve));
      child.send({ id, order });
      return Promise.race([answered, gone]);
    },
    async signal(name) {
      child.kill(name);
      if (name === "SIGTERM" || name === "SIGKILL") await exited;
      return child.exitCode;
    },
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
