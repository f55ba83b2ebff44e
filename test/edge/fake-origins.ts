import { onTestFinished, vi } from "vitest";
import { isPacket } from "../../src/wire/packet.ts";

/** One request of ours to an origin: what was asked, and the signal by which it is given up. */
export interface Asked {
  readonly url: URL;
  readonly headers: Headers;
  readonly method: string;
  readonly isUpgrade: boolean;
  readonly signal: AbortSignal | undefined;
}

export type Answerer = (asked: Asked) => Promise<Response> | Response;

/**
 * Puts origins in the place of the network until the test ends: `fetch` reaches these, by host, and nothing else.
 * They live in this isolate, so that a test sees every dial and holds back every answer.
 */
export function fakeOrigins(origins: Readonly<Record<string, Answerer>>): Asked[] {
  const asked: Asked[] = [];
  const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const one = {
      url,
      headers: request.headers,
      method: request.method,
      isUpgrade: request.headers.get("upgrade") === "websocket",
      signal: init?.signal ?? undefined,
    };
    asked.push(one);
    const answerer = origins[url.host];
    if (!answerer) throw new Error(`Expected a known origin, got ${url.host}.`);
    return answerer(one);
  });
  onTestFinished(() => spy.mockRestore());
  return asked;
}

export interface EngineOptions {
  readonly pingInterval?: number;
  readonly pingTimeout?: number;
  readonly maxPayload?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Gets the origin's end of each session's WebSocket; echoes when there is none. */
  readonly serve?: (socket: WebSocket, asked: Asked) => void;
}

/** An Engine.IO server that opens every session and sends back what it gets. */
export function engine({ headers = {}, serve = echo, ...times }: EngineOptions = {}): Answerer {
  const open = { pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000, ...times };
  return (asked) => {
    if (!asked.isUpgrade) return new Response("no polling here", { status: 400 });
    const { 0: ours, 1: theirs } = new WebSocketPair();
    theirs.binaryType = "arraybuffer";
    theirs.accept();
    theirs.send(`0${JSON.stringify({ sid: "origin", upgrades: [], ...open })}`);
    serve(theirs, asked);
    return new Response(null, { status: 101, webSocket: ours, headers });
  };
}

export function echo(socket: WebSocket): void {
  socket.addEventListener("message", (event) => {
    const packet: unknown = event.data;
    if (isPacket(packet)) socket.send(packet);
  });
}

/** An origin that never answers, as one behind a firewall that drops everything. */
export function silent(): Answerer {
  return ({ signal }) => {
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(new Error("The operation was aborted")));
    });
  };
}

/** A dead port. */
export function dead(): Answerer {
  return () => {
    throw new Error("Network connection lost.");
  };
}

/** Something that is no Engine.IO server, or one that refuses: always this status, with its number as the body. */
export function answering(status: number): Answerer {
  return () => new Response(String(status), { status });
}

/** An origin whose answers wait until the test lets them go, in the order in which they were asked. */
export class Held {
  readonly #waiting: (() => void)[] = [];

  /** How many wait. */
  get count(): number {
    return this.#waiting.length;
  }

  release(): void {
    this.#waiting.shift()?.();
  }

  before(answerer: Answerer): Answerer {
    return async (asked) => {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return answerer(asked);
    };
  }
}
