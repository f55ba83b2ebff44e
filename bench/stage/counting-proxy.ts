import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { WebSocketCounter } from "./websocket-counter.ts";

/** What went through since the last look. */
export interface Counted {
  /** Binary messages to the hub, which are billed by twenties, and from it, which are not. */
  readonly toHub: number;
  readonly fromHub: number;
  readonly toHubBytes: number;
  readonly fromHubBytes: number;
  /** Text messages to the hub: pings, which the platform answers by itself. */
  readonly pings: number;
  readonly links: number;
  /** The longest time without a message to the hub, in ms. */
  readonly silentMs: number;
}

/** Stands between origins and the edge, and counts the WebSocket messages of all connections. */
export class CountingProxy {
  readonly url: string;
  readonly #close: () => void;
  readonly #toHub = new WebSocketCounter();
  readonly #fromHub = new WebSocketCounter();
  #links = 0;

  private constructor(url: string, close: () => void) {
    this.url = url;
    this.#close = close;
  }

  static async start(edge: string): Promise<CountingProxy> {
    const { port, hostname } = new URL(edge);
    const sockets = new Set<Socket>();
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const listening = typeof address === "object" && address ? address.port : 0;
    const proxy = new CountingProxy(`http://127.0.0.1:${listening}`, () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    server.on("connection", (near) => {
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.setNoDelay(true);
        socket.on("error", () => {});
        socket.on("close", () => void sockets.delete(socket));
      }
      proxy.#links += 1;
      pass(near, far, proxy.#toHub);
      pass(far, near, proxy.#fromHub);
    });
    return proxy;
  }

  /** Gives what was counted, and begins anew. */
  take(): Counted {
    const [to, from] = [this.#toHub.take(), this.#fromHub.take()];
    const links = this.#links;
    this.#links = 0;
    return {
      toHub: to.binary,
      fromHub: from.binary,
      toHubBytes: to.bytes,
      fromHubBytes: from.bytes,
      pings: to.text,
      links,
      silentMs: to.silentMs,
    };
  }

  stop(): void {
    this.#close();
  }
}

function pass(from: Socket, to: Socket, counter: WebSocketCounter): void {
  const feed = counter.connection();
  from.on("data", (chunk) => {
    feed(chunk);
    if (!to.write(chunk)) {
      from.pause();
      to.once("drain", () => from.resume());
    }
  });
  from.on("close", () => to.destroy());
}
