import { noOrigin } from "../answers.ts";
import type { Asker, PoolView } from "../contracts.ts";
import { log } from "../log.ts";
import { fetchFromPool } from "./origin-fetch.ts";

/** How long an origin's answer to a preflight is repeated, in ms. */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 1000;
/** Characters of a request's fields and of its answer; longer ones are answered, and asked again the next time. */
const MAX_REMEMBERED_LENGTH = 2048;

interface Remembered {
  readonly status: number;
  readonly headers: readonly [string, string][];
  readonly body: string;
  readonly until: number;
}

/** CORS preflights, answered as an origin answers them: its `cors` option stays the one place where they are set. */
export class Preflights {
  readonly #view: PoolView;
  readonly #remembered = new Map<string, Remembered>();

  constructor(view: PoolView) {
    this.#view = view;
  }

  async answer(asker: Asker): Promise<Response> {
    const key = keyOf(asker.request);
    const known = this.#remembered.get(key);
    if (known && known.until > Date.now()) return repeat(known);
    const response = await fetchFromPool(this.#view, asker);
    // Only an answer of the origin's is repeated: that no origin answered may be untrue a moment later.
    const isShort = Number(response.headers.get("content-length") ?? 0) <= MAX_REMEMBERED_LENGTH;
    if (response.status >= 500 || !isShort || key.length > MAX_REMEMBERED_LENGTH) return response;
    const answer = await read(response);
    if (answer === undefined) return noOrigin();
    if (JSON.stringify(answer).length <= 2 * MAX_REMEMBERED_LENGTH) this.#remember(key, answer);
    return repeat(answer);
  }

  #remember(key: string, answer: Remembered): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, answer);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) {
      this.#remembered.delete(oldest);
    }
  }
}

function keyOf(request: Request): string {
  const { headers, url } = request;
  const asked = ["origin", "access-control-request-method", "access-control-request-headers"];
  return JSON.stringify([new URL(url).pathname, ...asked.map((name) => headers.get(name))]);
}

// Without Set-Cookie, since a cookie is for the one who asked, and without what speaks of the body on its way.
const NOT_REPEATED = ["set-cookie", "content-encoding", "content-length", "transfer-encoding"];

async function read(response: Response): Promise<Remembered | undefined> {
  try {
    return {
      status: response.status,
      headers: [...response.headers].filter(([name]) => !NOT_REPEATED.includes(name)),
      body: await response.text(),
      until: Date.now() + REMEMBERED_MS,
    };
  } catch (error) {
    // It broke off, or is too slow.
    log("fetch-failed", { error: String(error) });
    return undefined;
  }
}

function repeat({ status, headers, body }: Remembered): Response {
  const isEmpty = status === 204 || status === 304;
  const init = { status, headers: headers.map(([name, value]): [string, string] => [name, value]) };
  return new Response(isEmpty ? null : body, init);
}
