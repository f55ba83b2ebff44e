import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ContinuityOrder, ContinuityReport, OriginSetup } from "./continuity-orders.ts";

const PROGRAM = join(import.meta.dirname, "continuity-origin-program.ts");

/** One that was told to end and hasn't after this is killed. */
const STOP_MS = 5_000;

/** One origin, through as many processes as it takes. */
export class ContinuityOrigin {
  readonly name: string;
  readonly port: number;
  readonly #setup: OriginSetup;
  #child: ChildProcess;

  private constructor(setup: OriginSetup, child: ChildProcess) {
    this.name = setup.name;
    this.port = setup.port;
    this.#setup = setup;
    this.#child = child;
  }

  static async start(setup: OriginSetup): Promise<ContinuityOrigin> {
    return new ContinuityOrigin(setup, await started(setup));
  }

  /** How many servers it knows of. */
  async count(): Promise<number> {
    return (await this.#ask({ type: "count" }, "counted")).count;
  }

  publish(rate: number): void {
    this.#child.send({ type: "publish", rate } satisfies ContinuityOrder);
  }

  /** Ends what it publishes; gives the last number. */
  async unpublish(): Promise<number> {
    return (await this.#ask({ type: "stop" }, "published")).count;
  }

  /** Resolves when the process has gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(name);
  }

  /** Ends it as a deploy does, and starts it again in the same place. */
  async restart(): Promise<void> {
    await this.#end("SIGTERM");
    this.#child = await started(this.#setup);
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    child.kill(signal);
    await exited;
    clearTimeout(timer);
  }

  async #ask<Type extends ContinuityReport["type"]>(order: ContinuityOrder, type: Type) {
    const answered = answer(this.#child, type);
    this.#child.send(order);
    return answered;
  }
}

async function started(setup: OriginSetup): Promise<ChildProcess> {
  const child = fork(PROGRAM, [JSON.stringify(setup)]);
  // For when this process ends by a fault that nobody caught: a stopped one hears of nothing else.
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  child.once("exit", () => process.off("exit", killWithUs));
  const early = once(child, "exit").then(([code]) => {
    throw new Error(`Expected ${setup.name} to listen, got an exit (${String(code)}).`);
  });
  await Promise.race([answer(child, "ready"), early]);
  early.catch(() => {});
  return child;
}

function answer<Type extends ContinuityReport["type"]>(
  child: ChildProcess,
  type: Type,
): Promise<Extract<ContinuityReport, { type: Type }>> {
  return new Promise((resolve) => {
    const look = (report: ContinuityReport): void => {
      if (!isOf(report, type)) return;
      child.off("message", look);
      resolve(report);
    };
    child.on("message", look);
  });
}

function isOf<Type extends ContinuityReport["type"]>(
  report: ContinuityReport,
  type: Type,
): report is Extract<ContinuityReport, { type: Type }> {
  return report.type === type;
}
