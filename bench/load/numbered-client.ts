import { once } from "node:events";
import { WebSocket } from "ws";
import { clockUs } from "../stage/adapter-orders.ts";
import { CONNECT, PING, PONG } from "./session.ts";
import { openSocket } from "./websocket-session.ts";

/** An event of an origin as it came to a client. */
export interface Delivery {
  /** The origin that emitted it, and its number there. */
  readonly from: number;
  readonly n: number;
  /** The origin that the client is connected to. */
  readonly at: number;
  /** How long it was under way, and by the clock of `clockUs` when it came. */
  readonly afterMs: number;
  readonly arrivedMs: number;
}

/** Whether the client's own origin emitted it. */
export function isLocal({ from, at }: Delivery): boolean {
  return from === at;
}

const EVENT = "42";

/** A client that tells of every numbered event it gets, and does nothing else. */
export class NumberedClient {
  readonly #socket: WebSocket;
  readonly #at: number;
  readonly #deliver: (delivery: Delivery) => void;
  readonly #connected = Promise.withResolvers<void>();

  private constructor(socket: WebSocket, at: number, deliver: (delivery: Delivery) => void) {
    this.#socket = socket;
    this.#at = at;
    this.#deliver = deliver;
    socket.on("message", (data: Buffer) => this.#take(data));
    socket.on("close", (code) =>
      this.#connected.reject(new Error(`A client was closed: ${code}.`)),
    );
    this.#connected.promise.catch(() => {});
  }

  static async open(
    url: string,
    at: number,
    deliver: (delivery: Delivery) => void,
  ): Promise<NumberedClient> {
    const client = new NumberedClient(await openSocket(url, ""), at, deliver);
    client.#socket.send(CONNECT);
    await client.#connected.promise;
    return client;
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  #take(data: Buffer): void {
    const text = data.toString();
    if (text.startsWith(EVENT)) {
      // ["n",origin,number,at,...]: the numbers stand before the filler, so that no JSON need be parsed.
      const [, from, n, sentAt] = text.split(",", 4).map(Number);
      const arrivedMs = clockUs() / 1000;
      const afterMs = arrivedMs - (sentAt ?? 0) / 1000;
      this.#deliver({ from: from ?? -1, n: n ?? 0, at: this.#at, afterMs, arrivedMs });
    } else if (text === PING) this.#socket.send(PONG);
    else if (text.startsWith(CONNECT)) this.#connected.resolve();
  }
}
