import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ServerOptions } from "socket.io";
import { next } from "./events.ts";

const PROGRAM = fileURLToPath(new URL("./origin-program.ts", import.meta.url));

/** A stock Socket.IO server in a process of its own, so that it can be killed or frozen. */
export interface OriginProcess {
  readonly url: string;
  readonly port: number;
  /** Sends a signal and, when the process ends of it, returns only then. */
  signal(name: "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): Promise<void>;
  /** Ends the process, whatever state it is in. */
  stop(): Promise<void>;
}

/** `options` must be plain data. The server answers `echo` events, and sets no handler for signals. */
export async function startOriginProcess(
  options: Partial<Pick<ServerOptions, "pingInterval" | "pingTimeout">> = {},
  port = 0,
): Promise<OriginProcess> {
  const child = fork(PROGRAM, [JSON.stringify(options), String(port)]);
  const exited = once(child, "exit");
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  void exited.then(() => process.off("exit", killWithUs));
  const [boundTo] = await Promise.race([
    next(child, "message"),
    exited.then(() => {
      throw new Error(`Expected the origin to listen, got an exit with code ${child.exitCode}.`);
    }),
  ]);
  return {
    url: `http://127.0.0.1:${String(boundTo)}`,
    port: Number(boundTo),
    async signal(name) {
      child.kill(name);
      if (name === "SIGTERM" || name === "SIGKILL") await exited;
    },
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
