import type { WebSocket } from "ws";
import { HttpClient } from "./http-client.ts";
import { openPolling } from "./polling-session.ts";
import { CONNECT } from "./session.ts";
import { openSocket, WebSocketSession } from "./websocket-session.ts";

const PROBE = "2probe";
const PROBED = "3probe";
const UPGRADE = "5";

/**
 * Sets up a connection as a stock client does: handshake by polling, then CONNECT, a poll and the probing WebSocket at
 * once; the upgrade when the poll in flight has ended. It is there when a message has come back by the WebSocket.
 */
export async function openUpgrading(url: string, packet: string): Promise<WebSocketSession> {
  // Its own connections, as every new client has.
  const client = new HttpClient(url);
  const { sid, path } = await openPolling(client);
  const posted = client.post(path, CONNECT);
  posted.catch(() => {}); // awaited below, when it may long have failed
  const probe = new Probe(url, sid);
  let isConnected = false;
  do isConnected = (await client.get(path)).startsWith(CONNECT) || isConnected;
  while (probe.isUnderWay);
  const socket = await probe.done;
  await posted;
  const session = new WebSocketSession(socket, packet);
  if (isConnected) session.markConnected();
  socket.send(UPGRADE);
  await session.connected();
  await session.echo();
  client.close();
  return session;
}

class Probe {
  readonly done: Promise<WebSocket>;
  isUnderWay = true;

  constructor(url: string, sid: string) {
    this.done = this.#run(url, sid).finally(() => {
      this.isUnderWay = false;
    });
    this.done.catch(() => {});
  }

  async #run(url: string, sid: string): Promise<WebSocket> {
    const socket = await openSocket(url, `&sid=${sid}`);
    const answered = new Promise<string>((resolve) => {
      socket.once("message", (data: Buffer) => resolve(data.toString()));
    });
    socket.send(PROBE);
    const answer = await answered;
    if (answer !== PROBED) throw new Error(`Expected ${PROBED}, got ${answer}`);
    return socket;
  }
}
