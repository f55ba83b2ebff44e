import { onTestFinished, vi } from "vitest";
import type { ContinuityClient } from "./continuity-client.ts";
import { SOON } from "./continuity-crew.ts";
import type { ContinuityLine } from "./continuity-orders.ts";

/** Numbered binary events from every client, which its server sends back, and what has to be true of them at the end. */
export class BinaryTraffic {
  readonly #clients: readonly ContinuityClient[];
  /** By client: what has come back, in order. */
  readonly #back = new Map<string, string[]>();
  readonly #timer: NodeJS.Timeout;
  #next = 0;

  constructor(clients: readonly ContinuityClient[], everyMs: number) {
    this.#clients = clients;
    for (const { name, socket } of clients) {
      const back: string[] = [];
      this.#back.set(name, back);
      socket.on("bytes", (label: string, one: Uint8Array, other: Uint8Array) => {
        back.push([label, Buffer.from(one), Buffer.from(other)].join());
      });
    }
    this.#timer = setInterval(() => {
      for (const { socket } of clients) socket.emit("bytes", ...bytesOf(this.#next));
      this.#next += 1;
    }, everyMs);
    onTestFinished(() => clearInterval(this.#timer));
  }

  /** Stops it, waits for what is under way, and tells of what has not come there and back once and in order. */
  async faults(linesOf: () => readonly ContinuityLine[]): Promise<string[]> {
    clearInterval(this.#timer);
    const count = this.#next;
    await vi
      .waitFor(() => {
        const isOn = [...this.#back.values()].some((back) => back.length < count);
        if (isOn) throw new Error("Not all is back.");
      }, SOON)
      .catch(() => {});
    const lines = linesOf();
    return this.#clients.flatMap(({ name }) => {
      const back = this.#back.get(name) ?? [];
      const had = lines.filter((line) => line[1] === "bytes" && line[3] === name);
      const isBack = back.length === count && back.every((one, n) => one === bytesOf(n).join());
      const isThere = had.length === count && had.every((line, n) => line[4] === String(n));
      if (isBack && isThere) return [];
      return [`${name}: of ${count} events came ${had.length}, and ${back.length} back`];
    });
  }
}

function bytesOf(n: number): [label: string, one: Buffer, other: Buffer] {
  return [String(n), Buffer.from(`one ${n}`), Buffer.from(`other ${n}`)];
}
