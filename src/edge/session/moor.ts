import type { HeaderList } from "../../core/entry/forward.ts";
import type { Origin } from "../../core/pool/origin.ts";
import type { Answer } from "../../core/entry/answer.ts";
import type { DialOutcome, Verdict } from "../../core/upstream/verdict.ts";
import { verdictOnDial, verdictOnQuestion } from "../../core/upstream/verdict.ts";
import { toBase64Url } from "../../wire/base64.ts";
import type { Open } from "../../wire/open.ts";
import type { DialRequest, Handshake, Link, Upstream } from "../contracts.ts";
import { log } from "../log.ts";
import type { DialQueue } from "./dial-queue.ts";

/** What became of a handshake. */
export type Moored =
  | { type: "moored"; origin: Origin; link: Link; open: Open; headers: HeaderList }
  | { type: "refused"; answer: Answer }
  | { type: "busy" }
  | { type: "unreachable" };

/** Moors a new session to the first of its origins that takes it, or brings back the application's refusal. */
export async function moor(
  handshake: Handshake,
  request: DialRequest,
  upstream: Upstream,
  queue: DialQueue,
  failed: (origin: string) => void,
): Promise<Moored> {
  const birth = Date.now();
  for (const [i, origin] of handshake.origins.entries()) {
    if (i > 0) await queue.start(origin.name);
    // Another object may have a dial to spare now; here the handshake would only wait.
    else if (!queue.tryStart(origin.name)) return { type: "busy" };
    try {
      const { pool } = handshake;
      const dial = { id: newDialId(), birth, moorings: i, pool, name: origin.name };
      const outcome = await dialOrAsk(origin, handshake, { ...request, dial }, upstream);
      if (outcome.type === "opened") return { ...outcome, type: "moored", origin };
      if (outcome.type === "refused") return outcome;
      failed(origin.name);
      log("dial-failed", { origin: origin.name, why: outcome.why });
    } finally {
      queue.end(origin.name);
    }
  }
  return { type: "unreachable" };
}

type Opened = Extract<DialOutcome<Link>, { type: "opened" }>;

async function dialOrAsk(
  origin: Origin,
  handshake: Handshake,
  request: DialRequest,
  upstream: Upstream,
): Promise<Opened | Exclude<Verdict, { type: "ask" }>> {
  const outcome = await upstream.dial(origin, request);
  if (outcome.type === "opened") return outcome;
  const verdict = verdictOnDial(outcome, handshake.transport);
  if (verdict.type !== "ask") return verdict;
  const why = outcome.type === "answered" ? `answered ${outcome.answer.status}` : outcome.why;
  return verdictOnQuestion(await upstream.ask(origin, request), why);
}

const ID_BYTES = 12;

function newDialId(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(ID_BYTES)));
}
