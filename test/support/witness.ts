import { io, type Socket } from "socket.io-client";
import { joined, type ClientMode } from "./clients.ts";

/** Between two messages. Two witnesses together say as much as a hundred people who chat. */
const PAUSE_MS = 10;

/** A client that tells another one numbers, and minds the numbers that it is told. */
export class Witness {
  readonly faults: string[] = [];
  readonly #socket: Socket;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #heard = 0;
  #heardAt = 0;
  #longestMs = 0;

  constructor(url: string, { name, transports }: ClientMode) {
    this.#socket = io(url, {
      transports: [...transports],
      reconnection: false,
      forceNew: true,
    });
    this.#socket.on("disconnect", (reason) => this.#fault(`${name}: disconnected: ${reason}`));
    this.#socket.on("told", (n: number) => {
      if (n !== this.#heard) this.#fault(`${name}: expected message ${this.#heard}, got ${n}`);
      this.#hear(n + 1);
    });
  }

  get sid(): string {
    return this.#socket.io.engine.id;
  }

  joined(): Promise<void> {
    return joined(this.#socket);
  }

  begin(): void {
    this.#heardAt = performance.now();
    this.#timer = setInterval(() => this.#socket.emit("tell", this.#sent++), PAUSE_MS);
  }

  /** Resolves after so many more messages, or when there can be no more. */
  hears(count: number): Promise<void> {
    const until = this.#heard + count;
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#heard < until && this.#socket.connected) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
  }

  longestPause(): number {
    const longestMs = this.#longestMs;
    this.#longestMs = 0;
    return longestMs;
  }

  end(): void {
    clearInterval(this.#timer);
    this.#socket.removeAllListeners("disconnect");
    this.#socket.io.engine.close();
  }

  #hear(heard: number): void {
    this.#heard = heard;
    const now = performance.now();
    this.#longestMs = Math.max(this.#longestMs, now - this.#heardAt);
    this.#heardAt = now;
    for (const look of this.#listeners) look();
  }

  #fault(fault: string): void {
    this.faults.push(fault);
    for (const look of this.#listeners) look();
  }
}
