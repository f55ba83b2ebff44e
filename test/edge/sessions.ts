import { HANDSHAKE_HEADER } from "../../src/edge/contracts.ts";
import type { Packet } from "../../src/wire/packet.ts";
import { isPacket } from "../../src/wire/packet.ts";

/** Where requests under Engine.IO's path go: the whole edge, or one session object. */
export type Front = (query: string, init?: RequestInit) => Promise<Response>;

const BASE = "http://edge.example/socket.io/?EIO=4&transport=";

/** Something that answers requests: the Worker, or a session object's stub. */
export interface Answering {
  fetch(request: Request): Promise<Response> | Response;
}

export function edge(worker: Answering, headers: Readonly<Record<string, string>> = {}): Front {
  return async (query, init) => {
    const request = new Request(BASE + query, init);
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    return worker.fetch(request);
  };
}

/** Talks to a session object as entry does: a new session may dial `hosts`, the first of them first. */
export function object(owner: Answering, hosts: readonly string[]): Front {
  return async (query, init) => {
    const request = new Request(BASE + query, init);
    if (!query.includes("&sid=")) {
      const origins = hosts.map((host) => ({ name: host, url: `http://${host}` }));
      const transport = /^\w+/.exec(query)?.[0];
      const handshake = { ...HANDSHAKE, transport, origins };
      request.headers.set(HANDSHAKE_HEADER, JSON.stringify(handshake));
    }
    return owner.fetch(request);
  };
}

const HANDSHAKE = {
  pool: "default",
  place: "local",
  network: "192.0.2.1",
  cookies: {},
  isCorsOurs: false,
};

export interface PollingClient {
  readonly sid: string;
  poll(): Promise<string>;
  post(payload: string | ReadableStream): Promise<string>;
  upgrade(): Promise<SocketClient>;
}

export async function openPolling(front: Front): Promise<PollingClient> {
  const response = await front("polling");
  const sid = sidOf(await response.text());
  const polling = `polling&sid=${sid}`;
  return {
    sid,
    poll: async () => (await front(polling)).text(),
    post: async (body) => (await front(polling, { method: "POST", body })).text(),
    upgrade: async () => new SocketClient(await front(`websocket&sid=${sid}`, UPGRADE)),
  };
}

export async function openSocket(front: Front): Promise<{ sid: string; client: SocketClient }> {
  const client = new SocketClient(await front("websocket", UPGRADE));
  const open = await client.next();
  return { sid: sidOf(typeof open === "string" ? open : "bytes"), client };
}

const UPGRADE = { headers: { upgrade: "websocket" } };

/** The owning object's part of a sid. */
export function ownerOf(sid: string): string {
  return sid.slice(0, 43);
}

function sidOf(open: string): string {
  const sid = /^0\{"sid":"([\w-]{59})"/.exec(open)?.[1];
  if (sid === undefined) throw new Error(`Expected an open packet, got ${open}`);
  return sid;
}

/** A client's end of a WebSocket: what came waits until it is asked for. */
export class SocketClient {
  readonly #socket: WebSocket;
  readonly #arrived: Packet[] = [];
  readonly #waiting: ((packet: Packet) => void)[] = [];
  /** Close code and reason, when the other side has closed. */
  readonly closed: Promise<string>;

  constructor(response: Response) {
    const socket = response.webSocket;
    if (!socket) throw new Error(`Expected a WebSocket, got status ${response.status}.`);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.accept();
    socket.addEventListener("message", (event) => {
      const packet: unknown = event.data;
      if (isPacket(packet)) this.#take(packet);
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => resolve(`${code} ${reason}`));
    });
  }

  send(packet: Packet): void {
    this.#socket.send(packet);
  }

  close(code = 1000): void {
    this.#socket.close(code);
  }

  /** The oldest packet that nobody has asked for yet. */
  next(): Promise<Packet> {
    const packet = this.#arrived.shift();
    if (packet !== undefined) return Promise.resolve(packet);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #take(packet: Packet): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(packet);
    else this.#arrived.push(packet);
  }
}
