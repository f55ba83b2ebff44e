import type { ChildProcess, SpawnOptions } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";

export type CommandOptions = Pick<SpawnOptions, "cwd" | "env">;

/** How a program ended and what it said. */
export interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs beside the tests, in a process group of its own, as a terminal would have it. */
export class Command {
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #text = { stdout: "", stderr: "" };

  constructor([program = "", ...args]: readonly string[], options: CommandOptions = {}) {
    const child = spawn(program, args, {
      ...options,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#child = child;
    child.stdout.on("data", (chunk: Buffer) => (this.#text.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (this.#text.stderr += chunk.toString()));
    const killWithUs = (): void => this.signalGroup("SIGKILL");
    process.once("exit", killWithUs);
    this.ended = once(child, "close").then(() => {
      process.off("exit", killWithUs);
      return { code: child.exitCode, ...this.#text };
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("Expected a process, got none.");
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#text.stdout;
  }

  get stderr(): string {
    return this.#text.stderr;
  }

  /** Resolves once that stream's text matches; rejects if the program ends before. */
  async says(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray> {
    const source = this.#child[stream];
    const early = this.ended.then(({ stderr }) => {
      throw new Error(`Expected ${String(pattern)} on ${stream}, got an end:\n${stderr}`);
    });
    early.catch(() => {});
    for (;;) {
      const match = pattern.exec(this.#text[stream]);
      if (match !== null) return match;
      await Promise.race([source === null ? early : once(source, "data"), early]);
    }
  }

  /** Stops listening to what it says, as whoever closes a pipe. */
  hangUp(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Signals the program and what it started, as a terminal does at Ctrl-C. Where there is nobody left, nothing. */
  signalGroup(name: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, name);
    } catch (fault) {
      if (!hasCode(fault, "ESRCH")) throw fault;
    }
  }
}

/** Runs a program to its end. */
export function run(line: readonly string[], options?: CommandOptions): Promise<Ending> {
  return new Command(line, options).ended;
}

/** The processes that this one started and that are still there. */
export function childrenOf(pid: number): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  if (existsSync(list)) return numbersIn(readFileSync(list, "utf8"));
  const all = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  return all.split("\n").flatMap((line) => {
    const [child, parent] = numbersIn(line);
    return child !== undefined && parent === pid ? [child] : [];
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    if (hasCode(fault, "ESRCH")) return false;
    throw fault;
  }
}

function numbersIn(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}

function hasCode(fault: unknown, code: string): boolean {
  return fault instanceof Error && "code" in fault && fault.code === code;
}
