import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { portOf } from "./origin.ts";

const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, 1.3

/** What happens to a connection that was accepted. */
export type Behaviour = (connection: Socket) => void;

/** A port where one fault after another can be had instead of a Socket.IO server. */
export class BadOrigin {
  readonly url: string;
  readonly port: number;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  #behaviour: Behaviour = () => {};

  constructor(server: Server) {
    this.#server = server;
    this.port = portOf(server);
    this.url = `http://127.0.0.1:${this.port}`;
    server.on("connection", (connection) => {
      this.#connections.add(connection);
      // Who dials may hang up at any time.
      connection.on("error", () => {});
      connection.once("close", () => this.#connections.delete(connection));
      this.#behaviour(connection);
    });
  }

  /** From now on the port behaves so; with `undefined` nothing listens there. */
  async behave(behaviour: Behaviour | undefined): Promise<void> {
    await this.stop();
    if (behaviour === undefined) return;
    this.#behaviour = behaviour;
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }
}

export async function startBadOrigin(): Promise<BadOrigin> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return new BadOrigin(server);
}

/** Answers every request with this, and hangs up. */
export function answering(status: string, contentType: string, body: string): Behaviour {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: ${contentType}\r\nConnection: close\r\n`;
  const answer = `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  return (connection) => connection.once("data", () => connection.end(answer));
}

/** Opens a WebSocket, sends one short text in it or none, and leaves it open. */
export function upgrading(text?: string): Behaviour {
  return (connection) => {
    connection.once("data", (request: Buffer) => {
      const key = /^sec-websocket-key: *(\S+)/im.exec(request.toString())?.[1];
      const accept = createHash("sha1").update(`${key}${WEBSOCKET_GUID}`).digest("base64");
      connection.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
          `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      if (text !== undefined)
        connection.write(Buffer.from(`\x81${lengthByte(text)}${text}`, "latin1"));
    });
  };
}

// RFC 6455, 5.2: up to 125 bytes the length is one byte.
function lengthByte(text: string): string {
  return String.fromCharCode(text.length);
}
