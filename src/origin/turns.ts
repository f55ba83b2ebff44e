import { createHash } from "node:crypto";
import type { Socket } from "socket.io";
import type { Origin, SocketName } from "../core/origin/origin.ts";
import type { Data } from "../wire/hub/content.ts";
import type { Connection } from "./socket-insides.ts";

const SWEEP_MS = 250;

/** How many sockets a sweep looks at, at most: with more, a change that nothing else shows waits for a later one. */
const SWEEP_SOCKETS = 200;
const SWEEP_BUDGET_MS = 2;

/** What is longer isn't kept to be compared with, but its digest is. */
const MAX_KEPT = 256;

/**
 * Finds out when a socket's `data` has changed, which nothing tells: it is looked at before each event to that socket alone,
 * when its rooms have changed, at the end of a turn in which a packet has come from it, and now and then for what an
 * application does behind a promise or a timer of its own. Only sockets that are watched are looked at, and a change is one
 * of the encoded form.
 */
export class Turns {
  readonly #origin: Origin;
  readonly #dataOf: (socket: Socket) => Data | undefined;
  /** The data of each socket that is watched, as the origin has seen them last. */
  readonly #watched = new Map<Socket, Data | undefined>();
  readonly #byConnection = new Map<Connection, Set<Socket>>();
  readonly #heard = new Set<Socket>();
  #isEndDue = false;
  #sweep: ReturnType<typeof setInterval> | undefined;
  #next: Iterator<Socket, undefined> | undefined;

  constructor(origin: Origin, dataOf: (socket: Socket) => Data | undefined) {
    this.#origin = origin;
    this.#dataOf = dataOf;
  }

  /** From now on, with the data that it has now. */
  watch(socket: Socket): void {
    this.#watched.set(socket, kept(this.#dataOf(socket)));
    const sockets = this.#byConnection.get(socket.conn) ?? this.#listenTo(socket.conn);
    sockets.add(socket);
    // Not a reason for the process to live on.
    this.#sweep ??= setInterval(() => this.#lookAtSome(), SWEEP_MS).unref();
  }

  /** The sockets that are watched on a connection. */
  on(connection: Connection): readonly Socket[] {
    return [...(this.#byConnection.get(connection) ?? [])];
  }

  forget(socket: Socket): void {
    this.#watched.delete(socket);
    this.#heard.delete(socket);
    this.#byConnection.get(socket.conn)?.delete(socket);
    if (this.#watched.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  /** Its data may have changed; an event to it that follows is not to be older than the change. */
  look(socket: Socket): void {
    if (!this.#watched.has(socket)) return;
    const data = kept(this.#dataOf(socket));
    if (data === this.#watched.get(socket)) return;
    this.#watched.set(socket, data);
    this.#origin.touched(nameOf(socket));
    this.soon();
  }

  /** Its data may change before this turn ends. */
  hear(socket: Socket): void {
    if (this.#watched.has(socket)) this.#heard.add(socket);
    this.soon();
  }

  /** Has the origin write down what has changed when this turn is over. */
  soon(): void {
    if (this.#isEndDue) return;
    this.#isEndDue = true;
    // Behind the handlers of this turn's packets, which Socket.IO calls by `process.nextTick`, and their promises.
    setImmediate(() => {
      for (const socket of this.#heard) this.look(socket);
      this.#heard.clear();
      this.#isEndDue = false;
      this.#origin.turnEnded(Date.now());
    });
  }

  #listenTo(connection: Connection): Set<Socket> {
    const sockets = new Set<Socket>();
    this.#byConnection.set(connection, sockets);
    connection.on("data", () => {
      for (const socket of sockets) this.hear(socket);
    });
    connection.once("close", () => this.#byConnection.delete(connection));
    return sockets;
  }

  #lookAtSome(): void {
    const until = performance.now() + SWEEP_BUDGET_MS;
    this.#next ??= this.#watched.keys();
    for (let count = 0; count < SWEEP_SOCKETS && performance.now() < until; count++) {
      const next = this.#next.next();
      if (next.done === true) {
        this.#next = undefined;
        return;
      }
      this.look(next.value);
    }
  }
}

export function nameOf(socket: Socket): SocketName {
  return { nsp: socket.nsp.name, sid: socket.id };
}

// One text a value, so that two of them are compared by ===.
function kept(data: Data | undefined): string | undefined {
  if (data === undefined || (typeof data === "string" && data.length <= MAX_KEPT)) return data;
  return createHash("sha1").update(data).digest("base64");
}
