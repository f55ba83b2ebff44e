import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Emission } from "../wire/hub/emission.ts";
import { MAX_EMIT_BYTES } from "../wire/hub/emission.ts";
import { EmitterError } from "./emitter-error.ts";
import type { EmitterSettings } from "./emitter-options.ts";
import type { PostOutcome } from "./emitter-post.ts";
import { postEmissions } from "./emitter-post.ts";

interface Item {
  readonly json: string;
  readonly bytes: number;
}

interface Waiter {
  /** How many have to be settled. */
  readonly until: number;
  readonly resolve: () => void;
}

// A request with more of them would hold up those behind it, should it have to come again.
const BATCH_EVENTS = 500;
const BATCH_BYTES = 1024 * 1024;

const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5000;

/** Sends emissions one request after the other, in order; what fails is tried again by the same keys, so it comes once. */
export class EmitterQueue {
  readonly #settings: EmitterSettings;
  readonly #name = randomBytes(12).toString("base64url");
  readonly #items: Item[] = [];
  readonly #waiters: Waiter[] = [];
  #bytes = 0;
  #put = 0;
  #settled = 0;
  #isRunning = false;

  constructor(settings: EmitterSettings) {
    this.#settings = settings;
  }

  /** Gives whether it is on its way. Throws a RangeError for one that no request can hold. */
  put(emission: Emission): boolean {
    const json = JSON.stringify({ ...emission, key: emission.key ?? this.#newKey() });
    const bytes = Buffer.byteLength(json);
    if (bytes > MAX_EMIT_BYTES - 2) {
      throw new RangeError(`Expected an event of at most ${MAX_EMIT_BYTES} bytes, got ${bytes}.`);
    }
    if (this.#bytes + bytes > this.#settings.maxQueueBytes) {
      const why = `${this.#bytes} bytes wait already`;
      this.#tell(new EmitterError("QUEUE_FULL", `An event was dropped: ${why}.`, { events: 1 }));
      return false;
    }
    this.#items.push({ json, bytes });
    this.#bytes += bytes;
    this.#put += 1;
    this.#start();
    return true;
  }

  /** Resolves when all that was put so far has been published or dropped; never rejects. */
  flushed(): Promise<void> {
    const until = this.#put;
    if (this.#settled >= until) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ until, resolve }));
  }

  // The name alone is random: a counter behind it is much cheaper than 16 random bytes for each.
  #newKey(): string {
    return `${this.#name}:${this.#put.toString(36)}`;
  }

  /** In a microtask, so that what is emitted in one turn goes in one request. */
  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#items.length > 0) {
      const batch = this.#items.splice(0, batchLength(this.#items));
      await this.#deliver(batch);
      for (const { bytes } of batch) this.#bytes -= bytes;
      this.#settled += batch.length;
      while ((this.#waiters[0]?.until ?? Infinity) <= this.#settled) {
        this.#waiters.shift()?.resolve();
      }
    }
    this.#isRunning = false;
  }

  async #deliver(batch: readonly Item[]): Promise<void> {
    const body = `[${batch.map(({ json }) => json).join(",")}]`;
    const giveUpAt = performance.now() + this.#settings.retryMs;
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await postEmissions(this.#settings, this.#name, body);
      if (outcome.type === "accepted") return;
      if (outcome.type === "refused") {
        await this.#refused(batch, outcome);
        return;
      }
      const waitMs = Math.max(outcome.waitMs, backOffMs(attempt));
      if (performance.now() + waitMs >= giveUpAt) {
        this.#drop("UNREACHABLE", batch, outcome);
        return;
      }
      await delay(waitMs);
    }
  }

  /** One bad event must not take the others along: nothing of a refused request is published, so each half goes alone. */
  async #refused(
    batch: readonly Item[],
    outcome: Extract<PostOutcome, { type: "refused" }>,
  ): Promise<void> {
    if (!outcome.isOfOne || batch.length === 1) {
      this.#drop("REFUSED", batch, outcome);
      return;
    }
    const half = Math.ceil(batch.length / 2);
    await this.#deliver(batch.slice(0, half));
    await this.#deliver(batch.slice(half));
  }

  #drop(
    code: "REFUSED" | "UNREACHABLE",
    { length: events }: readonly Item[],
    outcome: Exclude<PostOutcome, { type: "accepted" }>,
  ): void {
    const { why, status } = outcome;
    const cause = outcome.type === "failed" ? outcome.cause : undefined;
    const who = events === 1 ? "An event was" : `${events} events were`;
    this.#tell(new EmitterError(code, `${who} dropped: ${why}`, { events, status, cause }));
  }

  // Nobody awaits the sending, so what a handler throws would end the process.
  #tell(error: EmitterError): void {
    try {
      this.#settings.onError(error);
    } catch (thrown) {
      process.emitWarning(`onError threw: ${String(thrown)}`, "MooringWarning");
    }
  }
}

function batchLength(items: readonly Item[]): number {
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    bytes += item.bytes + 1;
    if (index > 0 && (bytes > BATCH_BYTES || index >= BATCH_EVENTS)) return index;
  }
  return items.length;
}

/** Half of it is random, so that many that failed together don't come back together. */
function backOffMs(attempt: number): number {
  const ms = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
  return (ms * (1 + Math.random())) / 2;
}
