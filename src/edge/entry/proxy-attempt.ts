import { isWebSocketUpgrade } from "../../core/entry/engine-request.ts";
import type { Client } from "../../core/entry/forward.ts";
import { hopByHopNames, proxiedHeaders } from "../../core/entry/forward.ts";
import type { Origin } from "../../core/pool/origin.ts";

/** What came of a client's request at one origin. */
export type Attempt =
  | { readonly type: "answered"; readonly response: Response }
  /** The connection ended, or never began, before any answer. */
  | { readonly type: "broken"; readonly why: string }
  | { readonly type: "late"; readonly why: string };

/**
 * Passes a client's request on to an origin, and brings the answer, whose body still flows. `timeoutMs` is for the
 * answer's head.
 */
export async function attempt(
  request: Request,
  origin: Origin,
  client: Client,
  timeoutMs: number | undefined,
): Promise<Attempt> {
  // Not AbortSignal.timeout: it can't be called off, and would end a WebSocket or a body long after its head.
  const deadline = new AbortController();
  const timer = timeoutMs === undefined ? null : setTimeout(() => deadline.abort(), timeoutMs);
  const { signal } = deadline;
  const { pathname, search } = new URL(request.url);
  try {
    const headers = headersFor(request, client);
    const onward = new Request(origin.url + pathname + search, request);
    const response = await fetch(onward, { headers, redirect: "manual", cf: UNCACHED, signal });
    return { type: "answered", response: endToEnd(response) };
  } catch (error) {
    if (signal.aborted) return { type: "late", why: `no answer in ${timeoutMs} ms` };
    return { type: "broken", why: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

function isWebSocketRequest({ method, headers }: Request): boolean {
  return method === "GET" && isWebSocketUpgrade(headers.get("upgrade"));
}

// A load balancer is no cache: on Cloudflare, fetch would otherwise answer for .js, .css and the like by itself.
// `cache: "no-store"` does the same, but adds header fields that the client did not send.
const UNCACHED = { cacheTtl: -1 };

// From the client's own list, where only what differs is touched: taken apart into text and put together again, a
// value that is no UTF-8 would become another.
function headersFor(request: Request, client: Client): Headers {
  const headers = new Headers(request.headers);
  const onward = proxiedHeaders([...request.headers], client);
  if (isWebSocketRequest(request)) onward.push(["upgrade", "websocket"]);
  const names = new Set(onward.map(([name]) => name));
  for (const name of request.headers.keys()) {
    if (!names.has(name)) headers.delete(name);
  }
  for (const [name, value] of onward) {
    if (headers.get(name) !== value) headers.set(name, value);
  }
  return headers;
}

/** The constructor takes no other statuses; an answer with a stranger one goes on as it is. */
const MAX_STATUS = 599;

// As it came wherever that will do. A copy keeps the body's bytes as they are, compressed or not, as long as nothing is
// said of `encodeBody`: "manual" has the platform decompress what it passes on.
function endToEnd(response: Response): Response {
  if (response.webSocket || response.status > MAX_STATUS) return response;
  const gone = hopByHopNames([...response.headers]);
  if (gone.length === 0) return response;
  const copy = new Response(response.body, response);
  for (const name of gone) copy.headers.delete(name);
  return copy;
}
