import type { EmitAnswer, Publication } from "../../core/hub/emit-keys.ts";
import { EmitKeys } from "../../core/hub/emit-keys.ts";
import type { Body } from "../../wire/hub/message.ts";

// A sleeping object has no memory, so it stays awake for as long as callers try again: our own give up after 30 s.
const AWAKE_MS = 60_000;

/** What the side door asks of one shard: publishes, once for each key. */
export class EmitDoor {
  readonly #publish: (body: Body, now: number) => void;
  readonly #keys = new EmitKeys();
  #awakeUntil = 0;
  #isAwake = false;

  constructor(publish: (body: Body, now: number) => void) {
    this.#publish = publish;
  }

  /** In one turn, so that what others publish stands before or behind all of the list. */
  emit(list: readonly Publication[]): EmitAnswer {
    const now = Date.now();
    const admitted = this.#keys.admit(list, now);
    if (admitted.type === "key-reused") return admitted;
    for (const { body } of admitted.publications) this.#publish(body, now);
    if (list.some(({ key }) => key !== undefined)) this.#stayAwake(now);
    return { type: "accepted", repeated: list.length - admitted.publications.length };
  }

  #stayAwake(now: number): void {
    this.#awakeUntil = now + AWAKE_MS;
    if (this.#isAwake) return;
    this.#isAwake = true;
    setTimeout(() => this.#wake(), AWAKE_MS);
  }

  #wake(): void {
    const leftMs = this.#awakeUntil - Date.now();
    this.#isAwake = leftMs > 0;
    if (this.#isAwake) setTimeout(() => this.#wake(), leftMs);
  }
}
