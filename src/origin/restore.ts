import type { Namespace } from "socket.io";
import type { Session } from "socket.io-adapter";
import type { Refusal, Restoring } from "../core/origin/origin.ts";
import type { Connection } from "./socket-insides.ts";
import { disown, waitingSocket } from "./socket-insides.ts";
import type { RecoveryHost } from "./recovery-hooks.ts";

/** A session on its way back: restored, and not yet announced to its client. */
interface Pending {
  readonly connection: Connection;
  readonly rooms: readonly string[];
}

/** Brings sessions back as Socket.IO's server wants them, and knows those that are on their way. */
export class Restores {
  readonly #host: RecoveryHost;
  readonly #pending = new Map<string, Pending>();
  readonly #ousted: (nsp: Namespace, connection: Connection) => void;

  /** `ousted` gets the connection of a session that was on its way when another one came for it. */
  constructor(host: RecoveryHost, ousted: (nsp: Namespace, connection: Connection) => void) {
    this.#host = host;
    this.#ousted = ousted;
  }

  /** Begins one; gives why not where that is so. */
  async begin(
    connection: Connection,
    nsp: Namespace,
    restoring: Restoring,
  ): Promise<Session | Refusal | "unreadable"> {
    const { sid, pid, rooms } = restoring.session;
    const key = keyOf(nsp, sid);
    // Between the answer here and the server's taking it, its socket can't be found yet.
    for (let turn = 0; turn < 2 && this.#pending.has(key) && !waitingSocket(nsp, sid); turn++) {
      await new Promise(setImmediate);
    }
    const data = this.#dataOf(restoring);
    if (data === undefined) return "unreadable";
    const refusal = this.#host.origin.restoring(restoring, Date.now());
    if (refusal !== undefined) return refusal;
    this.oust(nsp, sid);
    this.#pending.set(key, { connection, rooms });
    return { sid, pid, rooms: [...rooms], data: data.value, missedPackets: [] };
  }

  /** The rooms of the session that is on its way by this connection, which from now on it isn't. */
  taken(nsp: Namespace, sid: string, connection: Connection): readonly string[] | undefined {
    const pending = this.#pending.get(keyOf(nsp, sid));
    if (pending?.connection !== connection) return undefined;
    this.#pending.delete(keyOf(nsp, sid));
    return pending.rooms;
  }

  /** Whether a session that was on its way has got no further. */
  isGone(nsp: Namespace, sid: string): boolean {
    return this.#pending.delete(keyOf(nsp, sid));
  }

  /** Ends the session that is on its way, if there is one, before its application hears of it. */
  oust(nsp: Namespace, sid: string): void {
    const pending = this.#pending.get(keyOf(nsp, sid));
    if (pending === undefined) return;
    this.#pending.delete(keyOf(nsp, sid));
    const waiting = waitingSocket(nsp, sid);
    if (waiting) disown(waiting);
    this.#ousted(nsp, pending.connection);
  }

  #dataOf({ session }: Restoring): { value: unknown } | undefined {
    try {
      return { value: this.#host.decode(session.data) };
    } catch {
      return undefined;
    }
  }
}

function keyOf(nsp: Namespace, sid: string): string {
  return `${sid} ${nsp.name}`;
}
