import type { Answer } from "../../core/entry/answer.ts";
import type { HeaderList } from "../../core/entry/forward.ts";
import type { Packet } from "../../wire/packet.ts";
import { joinPayload } from "../../wire/payload.ts";
import type { Refusal } from "../../wire/refusal.ts";
import { POLL_HEADERS, refusal, uncached } from "../answers.ts";

/** A session's polling answers, with what its origin wants on each of them. */
export class PollingAnswers {
  readonly #repeated: HeaderList;
  readonly #post: Answer;

  constructor(repeated: HeaderList) {
    this.#repeated = repeated;
    // As HTML, like Engine.IO's server, so that no browser offers it as a download.
    this.#post = uncached(200, "text/html", "ok", repeated);
  }

  /** The payload alone where there is nothing to repeat, as in most sessions. */
  poll(packets: readonly Packet[]): Answer | string {
    const body = joinPayload(packets);
    if (this.#repeated.length === 0) return body;
    return { status: 200, headers: [...this.#repeated, ...POLL_HEADERS], body };
  }

  post(): Answer {
    return this.#post;
  }

  refuse(from: Refusal): Answer {
    return refusal(from, false, this.#repeated);
  }
}
