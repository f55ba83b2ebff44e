import type { Answer } from "../../core/entry/answer.ts";
import type { Cause } from "../../core/session/cause.ts";
import type { SocketId } from "../../core/session/session.ts";
import type { Packet } from "../../wire/packet.ts";
import { isPacket } from "../../wire/packet.ts";

/** What a client's sockets do. */
export interface ClientListener {
  packet(socket: SocketId, packet: Packet): void;
  closed(socket: SocketId): void;
}

/** A session's requests that wait for an answer, and its WebSockets, by the numbers that its state knows them by. */
export class ClientSide {
  readonly #listener: ClientListener;
  readonly #waiting = new Map<number, (answer: Answer | string) => void>();
  readonly #sockets = new Map<SocketId, WebSocket>();

  constructor(listener: ClientListener) {
    this.#listener = listener;
  }

  attach(id: SocketId, socket: WebSocket): void {
    this.#sockets.set(id, socket);
    socket.binaryType = "arraybuffer";
    socket.accept({ allowHalfOpen: true });
    socket.addEventListener("message", (event) => {
      const packet: unknown = event.data;
      if (isPacket(packet)) this.#listener.packet(id, packet);
    });
    const ended = () => this.#ended(id);
    socket.addEventListener("close", ended);
    socket.addEventListener("error", ended);
  }

  // A send that throws means that the other side is gone: its close event may be on the way, or never come.
  send(id: SocketId, packet: Packet): void {
    try {
      this.#sockets.get(id)?.send(packet);
    } catch {
      queueMicrotask(() => this.#ended(id));
    }
  }

  close(id: SocketId, cause: Cause | undefined): void {
    const socket = this.#sockets.get(id);
    this.#sockets.delete(id);
    try {
      if (cause?.code === undefined) socket?.close();
      else socket?.close(cause.code, cause.text);
    } catch {
      // It is closed already, which is all that was wanted.
    }
  }

  /** Waits for what a request is answered. */
  answerTo(id: number): Promise<Answer | string> {
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  isWaiting(id: number): boolean {
    return this.#waiting.has(id);
  }

  answer(id: number, answer: Answer | string): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  /** Leaves nobody waiting: requests are answered with this, and sockets closed. */
  abandon(answer: Answer | string): void {
    for (const id of this.#waiting.keys()) this.answer(id, answer);
    for (const id of this.#sockets.keys()) this.close(id, undefined);
  }

  #ended(id: SocketId): void {
    this.close(id, undefined);
    this.#listener.closed(id);
  }
}
