import type { ContinuityClient } from "./continuity-client.ts";

/** What a page makes of a client, as frameworks have it: an effect runs when a piece of its state has changed. */
export class ContinuityPage {
  readonly client: ContinuityClient;
  /** What it was told in its room, in order. */
  readonly news: unknown[] = [];
  #isConnected = false;

  constructor(client: ContinuityClient) {
    this.client = client;
    const { socket } = client;
    socket.on("connect", () => this.#setConnected(true));
    socket.on("disconnect", () => this.#setConnected(false));
    socket.on("news", (value: unknown) => this.news.push(value));
    if (socket.connected) this.#setConnected(true);
  }

  get room(): string {
    return `room of ${this.client.name}`;
  }

  get user(): string {
    return `user of ${this.client.name}`;
  }

  #setConnected(isConnected: boolean): void {
    if (isConnected === this.#isConnected) return;
    this.#isConnected = isConnected;
    if (!isConnected) return;
    this.client.socket.emit("login", this.user);
    this.client.socket.emit("join", this.room);
  }
}
