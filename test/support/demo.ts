import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** As README.md says to start it. */
export const NPM = ["npm", "start", "--"] as const;
/** The same without npm and its shell, whose exit codes are their own. */
export const NODE = [process.execPath, "examples/demo/start.ts"] as const;

/** The edge's secret, which no page is to be told. */
export const DEMO_TOKEN = "the-token-of-the-demonstration";

/** The demonstration as a process group of its own, which is what a terminal makes of it. */
export class Demo {
  readonly #child: ChildProcess;
  #output = "";

  constructor([command, ...before]: readonly [string, ...string[]], ...args: string[]) {
    this.#child = spawn(command, [...before, ...args], {
      cwd: REPOSITORY,
      detached: true,
      env: { ...process.env, MOORING_TOKEN: DEMO_TOKEN },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const collect = (chunk: Buffer): void => void (this.#output += chunk.toString());
    this.#child.stdout?.on("data", collect);
    this.#child.stderr?.on("data", collect);
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves to what the text is, once it has been printed. */
  async printed(text: RegExp): Promise<string> {
    for (;;) {
      const match = text.exec(this.#output);
      if (match !== null) return match[1] ?? match[0];
      if (this.#child.exitCode !== null) throw new Error(`Expected ${text}, got:\n${this.#output}`);
      await Promise.race([this.#nextOutput(), once(this.#child, "exit")]);
    }
  }

  page(): Promise<string> {
    return this.printed(/Page\s+(http:\S+)/);
  }

  edge(): Promise<string> {
    return this.printed(/Edge\s+(http:\S+)/);
  }

  async processOf(origin: string): Promise<number> {
    return Number(await this.printed(new RegExp(`${origin}\\s+http:\\S+\\s+\\(process (\\d+)\\)`)));
  }

  /** Resolves to the process that has taken the place of one that ended. */
  async processAfter(origin: string): Promise<number> {
    return Number(await this.printed(new RegExp(`${origin} is up again \\(process (\\d+)\\)`)));
  }

  /** Signals one process or, as Ctrl-C does, the whole group; gives the first one's end once all output is closed. */
  async stop(signal: NodeJS.Signals, whole = false): Promise<number | NodeJS.Signals | null> {
    const closed = once(this.#child, "close");
    process.kill(whole ? -this.#pid : this.#pid, signal);
    await closed;
    return this.#child.exitCode ?? this.#child.signalCode;
  }

  /** True while any process of the group lives. */
  get lives(): boolean {
    try {
      return process.kill(-this.#pid, 0);
    } catch {
      return false;
    }
  }

  kill(): void {
    if (this.lives) process.kill(-this.#pid, "SIGKILL");
  }

  get #pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error("Expected a process to have started, got none.");
    return pid;
  }

  async #nextOutput(): Promise<void> {
    const streams = [this.#child.stdout, this.#child.stderr].filter((stream) => stream !== null);
    await Promise.race(streams.map((stream) => once(stream, "data")));
  }
}
