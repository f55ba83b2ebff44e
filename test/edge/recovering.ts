import { formatNote, parseParting } from "../../src/wire/recovery/note.ts";
import type { Answerer, Asked } from "./fake-origins.ts";
import { engine } from "./fake-origins.ts";

/** A Socket.IO server with `mooring/origin`: who comes with a pid has that state, and what else comes is kept. */
export class RecoveringOrigin {
  readonly dials: Asked[] = [];
  readonly sockets: WebSocket[] = [];
  /** What clients have sent but for CONNECTs, in order. */
  readonly events: string[] = [];
  /** What the connections have been closed with. */
  readonly ended: number[] = [];
  readonly answer: Answerer = engine({ serve: (socket, asked) => this.#serve(socket, asked) });

  /** Says that it is about to close, and does. */
  close(): void {
    for (const socket of this.sockets.splice(0)) {
      socket.send(formatNote({ type: "closing" }));
      socket.close();
    }
  }

  #serve(socket: WebSocket, asked: Asked): void {
    this.dials.push(asked);
    this.sockets.push(socket);
    socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") this.#take(socket, data);
    });
    socket.addEventListener("close", ({ code }) => {
      this.ended.push(code);
      socket.close();
    });
  }

  #take(socket: WebSocket, packet: string): void {
    if (packet.startsWith("40")) {
      const pid = /"pid":"(\w+)"/.exec(packet)?.[1] ?? `p${crypto.randomUUID().slice(0, 8)}`;
      socket.send(formatNote({ type: "record", nsp: "/", record: "sealed" }));
      socket.send(`40{"sid":"s","pid":"${pid}"}`);
      return;
    }
    const n = packet.startsWith("6") ? parseParting(packet.slice(1)) : undefined;
    if (n === undefined) this.events.push(packet);
    else socket.send(formatNote({ type: "parted", n }));
  }
}
