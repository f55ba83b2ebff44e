import type { Refusal } from "../../wire/refusal.ts";
import { Refusals } from "../../wire/refusal.ts";
import type { ObjectId, SessionKey } from "../../wire/sid.ts";
import { parseSid } from "../../wire/sid.ts";

/** How a client speaks to the edge (Engine.IO protocol v4, "Transports"). */
export type ClientTransport = "polling" | "websocket";

/** What a request under Engine.IO's path asks for. */
export type EngineRequest =
  | { readonly type: "handshake"; readonly transport: ClientTransport }
  | {
      readonly type: "poll" | "post" | "upgrade";
      readonly owner: ObjectId;
      readonly key: SessionKey;
    }
  | { readonly type: "refused"; readonly refusal: Refusal };

const PROTOCOL = "4";

/**
 * Reads a request in the order in which Engine.IO's server checks it, so that a request with several faults gets
 * the same code from both.
 */
export function readEngineRequest(
  method: string,
  query: URLSearchParamsLike,
  isUpgrade: boolean,
): EngineRequest {
  const transport = lastOf(query, "transport");
  if (transport !== "polling" && transport !== "websocket") {
    return refused(Refusals.unknownTransport);
  }
  const sid = lastOf(query, "sid");
  const isProtocolKnown = lastOf(query, "EIO") === PROTOCOL;
  if (sid !== undefined && sid !== "") {
    return readSession(method, sid, transport, isUpgrade, isProtocolKnown);
  }
  if (method !== "GET") return refused(Refusals.badHandshakeMethod);
  if (isUpgrade !== (transport === "websocket")) return refused(Refusals.badRequest);
  if (!isProtocolKnown) return refused(Refusals.unsupportedProtocol);
  return { type: "handshake", transport };
}

/** The part of `URLSearchParams` that is needed here. */
export interface URLSearchParamsLike {
  getAll(name: string): string[];
}

function readSession(
  method: string,
  sid: string,
  transport: ClientTransport,
  isUpgrade: boolean,
  isProtocolKnown: boolean,
): EngineRequest {
  const owner = parseSid(sid);
  if (owner === undefined) return refused(Refusals.unknownSid);
  if (isUpgrade !== (transport === "websocket") || !isProtocolKnown) {
    return refused(Refusals.badRequest);
  }
  if (isUpgrade) return { type: "upgrade", ...owner };
  if (method === "GET") return { type: "poll", ...owner };
  return method === "POST" ? { type: "post", ...owner } : refused(Refusals.badRequest);
}

// Engine.IO's server makes an object of the query, so that the last of several values counts.
function lastOf(query: URLSearchParamsLike, name: string): string | undefined {
  return query.getAll(name).at(-1);
}

function refused(refusal: Refusal): EngineRequest {
  return { type: "refused", refusal };
}
