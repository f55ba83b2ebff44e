import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";

/** An answer as it came over the wire: nothing followed, nothing decompressed. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const UPGRADE_HEADERS = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** One request on a connection of its own. Rejects when the connection ends without an answer. */
export function request(url: string, options: RequestOptions = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.once("end", () => resolve(answer(incoming, Buffer.concat(chunks))));
      incoming.once("error", reject);
    });
    outgoing.once("upgrade", (incoming, connection) => {
      connection.destroy();
      resolve(answer(incoming, Buffer.alloc(0)));
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

/** Asks for a WebSocket: the answer is the refusal, or the 101, whose connection is dropped at once. */
export function requestUpgrade(url: string, options: RequestOptions = {}): Promise<Answer> {
  return request(url, { ...options, headers: { ...UPGRADE_HEADERS, ...options.headers } });
}

function answer({ statusCode = 0, headers }: IncomingMessage, body: Buffer): Answer {
  return { status: statusCode, headers, body };
}
