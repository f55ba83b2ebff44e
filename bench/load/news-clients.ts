import { io as connect } from "socket.io-client";
import type { Socket } from "socket.io-client";

/** One client at each server, that counts the events `news`. */
export class NewsClients {
  delivered = 0;
  readonly #sockets: Socket[] = [];

  async connect(url: string): Promise<void> {
    const socket = connect(url, { transports: ["websocket"] });
    this.#sockets.push(socket);
    socket.on("news", () => (this.delivered += 1));
    await new Promise<void>((resolve) => socket.once("connect", resolve));
  }

  disconnect(): void {
    for (const socket of this.#sockets) socket.disconnect();
  }
}
