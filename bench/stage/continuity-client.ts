import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { ManagerOptions, Socket, SocketOptions } from "socket.io-client";
import { io } from "socket.io-client";
import { ECHO, STREAM, UP } from "./continuity-orders.ts";

/** A question that was answered, and who answered. Times are those of `performance.now()`. */
export interface Answer {
  readonly sentMs: number;
  readonly atMs: number;
  readonly by: string;
}

export interface Rates {
  /** Events and questions of each client in a second. */
  readonly uplink: number;
  readonly echo: number;
}

/** A stock client, and what its application has seen. */
export class ContinuityClient {
  readonly index: number;
  /** Those that were answered, in the order of the answers. */
  readonly answers: Answer[] = [];
  /** When it sent its events, from the first on. */
  readonly upSentMs: number[] = [];
  /** The numbers that it got of the stream, in order. */
  readonly stream: number[] = [];
  asked = 0;
  /** When it heard `disconnect`, and when it then tried to connect, which the stock client does after 0.5 to 1.5 s. */
  readonly disconnectedMs: number[] = [];
  readonly triedMs: number[] = [];
  /** `connect` after the first, without what was missed. */
  unrecovered = 0;
  readonly #socket: Socket;
  readonly #agent: Agent;
  #timers: NodeJS.Timeout[] = [];

  private constructor(index: number, url: string) {
    this.index = index;
    this.#agent = new Agent({ keepAlive: true, localAddress: addressOf(index) });
    this.#socket = io(url, optionsOf(index, this.#agent));
    this.#socket.on(STREAM, (n: number) => this.stream.push(n));
    this.#socket.on("disconnect", () => this.disconnectedMs.push(performance.now()));
    this.#socket.io.on("reconnect_attempt", () => this.triedMs.push(performance.now()));
  }

  /** Resolves when it is connected and, where it polls first, has upgraded. */
  static async open(index: number, url: string): Promise<ContinuityClient> {
    const client = new ContinuityClient(index, url);
    const connected = Promise.withResolvers<void>();
    client.#socket.once("connect", connected.resolve);
    await connected.promise;
    client.#socket.on("connect", () => {
      if (!client.#socket.recovered) client.unrecovered += 1;
    });
    const { engine } = client.#socket.io;
    while (engine.transport.name !== "websocket") await delay(20);
    return client;
  }

  /** From now on it sends events and asks questions, not at the same moments as the others. */
  talk({ uplink, echo }: Rates): void {
    this.#every(1000 / uplink, () => {
      this.upSentMs.push(performance.now());
      this.#socket.emit(UP, this.index, this.upSentMs.length);
    });
    this.#every(1000 / echo, () => this.#ask());
  }

  hush(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  close(): void {
    this.hush();
    this.#socket.disconnect();
    this.#agent.destroy();
  }

  #ask(): void {
    this.asked += 1;
    const sentMs = performance.now();
    this.#socket.emit(ECHO, this.index, this.asked, (by: string) => {
      this.answers.push({ sentMs, atMs: performance.now(), by });
    });
  }

  #every(ms: number, work: () => void): void {
    const first = setTimeout(() => {
      work();
      this.#timers.push(setInterval(work, ms));
    }, Math.random() * ms);
    this.#timers.push(first);
  }
}

/** Of half of all clients the transport is WebSocket, of the others polling and then WebSocket, as by default. */
function optionsOf(index: number, agent: Agent): Partial<ManagerOptions & SocketOptions> {
  const options: Partial<ManagerOptions & SocketOptions> = {
    forceNew: true,
    // Cookies, for HAProxy's.
    withCredentials: true,
    ...(index % 2 === 0 ? { transports: ["websocket"] } : {}),
  };
  // The client's types have it a text, its documentation an agent of Node's.
  return Object.assign(options, { agent });
}

/** Each has one of its own, as clients have: proxies hash it, and faults that one alone meets count less. */
function addressOf(index: number): string {
  return `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`;
}
