import type { Dials } from "../../core/upstream/dial-slots.ts";
import { canDial, dialEnded, dialStarted } from "../../core/upstream/dial-slots.ts";

/** Holds an object to the dials that it may have under way at a time. */
export class DialQueue {
  #dials: Dials = new Map();
  readonly #waiting: { origin: string; start: () => void }[] = [];

  /** Takes a place at once, or says that there is none. */
  tryStart(origin: string): boolean {
    if (!canDial(this.#dials, origin)) return false;
    this.#dials = dialStarted(this.#dials, origin);
    return true;
  }

  /** Waits for a place, behind who came before. */
  async start(origin: string): Promise<void> {
    if (this.tryStart(origin)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ origin, start: resolve }));
  }

  /** Gives a place back; the first who waits and may go on has it. */
  end(origin: string): void {
    this.#dials = dialEnded(this.#dials, origin);
    const next = this.#waiting.findIndex((waiting) => this.tryStart(waiting.origin));
    if (next !== -1) this.#waiting.splice(next, 1)[0]?.start();
  }
}
