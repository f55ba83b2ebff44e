import type { DialWish } from "../../core/upstream/dial-plan.ts";
import { chooseDial, endDial, NO_DIALS, startDial } from "../../core/upstream/dial-plan.ts";
import { canDial } from "../../core/upstream/dial-slots.ts";

/** Who waits for a place. */
export interface Waiter extends DialWish {
  /** Whether it still wants one: it may wait for longer than its session lives. */
  isWanted(): boolean;
}

/** Holds an object to the dials that it may have under way at a time, and to its share of the rate of re-homing. */
export class DialQueue {
  #plan = NO_DIALS;
  #waiting: { readonly waiter: Waiter; readonly start: (origin: string | undefined) => void }[] =
    [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Takes a place at once, or says that there is none. */
  tryStart(origin: string): boolean {
    if (!canDial(this.#plan.dials, origin)) return false;
    this.#plan = startDial(this.#plan, origin, 0, Date.now());
    return true;
  }

  /** Waits for a place, behind who came before, and says at which origin; `undefined` once it is not wanted any more. */
  start(waiter: Waiter): Promise<string | undefined> {
    const started = new Promise<string | undefined>((start) => {
      this.#waiting.push({ waiter, start });
    });
    this.#serve();
    return started;
  }

  /** Gives a place back; `hasFailed` where the origin has not taken the session. */
  end(origin: string, hasFailed = false): void {
    this.#plan = endDial(this.#plan, origin, hasFailed, Date.now());
    this.#serve();
  }

  #serve(): void {
    const now = Date.now();
    let nextAt = Infinity;
    this.#waiting = this.#waiting.filter(({ waiter, start }) => {
      if (!waiter.isWanted()) {
        start(undefined);
        return false;
      }
      const choice = chooseDial(this.#plan, waiter, now);
      if ("at" in choice) {
        nextAt = Math.min(nextAt, choice.at);
        return true;
      }
      this.#plan = startDial(this.#plan, choice.origin, waiter.apartMs, now);
      start(choice.origin);
      return false;
    });
    clearTimeout(this.#timer ?? null);
    if (nextAt < Infinity) this.#timer = setTimeout(() => this.#serve(), nextAt - now);
  }
}
