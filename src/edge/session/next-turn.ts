/**
 * How long packets are gathered, in ms: an origin's frames that belong together come in pieces of a TCP stream, and with
 * 0 the last of three was now and then left for the next poll.
 */
const GATHER_MS = 3;

/**
 * Runs what wants to be run in a moment, all of it on one timer. A timer of its own for each poll that gathers packets
 * took more CPU than the poll itself (200 microseconds against 130), and many polls are due in the same moment.
 */
export class NextTurn {
  #waiting: (() => void)[] = [];

  add(run: () => void): void {
    this.#waiting.push(run);
    if (this.#waiting.length === 1) setTimeout(() => this.#run(), GATHER_MS);
  }

  #run(): void {
    const due = this.#waiting;
    this.#waiting = [];
    for (const run of due) run();
  }
}
