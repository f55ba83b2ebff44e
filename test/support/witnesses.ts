import type { Server } from "socket.io";
import { POLLING, WEBSOCKET } from "./clients.ts";
import { Witness } from "./witness.ts";

const NAMESPACE = "/witnesses";

/** Has the server pass on what one witness tells the other. */
export function serveWitnesses(server: Server): void {
  server.of(NAMESPACE).on("connection", (socket) => {
    socket.on("tell", (n: number) => socket.broadcast.emit("told", n));
  });
}

/**
 * Two clients that talk to each other through the edge while others misbehave, one by WebSocket and one by polling.
 * Their messages are numbered, so that one that is lost, doubled or late shows.
 */
export class Witnesses {
  readonly #witnesses: readonly Witness[];

  constructor(url: string) {
    this.#witnesses = [WEBSOCKET, POLLING].map((mode) => new Witness(url + NAMESPACE, mode));
  }

  async begin(): Promise<void> {
    await Promise.all(this.#witnesses.map((witness) => witness.joined()));
    for (const witness of this.#witnesses) witness.begin();
    await this.#next(1);
  }

  /** The session objects that own the witnesses' sessions, as their sids name them. */
  get owners(): Set<string> {
    return new Set(this.#witnesses.map((witness) => ownerOf(witness.sid)));
  }

  /** Takes the longest time between two messages since the last look, in ms. */
  longestPause(): number {
    return Math.max(...this.#witnesses.map((witness) => witness.longestPause()));
  }

  /** Lets them talk on for a moment, and gives all that has gone wrong for either so far. */
  async faults(): Promise<readonly string[]> {
    await this.#next(3);
    return this.#witnesses.flatMap((witness) => witness.faults);
  }

  end(): void {
    for (const witness of this.#witnesses) witness.end();
  }

  async #next(count: number): Promise<void> {
    await Promise.all(this.#witnesses.map((witness) => witness.hears(count)));
  }
}

/** The owning object's part of a sid. */
export function ownerOf(sid: string): string {
  return sid.slice(0, 43);
}
