import type { HeaderList } from "../../core/entry/forward.ts";
import type { Packet } from "../../wire/packet.ts";
import { joinPayload } from "../../wire/payload.ts";

/** A session's polling answers, with what its origin wants on each of them. */
export class PollingAnswers {
  readonly repeated: HeaderList;
  readonly #poll: [string, string][];
  readonly #post: [string, string][];

  constructor(repeated: HeaderList) {
    this.repeated = repeated;
    const all = (type: string): [string, string][] => [
      ...repeated.map(([name, value]): [string, string] => [name, value]),
      ["content-type", type],
      ["cache-control", "no-store"],
    ];
    this.#poll = all("text/plain; charset=UTF-8");
    // As HTML, like Engine.IO's server, so that no browser offers it as a download.
    this.#post = all("text/html");
  }

  poll(packets: readonly Packet[]): Response {
    return new Response(joinPayload(packets), { headers: this.#poll });
  }

  post(): Response {
    return new Response("ok", { headers: this.#post });
  }
}
