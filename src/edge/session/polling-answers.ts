import type { Answer } from "../../core/entry/answer.ts";
import type { HeaderList } from "../../core/entry/forward.ts";
import type { Packet } from "../../wire/packet.ts";
import { joinPayload } from "../../wire/payload.ts";
import type { Refusal } from "../../wire/refusal.ts";
import { refusal, uncached } from "../answers.ts";

/** A session's polling answers, with what its origin wants on each of them. */
export class PollingAnswers {
  readonly #repeated: HeaderList;
  readonly #poll: Answer;
  readonly #post: Answer;

  constructor(repeated: HeaderList) {
    this.#repeated = repeated;
    this.#poll = uncached(200, "text/plain; charset=UTF-8", "", repeated);
    // As HTML, like Engine.IO's server, so that no browser offers it as a download.
    this.#post = uncached(200, "text/html", "ok", repeated);
  }

  poll(packets: readonly Packet[]): Answer {
    return { ...this.#poll, body: joinPayload(packets) };
  }

  post(): Answer {
    return this.#post;
  }

  refuse(from: Refusal): Answer {
    return refusal(from, false, this.#repeated);
  }
}
