import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { portOf } from "./origin.ts";

/** Is given a connection and all that has come on it since the last answer; whether it has answered now. */
export type ByteAnswer = (connection: Socket, arrived: string) => boolean;

/** An HTTP server that says any bytes at all; texts are latin1. It answers nothing until it is told what. */
export class ByteOrigin {
  answer: ByteAnswer = () => false;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();

  constructor() {
    this.#server = createServer((connection) => {
      this.#connections.add(connection);
      connection.setEncoding("latin1");
      connection.on("error", () => {});
      let arrived = "";
      connection.on("data", (chunk: string) => {
        arrived += chunk;
        if (this.answer(connection, arrived)) arrived = "";
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}`;
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  stop(): void {
    this.#server.close();
    for (const connection of this.#connections) connection.destroy();
  }

  /** Answers in these bytes whatever has a whole head. */
  says(bytes: string): void {
    this.answer = (connection, arrived) => {
      if (!arrived.includes("\r\n\r\n")) return false;
      return connection.write(bytes, "latin1");
    };
  }

  /** The next request in bytes, which is over where `end` says; it is answered with an empty 200. */
  asked(end: RegExp): Promise<string> {
    return new Promise((resolve) => {
      this.answer = (connection, arrived) => {
        if (!end.test(arrived)) return false;
        resolve(arrived);
        return connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      };
    });
  }
}
