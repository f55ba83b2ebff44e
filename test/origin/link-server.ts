import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { WebSocket } from "ws";
import { WebSocketServer } from "ws";
import { decodeToHub, encodeFromHub } from "../../src/wire/hub/frame.ts";
import type { ToHub } from "../../src/wire/hub/message.ts";
import { portOf } from "../support/origin.ts";
import { Mailbox } from "./mailbox.ts";

/** A link as the hub sees it. */
export interface ServedLink {
  readonly headers: IncomingMessage["headers"];
  readonly path: string;
  readonly socket: WebSocket;
  /** Binary frames. */
  readonly frames: Mailbox<Buffer>;
  /** Text frames. */
  readonly texts: Mailbox<string>;
  readonly closed: Promise<number>;
  /** Ends the connection as a broken network does. */
  cut(): void;
}

/** What a hub says to the first server that links to it. */
export const WELCOME = encodeFromHub({
  type: "welcome",
  bases: new Map(),
  last: 0,
  peers: [],
  shards: 1,
});

/** What the next frame of a link says. */
export async function messagesOf({ frames }: ServedLink): Promise<readonly ToHub[]> {
  const messages: readonly ToHub[] | { fault: string } = decodeToHub(await frames.take());
  if ("fault" in messages) throw new Error(messages.fault);
  return messages;
}

/** What links connect to in tests: accepts them, or answers them otherwise. */
export class LinkServer {
  readonly links = new Mailbox<ServedLink>();
  readonly http: Server;
  /** Answers instead of accepting. */
  refuse: ((socket: Socket, request: IncomingMessage) => void) | undefined;
  readonly #accept = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 * 1024 });
  readonly #connections = new Set<Socket>();

  constructor(http: Server) {
    this.http = http;
    http.on("connection", (connection: Socket) => {
      this.#connections.add(connection);
      connection.once("close", () => this.#connections.delete(connection));
    });
    http.on("upgrade", (request: IncomingMessage, connection: Socket, head: Buffer) => {
      if (this.refuse !== undefined) this.refuse(connection, request);
      else
        this.#accept.handleUpgrade(request, connection, head, (socket) =>
          this.#served(socket, request, connection),
        );
    });
  }

  /** Listens on a free port, or on that one, until the test is over. */
  static async start(port = 0): Promise<LinkServer> {
    const http = createServer();
    http.listen(port, "127.0.0.1");
    await once(http, "listening");
    const server = new LinkServer(http);
    onTestFinished(() => server.stop());
    return server;
  }

  get port(): number {
    return portOf(this.http);
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/mooring/hub?shard=0`;
  }

  stop(): void {
    this.http.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #served(socket: WebSocket, request: IncomingMessage, connection: Socket): void {
    const frames = new Mailbox<Buffer>();
    const texts = new Mailbox<string>();
    socket.on("message", (data, isBinary) => {
      if (!Buffer.isBuffer(data)) return;
      if (isBinary) frames.put(data);
      else texts.put(data.toString());
    });
    socket.on("error", () => {});
    const closed = new Promise<number>((resolve) => socket.on("close", (code) => resolve(code)));
    const { headers, url: path = "" } = request;
    this.links.put({
      headers,
      path,
      socket,
      frames,
      texts,
      closed,
      cut: () => connection.resetAndDestroy(),
    });
  }
}
