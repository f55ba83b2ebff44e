import type { HeaderList } from "../../core/entry/forward.ts";

/** Answers an upgrade request; `take` gets our end of the WebSocket before the client's is on its way. */
export function socketAnswer(
  request: Request,
  headers: HeaderList,
  take: (socket: WebSocket) => void,
): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  const response = new Response(null, { status: 101, webSocket: client });
  for (const [name, value] of headers) response.headers.append(name, value);
  // A browser that names subprotocols fails a connection that takes none; engine.io's `ws` takes the first, too.
  const protocol = request.headers.get("sec-websocket-protocol")?.split(",")[0]?.trim();
  if (protocol !== undefined && protocol !== "")
    response.headers.set("sec-websocket-protocol", protocol);
  take(server);
  return response;
}
