import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { AdapterKind } from "./adapter-kinds.ts";
import type { Order, Report, Usage, Way } from "./adapter-orders.ts";

const PROGRAM = join(import.meta.dirname, "adapter-origin-program.ts");

export interface AdapterOriginOptions {
  readonly kind: AdapterKind;
  readonly index: number;
  readonly brokerUrl: string;
  readonly token: string;
  readonly bytes: number;
  /** Where each origin's profile of CPU goes, if one is wanted. */
  readonly profiles: string | undefined;
}

/** One origin's process, as the benchmark sees it. */
export class AdapterOrigin {
  readonly index: number;
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(index: number, url: string, child: ChildProcess) {
    this.index = index;
    this.url = url;
    this.#child = child;
  }

  static async start(options: AdapterOriginOptions): Promise<AdapterOrigin> {
    const { kind, index, brokerUrl, token, bytes, profiles } = options;
    const profiling = profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
    const child = fork(PROGRAM, [kind, String(index), brokerUrl, token, String(bytes)], {
      execArgv: ["--expose-gc", ...profiling],
    });
    const early = once(child, "exit").then(([code]) => {
      throw new Error(`Expected an origin with ${kind}, got an exit (${String(code)}).`);
    });
    const ready = await Promise.race([answer(child, "ready"), early]);
    return new AdapterOrigin(index, `http://127.0.0.1:${ready.port}`, child);
  }

  /** Has it emit so many more, at once. */
  emit(way: Way, count: number): void {
    this.#order({ type: "emit", way, count });
  }

  /** Has it broadcast at a rate. */
  pace(rate: number, durationMs: number): Promise<Extract<Report, { type: "paced" }>> {
    const paced = answer(this.#child, "paced");
    this.#order({ type: "pace", rate, durationMs });
    return paced;
  }

  async usage({ isCollected = false } = {}): Promise<Usage> {
    const used = answer(this.#child, "used");
    this.#order({ type: "usage", isCollected });
    return (await used).usage;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }

  #order(order: Order): void {
    this.#child.send(order);
  }
}

function answer<Type extends Report["type"]>(
  child: ChildProcess,
  type: Type,
): Promise<Extract<Report, { type: Type }>> {
  return new Promise((resolve) => {
    const look = (report: Report): void => {
      if (!isOf(report, type)) return;
      child.off("message", look);
      resolve(report);
    };
    child.on("message", look);
  });
}

function isOf<Type extends Report["type"]>(
  report: Report,
  type: Type,
): report is Extract<Report, { type: Type }> {
  return report.type === type;
}
