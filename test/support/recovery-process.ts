import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ServerOptions } from "socket.io";
import * as v from "valibot";
import { next } from "./events.ts";
import type { Look, Order } from "./recovery-orders.ts";

const PROGRAM = fileURLToPath(new URL("./recovery-program.ts", import.meta.url));

const STARTED = v.object({ port: v.number() });
const LOOK = v.object({
  isHere: v.boolean(),
  rooms: v.array(v.string()),
  data: v.optional(v.unknown()),
  log: v.array(v.string()),
});
const ANSWERED = v.object({ id: v.number(), answer: v.optional(LOOK) });

/** A Socket.IO server with mooring/origin in a process of its own, so that it can be killed or frozen. */
export interface RecoveryProcess {
  readonly url: string;
  do(order: Order): Promise<void>;
  look(sid: string): Promise<Look>;
  /** How many servers it counts. */
  signal(name: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): Promise<void>;
  stop(): Promise<void>;
}

/** `options` must be plain data. */
export async function startRecoveryProcess(
  hubUrl: string,
  token: string,
  options: Partial<ServerOptions> = {},
): Promise<RecoveryProcess> {
  const child = fork(PROGRAM, [JSON.stringify(options), hubUrl, token]);
  const exited = once(child, "exit");
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  void exited.finally(() => process.off("exit", killWithUs));
  const early = exited.then(() => {
    throw new Error(`Expected the server to listen, got an exit with code ${child.exitCode}.`);
  });
  early.catch(() => {});
  const [started] = await Promise.race([next(child, "message"), early]);
  const { port } = v.parse(STARTED, started);
  const waiting = new Map<number, (look: Look | undefined) => void>();
  child.on("message", (message) => {
    const { id, answer } = v.parse(ANSWERED, message);
    waiting.get(id)?.(answer && { ...answer, data: answer.data });
    waiting.delete(id);
  });
  let lastId = 0;
  const perform = (order: Order): Promise<Look | undefined> => {
    lastId += 1;
    const id = lastId;
    child.send({ id, order });
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  return {
    url: `http://127.0.0.1:${port}`,
    do: async (order) => void (await perform(order)),
    async look(sid) {
      const look = await perform({ do: "look", sid });
      if (look === undefined) throw new Error("Expected a look, got nothing.");
      return look;
    },
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
