import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Server, type ServerOptions } from "socket.io";

export type Setup = (io: Server) => void;

/** An HTTP port of this process, on which one application follows another. */
export class Origin {
  readonly port: number;
  readonly #http: HttpServer;
  readonly #connections = new Set<Socket>();
  #closeApplication = (): void => {};

  constructor(http: HttpServer) {
    this.#http = http;
    this.port = portOf(http);
    http.on("connection", (connection: Socket) => {
      this.#connections.add(connection);
      connection.once("close", () => this.#connections.delete(connection));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Puts a stock Socket.IO server on the port, in place of what was there. */
  serve(options: Partial<ServerOptions> = {}, setup: Setup = () => {}): Server {
    return this.mount((http) => {
      const io = new Server(http, options);
      setup(io);
      return [io, () => void io.engine.close()];
    });
  }

  /** Puts anything on the port, in place of what was there; `attach` gives it and how to close its sessions. */
  mount<Application>(attach: (http: HttpServer) => [Application, () => void]): Application {
    this.#closeApplication();
    for (const event of ["request", "upgrade", "close", "listening"]) {
      this.#http.removeAllListeners(event);
    }
    const [application, close] = attach(this.#http);
    this.#closeApplication = close;
    return application;
  }

  /** Listens again after the application has closed the port (`io.close()`). */
  async reopen(): Promise<void> {
    this.#http.listen(this.port, "127.0.0.1");
    await once(this.#http, "listening");
  }

  /** Ends every connection and frees the port. */
  async stop(): Promise<void> {
    const closed = once(this.#http, "close");
    this.#http.close();
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }
}

/** Listens on that port, or a free one, and serves stock Socket.IO there. */
export async function startOrigin(
  options?: Partial<ServerOptions>,
  setup?: Setup,
  port = 0,
): Promise<Origin> {
  const http = createServer();
  http.listen(port, "127.0.0.1");
  await once(http, "listening");
  const origin = new Origin(http);
  origin.serve(options, setup);
  return origin;
}

/** The port that a listening server got. */
export function portOf(server: { address(): string | AddressInfo | null }): number {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error(`Expected a listening TCP server, got ${JSON.stringify(address)}.`);
  }
  return address.port;
}
