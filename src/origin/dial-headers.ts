import type { Server } from "socket.io";
import { DIAL_HEADER } from "../wire/recovery/dial.ts";
import type { Connection } from "./socket-insides.ts";
import { beforeRequests } from "./socket-insides.ts";

type Request = Connection["request"];

/** What has been taken out of requests, by the request. */
const taken = new WeakMap<Request, string>();

const watched = new WeakSet<Server>();

/**
 * Takes our edge's header out of requests before the application's `allowRequest`, middlewares or listeners are shown them:
 * applications log and show requests, and whoever has the header could pass for our edge.
 */
export function hideDialHeaders(server: Server): void {
  if (watched.has(server)) return;
  watched.add(server);
  beforeRequests(server, take);
}

/** The header with which our edge, or somebody who says so, has opened the connection. */
export function dialHeaderOf({ request }: Connection): string | undefined {
  // Another kind of engine may have shown it.
  take(request);
  return taken.get(request);
}

function take(request: Request): void {
  const { headers } = request;
  const header = headers[DIAL_HEADER];
  if (header === undefined) return;
  delete headers[DIAL_HEADER];
  takeRaw(request);
  if (typeof header === "string") taken.set(request, header);
}

/** From the list of names and values in turn, in which Node keeps them as they came. */
function takeRaw({ rawHeaders = [] }: Partial<Request>): void {
  for (let i = rawHeaders.length - 2; i >= 0; i -= 2) {
    if (rawHeaders[i]?.toLowerCase() === DIAL_HEADER) rawHeaders.splice(i, 2);
  }
}
