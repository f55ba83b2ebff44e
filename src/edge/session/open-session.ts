import type { HeaderList } from "../../core/entry/forward.ts";
import { answeredHeaders, isCorsHeader, repeatedHeaders } from "../../core/entry/forward.ts";
import type { Limits } from "../../core/session/session.ts";
import { pollingSession, streamingSession } from "../../core/session/step.ts";
import type { Open } from "../../wire/open.ts";
import { formatOpen } from "../../wire/open.ts";
import type { Sid } from "../../wire/sid.ts";
import { POLL_HEADERS, respond } from "../answers.ts";
import type { Handshake } from "../contracts.ts";
import type { Settings } from "../env.ts";
import type { Owner } from "./owner.ts";
import { FIRST_SOCKET, LiveSession } from "./live-session.ts";
import type { Moored } from "./moorer.ts";
import { PollingAnswers } from "./polling-answers.ts";
import { socketAnswer } from "./socket-answer.ts";

/** A session from its handshake, and what the client is answered. */
export function openSession(
  request: Request,
  handshake: Handshake,
  moored: Extract<Moored, { type: "moored" }>,
  sid: Sid,
  settings: Settings,
  owner: Owner,
): { session: LiveSession; response: Response } {
  const headers = headersOf(handshake, moored);
  const answers = new PollingAnswers(repeatedHeaders(headers));
  const limits = limitsOf(moored.open, settings);
  const open = { ...moored.open, sid };
  const now = Date.now();
  if (handshake.transport === "websocket") {
    const state = streamingSession(limits, moored.origin.name, FIRST_SOCKET, now);
    const session = new LiveSession(state, moored, answers, owner);
    const response = socketAnswer(request, answeredHeaders(headers), (socket) => {
      session.start(socket, formatOpen(open, []));
    });
    return { session, response };
  }
  const state = pollingSession(limits, moored.origin.name, now);
  const session = new LiveSession(state, moored, answers, owner);
  session.start();
  const body = formatOpen(open, ["websocket"]);
  const all = [...answeredHeaders(headers), ...POLL_HEADERS];
  return { session, response: respond({ status: 200, headers: all, body }) };
}

// The origin's, with the pool's affinity cookie for it.
function headersOf(
  { isCorsOurs, cookies }: Handshake,
  { headers, origin }: Extract<Moored, { type: "moored" }>,
): HeaderList {
  const own = isCorsOurs ? withoutCors(headers) : headers;
  const cookie = cookies[origin.name];
  return cookie === undefined ? own : [...own, ["set-cookie", cookie]];
}

function withoutCors(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => !isCorsHeader(name));
}

function limitsOf(open: Open, settings: Settings): Limits {
  const { pingInterval, pingTimeout, maxPayload } = open;
  const { creditBytes, queueBytes, holdBytes, lossGraceMs } = settings;
  const { onUnrecovered, onPendingAcks } = settings;
  return {
    pingInterval,
    pingTimeout,
    maxPayload,
    creditBytes,
    queueBytes,
    holdBytes,
    silenceMs: silenceMsOf(open, settings),
    lossGraceMs,
    onUnrecovered,
    onPendingAcks,
  };
}

/** How long an origin may be silent: its next ping is due in it, and what that may be late. */
export function silenceMsOf({ pingInterval, pingTimeout }: Open, settings: Settings): number {
  return pingInterval + Math.min(pingTimeout, settings.originPingLateMs ?? pingTimeout);
}
