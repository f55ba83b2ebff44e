import { HttpClient } from "./http-client.ts";
import type { EchoSession } from "./session.ts";

// As long as the edge's, so that reading it costs the same.
const PATH = `/socket.io/?EIO=4&transport=polling&sid=${"x".repeat(59)}`;

/** The two requests of an echoed polling message, to a server that answers them without looking. */
export class BarePolls implements EchoSession {
  readonly #client: HttpClient;
  readonly #packet: string;

  constructor(url: string, packet: string) {
    this.#client = new HttpClient(url);
    this.#packet = packet;
  }

  async echo(): Promise<void> {
    await Promise.all([this.#client.get(PATH), this.#client.post(PATH, this.#packet)]);
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }
}
