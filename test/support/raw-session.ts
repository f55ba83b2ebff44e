import * as v from "valibot";
import { WebSocket } from "ws";
import { onTestFinished } from "vitest";
import { next } from "./events.ts";
import { request, type Answer } from "./raw-http.ts";

const OpenSchema = v.strictObject({
  sid: v.string(),
  upgrades: v.array(v.string()),
  pingInterval: v.number(),
  pingTimeout: v.number(),
  maxPayload: v.number(),
});

/** What a server says in its open packet. */
export type Open = v.InferOutput<typeof OpenSchema>;

/** An Engine.IO session by polling, one request at a time: it does nothing that it isn't told to. */
export interface PollingSession {
  readonly open: Open;
  poll(): Promise<Answer>;
  post(payload: string): Promise<Answer>;
}

export async function openByPolling(url: string, path = "/socket.io/"): Promise<PollingSession> {
  const base = `${url}${path}?EIO=4&transport=polling`;
  const open = openOf((await request(base)).body.toString());
  const session = `${base}&sid=${open.sid}`;
  return {
    open,
    poll: () => request(session),
    post: (body) => request(session, { method: "POST", body }),
  };
}

/** An Engine.IO session by WebSocket that answers nothing by itself. */
export interface WebSocketSession {
  readonly open: Open;
  readonly socket: WebSocket;
}

export async function openByWebSocket(
  url: string,
  path = "/socket.io/",
): Promise<WebSocketSession> {
  const base = `${url.replace("http", "ws")}${path}`;
  const socket = new WebSocket(`${base}?EIO=4&transport=websocket`);
  onTestFinished(() => socket.terminate());
  const [frame] = await next(socket, "message");
  return { open: openOf(String(frame)), socket };
}

function openOf(packet: string): Open {
  if (!packet.startsWith("0{")) throw new Error(`Expected an open packet, got ${packet}`);
  return v.parse(OpenSchema, JSON.parse(packet.slice(1)));
}
