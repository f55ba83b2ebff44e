import { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { basename } from "node:path";
import type { MiniflareOptions } from "miniflare";
import { LogLevel, Miniflare } from "miniflare";
import { StderrLog } from "./stderr-log.ts";
import type { WorkerOptions } from "./worker-options.ts";
import { withoutSignalHandlers } from "./stop-signals.ts";
import type { WorkerdGuard } from "./workerd-guard.ts";

export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** A workerd that runs one Worker, through Miniflare. */
export class Workerd {
  /** How it ended, if it did so by itself. */
  readonly ended: Promise<string>;
  readonly #guard: WorkerdGuard;
  #miniflare: Miniflare | undefined;
  #isStopped = false;
  #tellEnd: (how: string) => void = () => {};

  constructor(guard: WorkerdGuard) {
    this.#guard = guard;
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
  }

  /** Starts it and gives the port that it listens on. `storage` is where objects keep theirs; without it, Miniflare's own. */
  async start(worker: WorkerOptions, listen: Listen, storage?: string): Promise<number> {
    if (this.#isStopped) throw new Error("Expected a start, got one after the stop.");
    subscribe("child_process", this.#processStarted);
    const options = miniflareOptions(worker, listen, storage);
    const miniflare = withoutSignalHandlers(() => new Miniflare(options));
    this.#miniflare = miniflare;
    await miniflare.ready;
    const url = await miniflare.unsafeGetDirectURL(worker.config.name);
    return Number(url.port);
  }

  /** Ends it and waits until it is gone. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#tellEnd = () => {};
    try {
      await this.#miniflare?.dispose();
    } catch {
      // A start that failed fails here again, after the cleaning up.
    } finally {
      unsubscribe("child_process", this.#processStarted);
    }
  }

  // Miniflare keeps its child to itself, and starts another one when it crashes.
  readonly #processStarted = (message: unknown): void => {
    const child = startedProcess(message);
    if (child === undefined) return;
    child.once("spawn", () => {
      if (child.pid !== undefined && basename(child.spawnfile).startsWith("workerd")) {
        this.#guard.watch(child.pid);
        child.once("exit", (code, signal) => this.#tellEnd(signal ?? `exit code ${code}`));
      }
    });
  };
}

function startedProcess(message: unknown): ChildProcess | undefined {
  if (typeof message !== "object" || message === null || !("process" in message)) return undefined;
  return message.process instanceof ChildProcess ? message.process : undefined;
}

function miniflareOptions(
  worker: WorkerOptions,
  { host, port }: Listen,
  storage: string | undefined,
): MiniflareOptions {
  return {
    // Clients reach the Worker on a socket of its own. Miniflare's entry, which this is, is a Worker in front of it.
    host: "127.0.0.1",
    port: 0,
    workers: [
      { ...worker, dev: { unsafeDirectSockets: [{ host, port }], unsafeRegisterWorker: false } },
    ],
    ...(storage === undefined ? {} : { resourcePersistencePath: storage }),
    // None of what it would otherwise write, fetch or send: news of other Workers here, a sample of `request.cf`.
    enableDevRegistry: false,
    cf: false,
    telemetry: { enabled: false },
    log: new StderrLog(LogLevel.WARN),
    handleStructuredLogs: ({ message }) => void process.stderr.write(`${message}\n`),
  };
}
