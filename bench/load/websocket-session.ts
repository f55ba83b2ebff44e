import { once } from "node:events";
import { WebSocket } from "ws";
import type { EchoSession } from "./session.ts";
import { CONNECT, PING, PONG } from "./session.ts";

const OPEN_MS = 10_000;

/** Opens a client's WebSocket. Nothing of what the server sends is lost that is listened for in the same turn. */
export async function openSocket(url: string, query: string): Promise<WebSocket> {
  const address = `${url.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket${query}`;
  const options = { perMessageDeflate: false, skipUTF8Validation: true, handshakeTimeout: OPEN_MS };
  const socket = new WebSocket(address, options);
  await once(socket, "open");
  return socket;
}

/** A session over one WebSocket: answers pings, knows its own message when it comes back. */
export class WebSocketSession implements EchoSession {
  readonly #socket: WebSocket;
  readonly #packet: string;
  readonly #expected: Buffer;
  readonly #connected = Promise.withResolvers<void>();
  #echoed = Promise.withResolvers<void>();

  constructor(socket: WebSocket, packet: string) {
    this.#socket = socket;
    this.#packet = packet;
    this.#expected = Buffer.from(packet);
    socket.on("message", (data: Buffer) => this.#take(data));
    socket.on("close", (code) => this.#fail(new Error(`A session ended with code ${code}.`)));
    socket.on("error", (error) => this.#fail(error));
    // Whoever waits is told; an end while nobody waits shows at the next echo.
    this.#connected.promise.catch(() => {});
    this.#echoed.promise.catch(() => {});
  }

  /** A session that begins with its WebSocket, connected to the main namespace. */
  static async open(url: string, packet: string): Promise<WebSocketSession> {
    const session = new WebSocketSession(await openSocket(url, ""), packet);
    session.#socket.send(CONNECT);
    await session.connected();
    return session;
  }

  connected(): Promise<void> {
    return this.#connected.promise;
  }

  /** For a session that was connected by polling. */
  markConnected(): void {
    this.#connected.resolve();
  }

  echo(): Promise<void> {
    this.#socket.send(this.#packet);
    return this.#echoed.promise;
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  #take(data: Buffer): void {
    if (data.equals(this.#expected)) {
      const { resolve } = this.#echoed;
      this.#echoed = Promise.withResolvers<void>();
      this.#echoed.promise.catch(() => {});
      resolve();
      return;
    }
    const text = data.toString();
    if (text === PING) this.#socket.send(PONG);
    else if (text.startsWith(CONNECT)) this.#connected.resolve();
  }

  #fail(error: Error): void {
    this.#connected.reject(error);
    this.#echoed.reject(error);
  }
}
