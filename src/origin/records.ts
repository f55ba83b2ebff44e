import type { Socket } from "socket.io";
import type { SessionRecord } from "../wire/hub/content.ts";
import { encodeRecord } from "../wire/hub/content-codec.ts";
import type { EdgeConnections } from "./edge-connections.ts";
import type { RecoveryHost } from "./recovery-hooks.ts";
import { Seal } from "./seal.ts";

interface Held {
  readonly socket: Socket;
  send: (() => void) | undefined;
}

/** Hands the edge what the next origin needs to go on with a session, on the session's own connection. */
export class Records {
  readonly #host: RecoveryHost;
  readonly #edge: EdgeConnections;
  readonly seal: Seal;
  /** The socket that is being restored, whose record goes behind what its client has missed. */
  #held: Held | undefined;

  constructor(host: RecoveryHost, edge: EdgeConnections) {
    this.#host = host;
    this.#edge = edge;
    this.seal = new Seal(host.token);
  }

  /** `undefined`: the session can't be recovered from now on. */
  write(socket: Socket, record: SessionRecord | undefined): void {
    if (this.#edge.dialOf(socket.conn) === undefined) return;
    if (this.#held?.socket === socket) this.#held.send = () => this.#send(socket, record);
    else this.#send(socket, record);
  }

  /** Keeps this socket's record back while `begin` runs, and gives it to the edge when `written` is done. */
  behind<Begun>(socket: Socket, begin: () => Begun, written: (begun: Begun) => void): void {
    const held: Held = { socket, send: undefined };
    this.#held = held;
    try {
      written(begin());
    } finally {
      this.#held = undefined;
      held.send?.();
    }
  }

  #send(socket: Socket, record: SessionRecord | undefined): void {
    const nsp = socket.nsp.name;
    if (record === undefined) {
      this.#edge.tell(socket.conn, { type: "record", nsp });
      const message = `A socket of "${nsp}" can't be recovered when this process is lost: its rooms and data are more than a record takes, or can't be encoded.`;
      this.#host.warn("unrecoverable", message);
      return;
    }
    const sealed = this.seal.close(encodeRecord(record));
    this.#edge.tell(socket.conn, { type: "record", nsp, record: sealed });
  }
}
