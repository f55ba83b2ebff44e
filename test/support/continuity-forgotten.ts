import { onTestFinished, vi } from "vitest";
import type { ContinuityClient } from "./continuity-client.ts";
import type { ContinuityLine } from "./continuity-orders.ts";

/** Questions that no server answers. One client asks after the other, so that each asks again after that span. */
export class Forgotten {
  readonly #clients: readonly ContinuityClient[];
  readonly #everyMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #asked = new Map<ContinuityClient, number>();
  #answers = 0;
  #turn = 0;

  constructor(clients: readonly ContinuityClient[], everyMs: number) {
    this.#clients = clients;
    this.#everyMs = everyMs;
    this.#timer = setInterval(() => this.#ask(), everyMs / clients.length);
    onTestFinished(() => this.end());
  }

  /** Resolves when each has asked. */
  async round(): Promise<void> {
    const timeout = 2 * this.#everyMs;
    await vi.waitUntil(() => this.#asked.size === this.#clients.length, { timeout, interval: 20 });
  }

  end(): void {
    clearInterval(this.#timer);
  }

  /** Those questions that have not come to a server once, and the answers that nobody has given. */
  faults(lines: readonly ContinuityLine[]): string[] {
    const faults = [...this.#asked].flatMap(([{ name }, asked]) => {
      const had = lines.filter((line) => line[1] === "never" && line[3] === name).length;
      return had === asked ? [] : [`${name}: of ${asked} questions there are ${had}`];
    });
    return this.#answers === 0 ? faults : [...faults, `${this.#answers} answers`];
  }

  #ask(): void {
    const client = this.#clients[this.#turn % this.#clients.length];
    this.#turn += 1;
    if (client === undefined) return;
    this.#asked.set(client, (this.#asked.get(client) ?? 0) + 1);
    client.socket.emit("never", () => {
      this.#answers += 1;
    });
  }
}
