import type { Origin } from "../../core/pool/origin.ts";
import type { Answer } from "../../core/entry/answer.ts";
import type { DialOutcome } from "../../core/upstream/verdict.ts";
import { parseOpen } from "../../wire/open.ts";
import { PacketType } from "../../wire/packet.ts";
import { Refusals } from "../../wire/refusal.ts";
import type { DialRequest, Link, Upstream } from "../contracts.ts";
import { dialHeaders } from "./dial-headers.ts";
import { DirectLink } from "./direct-link.ts";
import { readText } from "./read-text.ts";

/** What a refusal may bring; a longer body is cut. */
const MAX_ANSWER_CHARACTERS = 65_536;

/**
 * Reaches stock Socket.IO servers: one WebSocket for each session. With a token, each says in a header that it is ours, and
 * of which session.
 */
export function directUpstream(dialTimeoutMs: number, token?: string): Upstream {
  return {
    dial: (origin, request) => dial(origin, request, token, dialTimeoutMs),
    ask: (origin, request) => ask(origin, request, dialTimeoutMs),
    isAlive: (origin, request) => isAlive(origin, request, dialTimeoutMs),
  };
}

async function dial(
  origin: Origin,
  request: DialRequest,
  token: string | undefined,
  timeoutMs: number,
): Promise<DialOutcome<Link>> {
  // Not AbortSignal.timeout: it can't be called off, and would end the WebSocket long after it had opened.
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  const { signal } = deadline;
  try {
    const own = token === undefined ? [] : await dialHeaders(request.dial, token);
    const headers = [...request.headers, ...own].map(([name, value]) => [name, value]);
    const response = await fetch(`${origin.url}${request.path}?${request.query}`, {
      headers: [...headers, ["upgrade", "websocket"]],
      redirect: "manual",
      signal,
    });
    const socket = response.webSocket;
    if (!socket) return { type: "answered", answer: await answerOf(response) };
    return await opened(new DirectLink(socket), response, signal);
  } catch (error) {
    return signal.aborted
      ? { type: "faulty", why: `no answer in ${timeoutMs} ms` }
      : { type: "broken", why: messageOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function opened(
  link: DirectLink,
  response: Response,
  signal: AbortSignal,
): Promise<DialOutcome<Link>> {
  const first = await link.first(signal);
  const open = first === undefined ? undefined : parseOpen(first);
  if (open) return { type: "opened", link, open, headers: [...response.headers] };
  link.leave("no open packet");
  return { type: "faulty", why: first === undefined ? "no open packet" : "no Engine.IO server" };
}

async function ask(
  origin: Origin,
  request: DialRequest,
  timeoutMs: number,
): Promise<Answer | undefined> {
  const query = request.query.replace(/transport=websocket$/, "transport=polling");
  const url = `${origin.url}${request.path}?${query}`;
  const headers = request.headers.map(([name, value]) => [name, value]);
  try {
    const init = { headers, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) } as const;
    const answer = await answerOf(await fetch(url, init));
    const session = parseOpen(answer.body);
    if (session) {
      const end = { method: "POST", body: PacketType.close, ...init };
      await (await fetch(`${url}&sid=${encodeURIComponent(session.sid)}`, end)).body?.cancel();
    }
    return answer;
  } catch {
    return undefined;
  }
}

/** A server that is going down still answers for a moment. */
const SECOND_LOOK_MS = 1000;

// Only an Engine.IO server that lives says that it doesn't know the session.
async function isAlive(origin: Origin, request: DialRequest, timeoutMs: number): Promise<boolean> {
  if (!(await knowsNoSession(origin, request, timeoutMs))) return false;
  await scheduler.wait(SECOND_LOOK_MS);
  return knowsNoSession(origin, request, timeoutMs);
}

async function knowsNoSession(
  origin: Origin,
  { path }: DialRequest,
  timeoutMs: number,
): Promise<boolean> {
  try {
    const response = await fetch(`${origin.url}${path}?EIO=4&transport=polling&sid=x`, {
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = await readText(response, MAX_ANSWER_CHARACTERS);
    return response.status === Refusals.unknownSid.status && /"code":\s*1\b/.test(body);
  } catch {
    return false;
  }
}

async function answerOf(response: Response): Promise<Answer> {
  const body = await readText(response, MAX_ANSWER_CHARACTERS);
  return { status: response.status, headers: [...response.headers], body };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
