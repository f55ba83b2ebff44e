import type { Open } from "../../wire/open.ts";
import { Refusals } from "../../wire/refusal.ts";
import type { Answer } from "../entry/answer.ts";
import type { ClientTransport } from "../entry/engine-request.ts";
import type { HeaderList } from "../entry/forward.ts";

/** What became of a WebSocket dial. */
export type DialOutcome<Link> =
  | {
      readonly type: "opened";
      readonly link: Link;
      readonly open: Open;
      readonly headers: HeaderList;
    }
  | { readonly type: "answered"; readonly answer: Answer }
  /** The connection ended before any answer: a dead port, or an application that destroyed the socket. */
  | { readonly type: "broken"; readonly why: string }
  /** No answer in time, or one that no Engine.IO server gives. */
  | { readonly type: "faulty"; readonly why: string };

type Failed = Exclude<DialOutcome<never>, { type: "opened" }>;

/** What an outcome means for the handshake: go on, tell the client no, ask by polling, or try the next origin. */
export type Verdict =
  | { readonly type: "refused"; readonly answer: Answer }
  | { readonly type: "ask" }
  | { readonly type: "fault"; readonly why: string };

/**
 * A dial that did not open. engine.io destroys the socket of a WebSocket that a middleware answers with 401, and its
 * refusals by WebSocket lose status and code: so what is no fault of the origin's is asked again by polling, once.
 */
export function verdictOnDial(outcome: Failed, transport: ClientTransport): Verdict {
  switch (outcome.type) {
    case "faulty":
      return { type: "fault", why: outcome.why };
    case "broken":
      return { type: "ask" };
    case "answered":
      return verdictOnDialAnswer(outcome.answer, transport);
  }
}

/** The answer to the one question by polling, after that dial. */
export function verdictOnQuestion(
  answer: Answer | undefined,
  dialled: Failed,
): Exclude<Verdict, { type: "ask" }> {
  const why = dialled.type === "answered" ? `answered ${dialled.answer.status}` : dialled.why;
  if (answer === undefined) return { type: "fault", why };
  if (answer.status >= 500) return { type: "fault", why: `answered ${answer.status}` };
  if (answer.status >= 300) return { type: "refused", answer };
  // It lives, and has said no to this one request: a client can write one that gets such an answer from every origin.
  if (dialled.type === "answered" && dialled.answer.status >= 400) {
    return { type: "refused", answer: dialled.answer };
  }
  // A session by polling where the WebSocket failed, or no Engine.IO at all.
  return { type: "fault", why: `${why}, but polling answered` };
}

function verdictOnDialAnswer(answer: Answer, transport: ClientTransport): Verdict {
  const { status, body } = answer;
  if (status >= 500) return { type: "fault", why: `answered ${status}` };
  if (status === 400 && NO_WEBSOCKET_BODIES.includes(body)) {
    return { type: "refused", answer: NO_WEBSOCKET[transport] };
  }
  return transport === "websocket" && status >= 400 ? { type: "refused", answer } : { type: "ask" };
}

// As the server's WebSocket half says it, and as its HTTP half does where it listens to no upgrades at all.
const { code, message } = Refusals.unknownTransport;
const NO_WEBSOCKET_BODIES: readonly string[] = [message, JSON.stringify({ code, message })];

const NO_WEBSOCKET_MESSAGE =
  "Transport unknown: the origin's `transports` option leaves out websocket, by which Mooring reaches it";

const NO_WEBSOCKET: Readonly<Record<ClientTransport, Answer>> = {
  polling: {
    status: Refusals.unknownTransport.status,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify({ code, message: NO_WEBSOCKET_MESSAGE }),
  },
  websocket: {
    status: Refusals.unknownTransport.status,
    headers: [["content-type", "text/html"]],
    body: NO_WEBSOCKET_MESSAGE,
  },
};
