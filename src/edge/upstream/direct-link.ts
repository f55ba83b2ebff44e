import type { Packet } from "../../wire/packet.ts";
import { isPacket } from "../../wire/packet.ts";
import type { Link, LinkListener } from "../contracts.ts";

const ABNORMAL = 1006; // RFC 6455, 7.1.5: the connection ended without a close frame

/** A WebSocket to a stock server. What comes before anybody listens is kept, in order. */
export class DirectLink implements Link {
  readonly #socket: WebSocket;
  #early: Packet[] = [];
  #endCode: number | undefined;
  #isLeft = false;
  #listener: LinkListener;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#listener = this.#keeper(() => {});
    socket.binaryType = "arraybuffer";
    socket.accept({ allowHalfOpen: true });
    socket.addEventListener("message", (event) => {
      const packet: unknown = event.data;
      if (isPacket(packet)) this.#listener.packet(packet);
    });
    socket.addEventListener("close", (event) => this.#end(event.wasClean ? event.code : ABNORMAL));
    socket.addEventListener("error", () => this.#end(ABNORMAL));
  }

  /** The first packet, taken out; `undefined` when the link ends or `signal` aborts before it. */
  first(signal: AbortSignal): Promise<Packet | undefined> {
    return new Promise((resolve) => {
      const settle = () => {
        this.#listener = this.#keeper(() => {});
        resolve(this.#early.shift());
      };
      signal.addEventListener("abort", settle, { once: true });
      this.#listener = this.#keeper(settle);
      if (this.#early.length > 0 || this.#endCode !== undefined) settle();
    });
  }

  listen(listener: LinkListener): void {
    const early = this.#early;
    this.#early = [];
    this.#listener = listener;
    for (const packet of early) this.#listener.packet(packet);
    if (this.#endCode !== undefined) this.#listener.ended(this.#endCode);
  }

  send(packet: Packet): void {
    this.#socket.send(packet);
  }

  leave(text: string): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#listener = { packet() {}, ended() {} };
    this.#closeSocket(text);
  }

  close(): void {
    this.#closeSocket("moved");
  }

  #keeper(onChange: () => void): LinkListener {
    return {
      packet: (packet) => {
        this.#early.push(packet);
        onChange();
      },
      ended: onChange,
    };
  }

  // One end of the origin's can raise `close` and then `error`: the first of them is the one that counts.
  #end(code: number): void {
    if (this.#endCode !== undefined) return;
    this.#endCode = code;
    this.#closeSocket("");
    this.#listener.ended(code);
  }

  #closeSocket(text: string): void {
    try {
      this.#socket.close(1000, text);
    } catch {
      // It is closed already, which is all that was wanted.
    }
  }
}
