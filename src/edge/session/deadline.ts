import type { NextTurn } from "./next-turn.ts";

/** Tells a session when the instant has come that it waits for. */
export class Deadline {
  readonly #nextTurn: NextTurn;
  readonly #passed: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Infinity;
  #isTurnAwaited = false;

  constructor(nextTurn: NextTurn, passed: () => void) {
    this.#nextTurn = nextTurn;
    this.#passed = passed;
  }

  /** In ms; `undefined` for never. */
  set(at: number | undefined): void {
    if (at === undefined) {
      clearTimeout(this.#timer ?? null);
      // A timer that is too early costs one look at the state; setting it anew at every packet would cost more.
    } else if (at < this.#timerAt) {
      const delayMs = at - Date.now();
      if (delayMs > 0) this.#setTimer(at, delayMs);
      else this.#awaitTurn();
    }
  }

  #setTimer(at: number, delayMs: number): void {
    clearTimeout(this.#timer ?? null);
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timerAt = Infinity;
      this.#passed();
    }, delayMs);
  }

  // The timer stays as it is: it is for the heartbeat, and would be set to the same instant again.
  #awaitTurn(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    this.#nextTurn.add(() => {
      this.#isTurnAwaited = false;
      this.#passed();
    });
  }
}
