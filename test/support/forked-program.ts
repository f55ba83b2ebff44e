import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { next } from "./events.ts";

/** A server in a process of its own, so that it can be killed or frozen. */
export interface ForkedProgram {
  readonly url: string;
  readonly port: number;
  readonly isRunning: boolean;
  /** Resolves when the process has ended. */
  readonly exited: Promise<unknown>;
  /** Resolves with the answer; rejects when the process ends before. */
  order(order: object): Promise<unknown>;
  /** Sends a signal and, when the process ends of it, returns only then, with its exit code. */
  signal(name: "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): Promise<number | null>;
  /** Ends the process, whatever state it is in. */
  stop(): Promise<void>;
}

/** Starts a program of this folder, which says its port first, and then answers each order by its id. */
export async function forkProgram(file: string, args: readonly string[]): Promise<ForkedProgram> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args);
  const exited = once(child, "exit");
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  void exited.then(() => process.off("exit", killWithUs));
  const gone = exited.then(() => {
    throw new Error(`Expected the server to go on, got an exit with code ${child.exitCode}.`);
  });
  gone.catch(() => {});
  const [port] = await Promise.race([next(child, "message"), gone]);
  const answers = new Map<number, (answer: unknown) => void>();
  child.on("message", ({ id, answer }: { id: number; answer: unknown }) =>
    answers.get(id)?.(answer),
  );
  return {
    url: `http://127.0.0.1:${Number(port)}`,
    port: Number(port),
    get isRunning() {
      return child.exitCode === null && child.signalCode === null;
    },
    exited,
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
