import { io, type Socket } from "socket.io-client";
import { BROADCAST, DIRECT } from "./chaos-orders.ts";
import { next } from "./events.ts";

/** What one session of a client has had of each stream: an origin's broadcasts, or its direct events. */
export interface Session {
  readonly sid: string;
  readonly at: number;
  /** The number of the first and of the last event, by stream. */
  readonly streams: Map<string, { readonly first: number; last: number }>;
}

/** A client that counts what it gets, and comes back when it is cut off. */
export class ChaosClient {
  /** What was doubled, missing or out of order. */
  readonly faults: string[] = [];
  readonly sessions: Session[] = [];
  readonly #socket: Socket;

  constructor(url: string) {
    this.#socket = io(url, {
      transports: ["websocket"],
      forceNew: true,
      reconnectionDelay: 100,
      reconnectionDelayMax: 500,
    });
    this.#socket.on(BROADCAST, (name: string, n: number) => this.#took(broadcastsOf(name), n));
    this.#socket.on(DIRECT, (name: string, n: number) => this.#took(directsOf(name), n));
    this.#socket.on("connect", () => this.#session());
  }

  get isConnected(): boolean {
    return this.#socket.connected;
  }

  /** The session that it is in. */
  get session(): Session | undefined {
    return this.sessions.at(-1);
  }

  /** Cuts its connection, as a network does, without a word, and resolves when the client knows. */
  async cut(): Promise<void> {
    const ended = next(this.#socket, "disconnect");
    const socket: unknown = Reflect.get(this.#socket.io.engine.transport, "ws");
    if (!isWebSocket(socket)) throw new Error("Expected a client's WebSocket, got none.");
    socket.terminate();
    await ended;
  }

  close(): void {
    this.#socket.disconnect();
  }

  // What was missed comes before `connect` is told.
  #session(): Session {
    const { id: sid = "" } = this.#socket;
    const { session } = this;
    if (session?.sid === sid) return session;
    const begun = { sid, at: performance.now(), streams: new Map() };
    this.sessions.push(begun);
    return begun;
  }

  #took(stream: string, n: number): void {
    const { sid, streams } = this.#session();
    const had = streams.get(stream);
    if (had === undefined) streams.set(stream, { first: n, last: n });
    else {
      if (n !== had.last + 1) this.faults.push(`${sid}: ${stream} ${n} after ${had.last}`);
      had.last = n;
    }
  }
}

export function broadcastsOf(name: string): string {
  return `${BROADCAST} of ${name}`;
}

export function directsOf(name: string): string {
  return `${DIRECT} of ${name}`;
}

/** One of `ws`, whose copy of the package may be another than ours. */
function isWebSocket(value: unknown): value is { terminate(): void } {
  return typeof value === "object" && value !== null && "terminate" in value;
}
