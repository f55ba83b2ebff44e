import type { Client } from "../../core/entry/forward.ts";
import type { Asker } from "../contracts.ts";
import type { Settings } from "../env.ts";

/** Who asks for an origin, and from where. */
export function askerOf(request: Request, settings: Settings): Asker {
  return { request, client: clientOf(request, settings), place: placeOf(request) };
}

/** Who sent a request. `socket` is for a workerd that clients reach directly, where any header is the client's own. */
export function clientOf(request: Request, settings: Settings): Client {
  const url = new URL(request.url);
  return {
    address: (settings.clientAddress === "socket" ? peer(request) : header(request)) ?? "unknown",
    scheme: url.protocol.slice(0, -1),
    host: url.host,
    isForwardedTrusted: settings.isForwardedTrusted,
  };
}

function header(request: Request): string | undefined {
  return request.headers.get("cf-connecting-ip") ?? undefined;
}

// The colo, as Cloudflare has it; anything else runs in one place.
function placeOf(request: Request): string {
  const cf: unknown = request.cf;
  if (typeof cf !== "object" || cf === null || !("colo" in cf)) return "local";
  return typeof cf.colo === "string" ? cf.colo : "local";
}

// workerd's own word for the peer, with its port: "127.0.0.1:45166" or "[::1]:45166".
function peer(request: Request): string | undefined {
  const cf: unknown = request.cf;
  if (typeof cf !== "object" || cf === null || !("clientIp" in cf)) return undefined;
  const { clientIp } = cf;
  if (typeof clientIp !== "string") return undefined;
  return clientIp.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}
