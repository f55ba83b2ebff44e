import { waitUntil } from "cloudflare:workers";
import type { Fault, Met } from "../../core/pool/report.ts";
import { log } from "../log.ts";

/** How long what was met is gathered, in ms. */
const GATHERED_MS = 1000;

/** Told at a time; more would say nothing new. */
const MAX_TOLD = 100;

/**
 * What came of the WebSockets that this isolate passed to origins by itself. The pool is told of faults, and of the one
 * that ends a trial: to be told of all others would cost a request for each.
 */
export class Passed {
  readonly #tell: (met: Met) => Promise<void>;
  readonly #onTrial = new Set<string>();
  #faults: Fault[] = [];
  #opened: string[] = [];
  #isGathering = false;

  constructor(tell: (met: Met) => Promise<void>) {
    this.#tell = tell;
  }

  /** An origin on trial is given a session. */
  tried(origin: string): void {
    this.#onTrial.add(origin);
  }

  opened(origin: string): void {
    if (!this.#onTrial.delete(origin)) return;
    this.#opened.push(origin);
    this.#gather();
  }

  failed(origin: string, network: string): void {
    this.#onTrial.delete(origin);
    if (this.#faults.length < MAX_TOLD) this.#faults.push({ origin, network });
    this.#gather();
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    waitUntil(this.#tellLater());
  }

  async #tellLater(): Promise<void> {
    await scheduler.wait(GATHERED_MS);
    const met = { faults: this.#faults, opened: this.#opened };
    this.#faults = [];
    this.#opened = [];
    this.#isGathering = false;
    try {
      await this.#tell(met);
    } catch (error) {
      log("report-failed", { error: String(error) });
    }
  }
}
