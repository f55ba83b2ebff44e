import { Agent, get, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { Server } from "socket.io";
import type { ClientOptions } from "./clients.ts";
import { startOrigin, type Origin } from "./origin.ts";

/** What an origin of a pool says its name in. */
const NAME_HEADER = "x-origin";

/** A stock server of a pool, and the rest of its application. */
export interface NamedOrigin extends Pick<Origin, "url" | "port" | "stop" | "reopen"> {
  readonly name: string;
  /** What its health check gets. */
  health: number;
  /** Live sessions. */
  sessions(): number;
  /** Refuses handshakes with this status in place of taking them. */
  refuse(status: number): void;
  /** Takes handshakes, with no session left of those before. */
  serve(): void;
}

/** Says its name in the answer to every handshake, to the event `who` and in all its pages. */
export async function startNamedOrigin(name: string, path = "/socket.io/"): Promise<NamedOrigin> {
  const origin = await startOrigin();
  const page = (request: IncomingMessage, response: ServerResponse): void => {
    if (!request.url?.includes("EIO=")) answerPage(request, response, name, health);
  };
  let health = 200;
  const serve = (): Server =>
    origin.mount((http) => {
      const server = new Server(http, { path });
      server.engine.on("initial_headers", (headers: Record<string, string>) => {
        headers[NAME_HEADER] = name;
      });
      server.on("connection", (socket) => {
        socket.on("who", (answer: (name: string) => void) => answer(name));
      });
      http.on("request", page);
      return [server, () => void server.engine.close()];
    });
  let io = serve();
  return {
    name,
    url: origin.url,
    port: origin.port,
    stop: () => origin.stop(),
    reopen: () => origin.reopen(),
    get health() {
      return health;
    },
    set health(status) {
      health = status;
    },
    sessions: () => io.engine.clientsCount,
    refuse(status) {
      io.engine.use((_request: IncomingMessage, response: ServerResponse) => {
        response.writeHead(status).end("no");
      });
    },
    serve() {
      io = serve();
    },
  };
}

function answerPage(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  health: number,
): void {
  const { url = "", method = "", headers } = request;
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () => {
    response.writeHead(url === "/health" ? health : 200, { [NAME_HEADER]: name });
    response.end(method === "HEAD" ? "" : JSON.stringify({ name, method, url, body, headers }));
  });
}

export interface Visit {
  /** The client's address, any of 127.0.0.0/8. */
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Appended to the handshake's query. */
  readonly query?: string;
  readonly path?: string;
}

/** What a client has got. */
export interface Visited {
  readonly status: number;
  /** Whose session it is. */
  readonly origin: string;
  readonly sid: string;
  readonly setCookie: readonly string[];
  readonly retryAfter: string | undefined;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16, scheduling: "fifo" });

/** Opens a session by polling, and lets it be: it lives until its heartbeat is missed. */
export function visit(url: string, options: Visit = {}): Promise<Visited> {
  const { from = "127.0.0.1", headers = {}, query = "", path = "/socket.io/" } = options;
  return new Promise((resolve, reject) => {
    const to = `${url}${path}?EIO=4&transport=polling${query}`;
    const request = get(to, { localAddress: from, headers, agent }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.once("error", reject);
      response.once("end", () => {
        const named = response.headers[NAME_HEADER];
        resolve({
          status: response.statusCode ?? 0,
          origin: typeof named === "string" ? named : "none",
          sid: /"sid":"([^"]+)"/.exec(body)?.[1] ?? "",
          setCookie: response.headers["set-cookie"] ?? [],
          retryAfter: response.headers["retry-after"],
          body,
        });
      });
    });
    request.once("error", reject);
  });
}

/** Ends such a session as a client does that goes. */
export async function leave(url: string, { sid }: Visited, path = "/socket.io/"): Promise<void> {
  const to = `${url}${path}?EIO=4&transport=polling&sid=${sid}`;
  await (await fetch(to, { method: "POST", body: "1" })).text();
}

/** `count` visits, a few at a time. */
export async function visits(
  url: string,
  count: number,
  optionsOf: (n: number) => Visit = () => ({}),
): Promise<Visited[]> {
  const all: Visited[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) all[n] = await visit(url, optionsOf(n));
  };
  await Promise.all(Array.from({ length: 12 }, worker));
  return all;
}

/** How many sessions each origin got; `none` for visits that got no session. */
export function tally(all: readonly Visited[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { origin } of all) counts[origin] = (counts[origin] ?? 0) + 1;
  return counts;
}

/** Asks again and again until it is so; gives the time in ms that it took. */
export async function until(isSo: () => Promise<boolean> | boolean): Promise<number> {
  const begun = performance.now();
  while (!(await isSo())) await setTimeout(25);
  return performance.now() - begun;
}

/** The n-th of many client addresses. */
export function addressOf(n: number): string {
  return `127.0.${1 + Math.floor(n / 250)}.${1 + (n % 250)}`;
}

/** For a stock client: its connections come from that address. */
export function clientFrom(localAddress: string): ClientOptions {
  // The client's types know nothing of what Node's transports take.
  const options: object = { agent: new Agent({ localAddress }) };
  return { ...options };
}

/** A browser's jar for one site: the last value of each name. */
export class CookieJar {
  readonly #cookies = new Map<string, string>();

  take({ setCookie }: Pick<Visited, "setCookie">): void {
    for (const field of setCookie) {
      const [, name, value] = /^([^=;]+)=([^;]*)/.exec(field) ?? [];
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
    }
  }

  get headers(): Record<string, string> {
    if (this.#cookies.size === 0) return {};
    return { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
  }
}
