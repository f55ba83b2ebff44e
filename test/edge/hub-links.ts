import { env } from "cloudflare:workers";
import type { Hubs } from "../../src/edge/contracts.ts";
import { shardName } from "../../src/edge/contracts.ts";
import { createApp } from "../../src/edge/entry/app.ts";
import { parseSettings } from "../../src/edge/env.ts";
import { toBase64Url } from "../../src/wire/base64.ts";
import { decodeFromHub, encodeToHub } from "../../src/wire/hub/frame.ts";
import type { FromHub, ToHub } from "../../src/wire/hub/message.ts";
import { parseUid } from "../../src/wire/hub/vector.ts";
import type { Uid } from "../../src/wire/hub/vector.ts";

export const TOKEN = "a-token-of-24-characters";

const VARS = { MOORING_TOKEN: TOKEN };

const FIELDS = {
  authorization: `Bearer ${TOKEN}`,
  "mooring-protocol": "1",
  upgrade: "websocket",
};

/** Asks the whole edge for a link to shard 0; `undefined` takes a header field away. */
export async function askForLink(
  fields: Readonly<Record<string, string | undefined>>,
  vars: Readonly<Record<string, unknown>> = VARS,
  path = "/mooring/hub?shard=0",
): Promise<Response> {
  const app = createApp(env, parseSettings({ ...env, ...vars }), []);
  const all = { ...FIELDS, "mooring-key": newKey(), ...fields };
  const headers = new Headers();
  for (const [name, value] of Object.entries(all))
    if (value !== undefined) headers.set(name, value);
  return app.fetch(new Request(`http://edge.example${path}`, { headers }));
}

export function newKey(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(24)));
}

export function shard(number = 0): DurableObjectStub<Hubs> {
  const { HUB } = env;
  if (HUB === undefined) throw new Error("Expected the binding HUB, got none.");
  return HUB.get(HUB.idFromName(shardName(number)));
}

/** An origin's end of a link. */
export class Link {
  readonly uid: Uid;
  readonly key: string;
  /** How it ended: code and reason. */
  readonly closed: Promise<string>;
  readonly #socket: WebSocket;
  readonly #arrived: FromHub[] = [];
  #waiting: ((message: FromHub) => void) | undefined;
  /** Of all frames so far; and how many those were. */
  bytes = 0;
  frames = 0;

  constructor(socket: WebSocket, key: string, uid: Uid) {
    this.#socket = socket;
    this.key = key;
    this.uid = uid;
    socket.accept();
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#take(data));
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => resolve(`${code} ${reason}`));
    });
  }

  static async open(key = newKey()): Promise<Link> {
    const { webSocket } = await askForLink({ "mooring-key": key });
    if (!webSocket) throw new Error("Expected a link, got a refusal.");
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
    const uid = parseUid(toBase64Url(new Uint8Array(digest, 0, 12)));
    if (uid === undefined) throw new Error("Expected twelve bytes to make a uid.");
    return new Link(webSocket, key, uid);
  }

  /** Opens a link, says hello, and takes the welcome. */
  static async greet(
    fields: Partial<Extract<ToHub, { type: "hello" }>> = {},
    key?: string,
  ): Promise<{ link: Link; welcome: FromHub }> {
    const link = await Link.open(key);
    link.say({ type: "hello", isFresh: true, kept: 0, taken: new Map(), ...fields });
    return { link, welcome: await link.next() };
  }

  /** All in one frame. */
  say(...messages: readonly ToHub[]): void {
    const all = messages.map(encodeToHub);
    const frame = new Uint8Array(all.reduce((sum, { byteLength }) => sum + byteLength, 0));
    let at = 0;
    for (const bytes of all) {
      frame.set(bytes, at);
      at += bytes.byteLength;
    }
    this.send(frame);
  }

  publish(n: number, text: string): void {
    this.say({ type: "publish", n, body: bytesOf(text) });
  }

  took(vector: ReadonlyMap<Uid, number>): void {
    this.say({ type: "taken", vector, bytes: this.bytes });
  }

  send(frame: string | Uint8Array): void {
    this.#socket.send(frame);
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  /** The next message. */
  next(): Promise<FromHub> {
    const message = this.#arrived.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** What comes until a message of this type, which is the last. */
  async until(type: FromHub["type"]): Promise<FromHub[]> {
    const all: FromHub[] = [];
    while (all.at(-1)?.type !== type) all.push(await this.next());
    return all;
  }

  #take(data: unknown): void {
    if (!(data instanceof ArrayBuffer))
      throw new TypeError(`Expected a binary frame, got ${String(data)}.`);
    this.bytes += data.byteLength;
    this.frames += 1;
    const read = decodeFromHub(new Uint8Array(data));
    if ("fault" in read) throw new Error(read.fault);
    this.#arrived.push(...read);
    const waiting = this.#waiting;
    const first = waiting && this.#arrived.shift();
    if (waiting === undefined || first === undefined) return;
    this.#waiting = undefined;
    waiting(first);
  }
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What an event says. */
export function textOf(message: FromHub): string {
  return "body" in message ? new TextDecoder().decode(message.body) : message.type;
}
