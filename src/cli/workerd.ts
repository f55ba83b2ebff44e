import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";

const STDERR = 2;
const CONTROL = 3;

/** A workerd process. */
export class Workerd {
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;

  /** Starts it with the configuration in this file. */
  constructor(configPath: string) {
    this.#process = spawn(workerdPath(), ["serve", `--control-fd=${CONTROL}`, configPath], {
      // What the Worker logs is on workerd's stdout. Ours is for the line that says where the edge is.
      stdio: ["ignore", STDERR, STDERR, "pipe"],
      // Workers are in UTC wherever they run.
      env: { ...process.env, TZ: "UTC" },
      // A terminal's Ctrl-C is for the command, which then ends workerd.
      detached: true,
      windowsHide: true,
    });
    this.ended = new Promise((resolve) => {
      this.#process.once("error", (fault) => resolve(fault.message));
      this.#process.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The port of its one socket, once it listens. */
  async port(): Promise<number> {
    const control = this.#process.stdio[CONTROL];
    if (control instanceof Readable) {
      for await (const line of createInterface({ input: control })) {
        const port = listeningPort(line);
        if (port !== undefined) return port;
      }
    }
    throw new Error(`workerd did not start (${await this.ended}).`);
  }

  /** Ends it and waits until it is gone. It stores nothing late, and asked kindly would wait for every client. */
  async stop(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended;
  }
}

function listeningPort(line: string): number | undefined {
  const message: unknown = JSON.parse(line);
  if (typeof message !== "object" || message === null) return undefined;
  return "port" in message && typeof message.port === "number" ? message.port : undefined;
}

/** The program that the package of that name has for this machine; throws, in its own words, where it has none. */
function workerdPath(): string {
  const found: unknown = createRequire(import.meta.url)("workerd");
  if (typeof found === "object" && found !== null && "default" in found) {
    return String(found.default);
  }
  throw new Error("Expected workerd to say where its program is, got nothing.");
}
