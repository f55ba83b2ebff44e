import type { Response } from "../wire/hub/content.ts";

/** Sends one answer to whoever asked. */
export type Answer = (response: Response, isLast: boolean) => void;

interface Open {
  readonly nsp: string;
  readonly answer: Answer;
  readonly until: number;
}

/** What others have asked of a namespace here, and is not answered yet. */
export class Answers {
  readonly #open = new Set<Open>();

  /**
   * Gives what answers. After the last answer, when the namespace has closed or when the asker no longer waits, that does
   * nothing.
   */
  begin(nsp: string, answer: Answer, until: number): Answer {
    const open: Open = { nsp, answer, until };
    this.#open.add(open);
    return (response, isLast) => {
      if (!this.#open.has(open)) return;
      if (isLast) this.#open.delete(open);
      answer(response, isLast);
    };
  }

  /** The namespace is no more: nobody shall wait for it. */
  close(nsp: string): void {
    for (const open of this.#open) {
      if (open.nsp !== nsp) continue;
      this.#open.delete(open);
      open.answer({ type: "none" }, true);
    }
  }

  timePassed(now: number): void {
    for (const open of this.#open) if (open.until <= now) this.#open.delete(open);
  }
}
