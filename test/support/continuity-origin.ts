import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import type { ContinuityOptions, ContinuityOrder, ContinuitySocket } from "./continuity-orders.ts";
import { SOCKETS } from "./continuity-orders.ts";
import { next } from "./events.ts";

const PROGRAM = fileURLToPath(new URL("./continuity-program.ts", import.meta.url));

/** A Socket.IO server in a process of its own, so that anything can happen to it. */
export interface ContinuityOrigin {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly isRunning: boolean;
  /** Resolves with the answer; rejects when the process ends before. */
  order(order: ContinuityOrder): Promise<unknown>;
  look(): Promise<readonly ContinuitySocket[]>;
  /** Sends a signal and, when the process ends of it, returns only then. */
  signal(name: "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): Promise<void>;
  /** Resolves when the process has ended by itself. */
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
}

export async function startContinuityOrigin(options: ContinuityOptions): Promise<ContinuityOrigin> {
  const child = fork(PROGRAM, [JSON.stringify(options)]);
  const exited = once(child, "exit");
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  void exited.then(() => process.off("exit", killWithUs));
  const gone = exited.then(() => {
    throw new Error(`Expected the origin to go on, got an exit with code ${child.exitCode}.`);
  });
  gone.catch(() => {});
  const [port] = await Promise.race([next(child, "message"), gone]);
  const answers = new Map<number, (answer: unknown) => void>();
  child.on("message", ({ id, answer }: { id: number; answer: unknown }) =>
    answers.get(id)?.(answer),
  );
  const order = (given: ContinuityOrder): Promise<unknown> => {
    const id = answers.size;
    const answered = new Promise((resolve) => answers.set(id, resolve));
    child.send({ id, order: given });
    return Promise.race([answered, gone]);
  };
  return {
    name: options.name,
    url: `http://127.0.0.1:${Number(port)}`,
    port: Number(port),
    get isRunning() {
      return child.exitCode === null && child.signalCode === null;
    },
    order,
    look: async () => v.parse(SOCKETS, await order({ do: "look" })),
    async signal(name) {
      child.kill(name);
      if (name === "SIGTERM" || name === "SIGKILL") await exited;
    },
    exited,
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
