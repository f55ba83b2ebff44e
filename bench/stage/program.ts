import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const STOP_MS = 5_000;

/** A process that this benchmark started. */
export interface Program {
  readonly pid: number;
  /** Asks it to end and resolves when it has; one that takes too long is killed. */
  stop(): Promise<void>;
}

/** Starts a program that prints a line with its URL once it serves. */
export async function startServing(
  command: string,
  args: readonly string[],
): Promise<Program & { readonly url: string }> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const program = programOf(child, command);
  const url = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /(http:\/\/[\d.]+:\d+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return { ...program, url: await Promise.race([url, early(child, args.join(" "))]) };
}

/** Starts a program that says nothing. */
export function startSilent(command: string, args: readonly string[]): Program {
  return programOf(spawn(command, args, { stdio: "inherit" }), command);
}

function programOf(child: ChildProcess, command: string): Program {
  const { pid } = child;
  if (pid === undefined) throw new Error(`Expected ${command} to start, got no process.`);
  // For when this process ends by a fault that nobody caught.
  const stopWithUs = (): void => void child.kill("SIGTERM");
  process.once("exit", stopWithUs);
  child.once("exit", () => process.off("exit", stopWithUs));
  return { pid, stop: () => stop(child) };
}

async function early(child: ChildProcess, what: string): Promise<never> {
  await once(child, "exit");
  throw new Error(`Expected "${what}" to serve, got an exit (${child.exitCode ?? "a signal"}).`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  child.kill("SIGTERM");
  await exited;
  clearTimeout(timer);
}
