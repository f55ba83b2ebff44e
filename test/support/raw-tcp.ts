import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A connection on which a test says any bytes at all. It goes when the test does. */
export class RawConnection {
  readonly socket: Socket;
  readonly #listeners = new Set<() => void>();
  #arrived = "";
  #isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      this.#arrived += chunk;
      this.#look();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#isClosed = true;
      this.#look();
    });
    onTestFinished(() => void socket.destroy());
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** All that has come, as soon as `pattern` is in it, or the other side has closed. */
  until(pattern: RegExp): Promise<string> {
    return this.#when(() => pattern.test(this.#arrived));
  }

  /** All that has come when the other side has closed. */
  closed(): Promise<string> {
    return this.#when(() => false);
  }

  #when(isEnough: () => boolean): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.#isClosed && !isEnough()) return;
        this.#listeners.delete(look);
        resolve(this.#arrived);
      };
      this.#listeners.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of this.#listeners) look();
  }
}

export async function connectRaw(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  return new RawConnection(socket);
}

/** One HTTP request in these bytes; the first answer's status line, or "" for none. */
export async function statusOf(url: string, bytes: string | Uint8Array): Promise<string> {
  const connection = await connectRaw(url);
  connection.write(bytes);
  const answer = await connection.until(/\r\n\r\n/);
  connection.socket.destroy();
  return answer.split("\r\n")[0] ?? "";
}

export interface RawRequest {
  readonly method?: string;
  readonly target: string;
  /** Header fields but for Host, as they stand on the wire. */
  readonly fields?: readonly string[];
  readonly body?: string;
}

/** The bytes of a request. Nothing is checked, and no length is added. */
export function requestBytes({
  method = "GET",
  target,
  fields = [],
  body = "",
}: RawRequest): string {
  return [`${method} ${target} HTTP/1.1`, "Host: edge.example", ...fields, "", body].join("\r\n");
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** Header fields that ask for a WebSocket. */
export const UPGRADE_FIELDS = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  `Sec-WebSocket-Key: ${KEY}`,
];

/** RFC 6455, 5.3: a client's frame. Its mask is all zeros, so that the payload stands on the wire as it is. */
export function clientFrame(first: number, payload: Buffer): Buffer {
  const { length } = payload;
  const isShort = length < 126;
  const head = Buffer.alloc(isShort ? 6 : 14);
  head[0] = first;
  head[1] = 0x80 | (isShort ? length : 127);
  if (!isShort) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}
