import { HttpClient } from "./http-client.ts";
import type { EchoSession } from "./session.ts";
import { CONNECT, PING, PONG, SEPARATOR } from "./session.ts";

const PATH = "/socket.io/?EIO=4&transport=polling";

/** What an Engine.IO handshake by polling gives. */
export async function openPolling(client: HttpClient): Promise<{ sid: string; path: string }> {
  const packet = await client.get(PATH);
  const open: unknown = JSON.parse(packet.slice(1));
  if (typeof open !== "object" || open === null || !("sid" in open)) {
    throw new Error(`Expected an open packet, got ${packet}`);
  }
  const sid = encodeURIComponent(String(open.sid));
  return { sid, path: `${PATH}&sid=${sid}` };
}

/** A session by polling alone: like a stock client it has a GET open while it posts. */
export class PollingSession implements EchoSession {
  readonly #client: HttpClient;
  readonly #path: string;
  readonly #packet: string;

  private constructor(client: HttpClient, path: string, packet: string) {
    this.#client = client;
    this.#path = path;
    this.#packet = packet;
  }

  static async open(url: string, packet: string): Promise<PollingSession> {
    const client = new HttpClient(url);
    const { path } = await openPolling(client);
    const session = new PollingSession(client, path, packet);
    await session.#exchange(CONNECT, (answer) => answer.startsWith(CONNECT));
    return session;
  }

  echo(): Promise<void> {
    return this.#exchange(this.#packet, (answer) => answer === this.#packet);
  }

  async close(): Promise<void> {
    await this.#client.post(this.#path, "1");
    this.#client.close();
  }

  async #exchange(packet: string, isAnswer: (packet: string) => boolean): Promise<void> {
    const answered = this.#pollUntil(isAnswer);
    const [isPinged] = await Promise.all([answered, this.#client.post(this.#path, packet)]);
    if (isPinged) await this.#client.post(this.#path, PONG);
  }

  /** Polls until the answer has come; true when a ping came with it. */
  async #pollUntil(isAnswer: (packet: string) => boolean): Promise<boolean> {
    const packets: string[] = [];
    while (!packets.some(isAnswer)) {
      packets.push(...(await this.#client.get(this.#path)).split(SEPARATOR));
    }
    return packets.includes(PING);
  }
}
