import type { HeaderList } from "../../core/entry/forward.ts";
import type { Origin } from "../../core/pool/origin.ts";
import { RESERVATION_MS } from "../../core/pool/reservations.ts";
import type { Answer } from "../../core/entry/answer.ts";
import type { DialOutcome, Verdict } from "../../core/upstream/verdict.ts";
import { verdictOnDial, verdictOnQuestion } from "../../core/upstream/verdict.ts";
import { toBase64Url } from "../../wire/base64.ts";
import type { Open } from "../../wire/open.ts";
import type { DialRequest, Handshake, Havens, Link, Upstream } from "../contracts.ts";
import { log } from "../log.ts";
import type { DialQueue } from "./dial-queue.ts";
import type { Inquiries } from "./inquiries.ts";

/** What became of a session's dials. */
export type Moored =
  | {
      readonly type: "moored";
      readonly origin: Origin;
      readonly link: Link;
      readonly open: Open;
      readonly headers: HeaderList;
      readonly dial: string;
    }
  | { readonly type: "refused"; readonly answer: Answer }
  | { readonly type: "busy" }
  | { readonly type: "unreachable" };

/** What a session dials origins with. */
export interface Dialling {
  readonly handshake: Handshake;
  readonly request: DialRequest;
  readonly upstream: Upstream;
  readonly queue: DialQueue;
  readonly inquiries: Inquiries;
  /** Tells of an origin that has not taken it. */
  failed(origin: string): void;
}

/**
 * The dials of one session, one after the other: by its first handshake, and again whenever it has lost its origin. Each
 * says its place among them, since an origin that was lost may live, and hold a connection of the same session.
 */
export class Moorer {
  readonly #dialling: Dialling;
  readonly #birth = Date.now();
  #moorings = 0;
  #cookie: string | undefined;

  constructor(dialling: Dialling) {
    this.#dialling = dialling;
  }

  /** Moors a new session to the first of its origins that takes it, or brings back the application's refusal. */
  async first(): Promise<Moored> {
    const { handshake, queue } = this.#dialling;
    const [first, ...others] = handshake.origins;
    if (first === undefined) return { type: "unreachable" };
    // Another object may have a dial to spare now; here the handshake would only wait.
    if (!queue.tryStart(first.name)) return { type: "busy" };
    // A place that the pool keeps for it is kept no longer, and its client hardly waits longer either.
    const isTimely = () => Date.now() < this.#birth + RESERVATION_MS;
    return (await this.#dial(first)) ?? this.again({ origins: others, apartMs: 0 }, isTimely);
  }

  /** Moors it to the best of these that has a place among the object's dials, as long as that is wanted. */
  async again({ origins, apartMs }: Havens, isWanted: () => boolean): Promise<Moored> {
    const { queue } = this.#dialling;
    let left = origins;
    while (left.length > 0) {
      const names = left.map(({ name }) => name);
      const taken = await queue.start({ origins: names, apartMs, isWanted });
      const origin = left.find(({ name }) => name === taken);
      if (origin === undefined) break;
      const moored = await this.#dial(origin);
      if (moored) return moored;
      left = left.filter((other) => other !== origin);
    }
    return { type: "unreachable" };
  }

  isAlive(origin: Origin): Promise<boolean> {
    const { upstream, request, inquiries } = this.#dialling;
    return inquiries.isAlive(origin.name, () => upstream.isAlive(origin, request));
  }

  /** A later request of the client's has come: its cookies are newer than the handshake's. */
  heard(headers: Headers): void {
    this.#cookie = headers.get("cookie") ?? this.#cookie;
  }

  /** Dials an origin at which there is a place; `undefined` where it has not taken the session. */
  async #dial(origin: Origin): Promise<Moored | undefined> {
    const { queue } = this.#dialling;
    let hasFailed = false;
    try {
      const id = newDialId();
      const outcome = await dialOrAsk(origin, this.#dialling, this.#requestTo(origin, id));
      if (outcome.type === "opened") return { ...outcome, type: "moored", origin, dial: id };
      if (outcome.type === "refused") return outcome;
      this.#dialling.failed(origin.name);
      log("dial-failed", { origin: origin.name, why: outcome.why });
      hasFailed = true;
      return undefined;
    } finally {
      queue.end(origin.name, hasFailed);
    }
  }

  #requestTo({ name }: Origin, id: string): DialRequest {
    const { request, handshake } = this.#dialling;
    const moorings = this.#moorings;
    this.#moorings += 1;
    const dial = { id, birth: this.#birth, moorings, pool: handshake.pool, name };
    return { ...request, headers: this.#headers(), dial };
  }

  #headers(): HeaderList {
    const { headers } = this.#dialling.request;
    if (this.#cookie === undefined) return headers;
    return [...headers.filter(([name]) => name !== "cookie"), ["cookie", this.#cookie]];
  }
}

type Opened = Extract<DialOutcome<Link>, { type: "opened" }>;

async function dialOrAsk(
  origin: Origin,
  { handshake, upstream }: Dialling,
  request: DialRequest,
): Promise<Opened | Exclude<Verdict, { type: "ask" }>> {
  const outcome = await upstream.dial(origin, request);
  if (outcome.type === "opened") return outcome;
  const verdict = verdictOnDial(outcome, handshake.transport);
  if (verdict.type !== "ask") return verdict;
  return verdictOnQuestion(await upstream.ask(origin, request), outcome);
}

const ID_BYTES = 12;

function newDialId(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
}
