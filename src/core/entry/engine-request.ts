import type { Refusal } from "../../wire/refusal.ts";
import { Refusals } from "../../wire/refusal.ts";
import type { Sid } from "../../wire/sid.ts";
import { parseSid } from "../../wire/sid.ts";
import { lastValues } from "./query.ts";

/** How a client speaks to the edge (Engine.IO protocol v4, "Transports"). */
export type ClientTransport = "polling" | "websocket";

/** Whether a URL, as a request has it, is a known session's: `/socket.io/?...` with a sid. */
export function isSessionUrl(url: string, enginePath: string): boolean {
  const path = url.indexOf("/", url.indexOf("://") + 3);
  return url.startsWith(`${enginePath}?`, path) && /[?&]sid=./.test(url);
}

/** Whether an Upgrade field asks for a WebSocket, as Engine.IO's server takes it. */
export function isWebSocketUpgrade(field: string | null | undefined): boolean {
  return field?.toLowerCase() === "websocket";
}

/** Whether a query has a sid, be it one that the edge knows or not. */
export function hasSid(query: string): boolean {
  return (lastValues(query).get("sid") ?? "") !== "";
}

/** What a request under Engine.IO's path asks for. */
export type EngineRequest =
  | { readonly type: "handshake"; readonly transport: ClientTransport }
  | {
      readonly type: "poll" | "post" | "upgrade";
      readonly sid: Sid;
    }
  | { readonly type: "refused"; readonly refusal: Refusal };

const PROTOCOL = "4";

/**
 * Reads a request in the order in which Engine.IO's server checks it, so that a request with several faults gets
 * the same code from both.
 */
export function readEngineRequest(
  method: string,
  query: string,
  isUpgrade: boolean,
): EngineRequest {
  const values = lastValues(query);
  const transport = values.get("transport");
  if (transport !== "polling" && transport !== "websocket") {
    return refused(Refusals.unknownTransport);
  }
  const sid = values.get("sid");
  const isProtocolKnown = values.get("EIO") === PROTOCOL;
  if (sid !== undefined && sid !== "") {
    return readSession(method, sid, transport, isUpgrade, isProtocolKnown);
  }
  if (method !== "GET") return refused(Refusals.badHandshakeMethod);
  if (isUpgrade !== (transport === "websocket")) return refused(Refusals.badRequest);
  if (!isProtocolKnown) return refused(Refusals.unsupportedProtocol);
  return { type: "handshake", transport };
}

function readSession(
  method: string,
  text: string,
  transport: ClientTransport,
  isUpgrade: boolean,
  isProtocolKnown: boolean,
): EngineRequest {
  const sid = parseSid(text);
  if (sid === undefined) return refused(Refusals.unknownSid);
  if (isUpgrade !== (transport === "websocket") || !isProtocolKnown) {
    return refused(Refusals.badRequest);
  }
  if (isUpgrade) return { type: "upgrade", sid };
  if (method === "GET") return { type: "poll", sid };
  return method === "POST" ? { type: "post", sid } : refused(Refusals.badRequest);
}

function refused(refusal: Refusal): EngineRequest {
  return { type: "refused", refusal };
}
