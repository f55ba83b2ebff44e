import type { ClientRequest, IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { FRAME_BYTES, LINK_PING } from "../wire/hub/message.ts";
import type { Trouble } from "./link-trouble.ts";
import { congested, ended, refusal, silent, unreachable } from "./link-trouble.ts";

/** What a link tells. Nothing of it is called before the constructor returns, nor after `close`. */
export interface LinkListener {
  opened(): void;
  /** One frame, of any number of messages. */
  received(frame: Buffer): void;
  /** Once for each `opened`. */
  closed(): void;
  troubled(trouble: Trouble): void;
}

export interface LinkAddress {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How long messages are gathered while others have just gone. Each frame costs either end more than its messages do. */
const GATHER_MS = 1;

const HANDSHAKE_MS = 5000;
/** Twice as long without an answer, and the link is dead: a hub answers pings even while it sleeps. */
const PING_MS = 3000;
/** One message may have 32 MiB; more than two of those that wait tell of a hub that doesn't read. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;
/** The platform's own bound. */
const MAX_FRAME_BYTES = 32 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 2048;
/** How long a link that is closed may take to send what it has, and to be told goodbye. */
const GOODBYE_MS = 1000;

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5000;
/** However often a link is cut, its pauses grow no further than those of so many failures. */
const MAX_CUTS = 3;
const LASTING_RETRY_MS = 10_000;
/** A link that was open for so long was a good one: the next try is quick. */
const GOOD_MS = 5000;

/**
 * A WebSocket to one shard of the hub that comes back by itself until it is closed. It never throws, and once closed
 * keeps no process alive.
 */
export class Link {
  readonly #address: LinkAddress;
  readonly #listener: LinkListener;
  #socket: WebSocket | undefined;
  #openedAt: number | undefined;
  #isClosed = false;
  /** A frame has come since it opened. */
  #hasHeard = false;
  #trouble: Trouble | undefined;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #pings: NodeJS.Timeout | undefined;
  #unanswered = 0;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #gathering: NodeJS.Timeout | undefined;

  constructor(address: LinkAddress, listener: LinkListener) {
    this.#address = address;
    this.#listener = listener;
    this.#connect();
  }

  /** Sends one message. The first goes when the code that sends it has run; those that follow soon go together. */
  send(message: Uint8Array): void {
    if (this.#openedAt === undefined) return;
    if (this.#gatheredBytes + message.byteLength > FRAME_BYTES) this.#writeGathered();
    this.#gathered.push(message);
    this.#gatheredBytes += message.byteLength;
    if (this.#gathering !== undefined) return;
    this.#gathering = setTimeout(() => this.#flush(), GATHER_MS);
    // What the same emit has for the sockets here is written first: they don't wait for what the hub gets.
    process.nextTick(() => this.#writeGathered());
  }

  /** Ends the link for what it has sent; another try follows. */
  fail(trouble: Trouble): void {
    this.#troubled(trouble);
    this.#socket?.terminate();
  }

  /** Ends it for good, what is sent already on its way. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writeGathered();
    this.#settle();
    clearTimeout(this.#retry);
    const socket = this.#socket;
    if (socket === undefined) return;
    if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
    else socket.close(1000);
    setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
  }

  #connect(): void {
    const { url, headers } = this.#address;
    const socket = new WebSocket(url, {
      headers: { ...headers },
      handshakeTimeout: HANDSHAKE_MS,
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
    });
    this.#socket = socket;
    this.#trouble = undefined;
    socket.on("open", () => this.#opened());
    socket.on("unexpected-response", (request: ClientRequest, response: IncomingMessage) =>
      this.#refused(request, response),
    );
    socket.on("message", (data, isBinary) => {
      this.#unanswered = 0;
      if (!isBinary || !Buffer.isBuffer(data) || this.#isClosed) return;
      this.#hasHeard = true;
      this.#listener.received(data);
    });
    socket.on("error", (error) => (this.#trouble ??= unreachable(url, error.message)));
    socket.on("close", (code, reason) => this.#closed(code, reason.toString()));
  }

  #opened(): void {
    if (this.#isClosed) return;
    this.#openedAt = performance.now();
    this.#hasHeard = false;
    this.#unanswered = 0;
    this.#pings = setInterval(() => this.#ping(), PING_MS).unref();
    this.#listener.opened();
  }

  #ping(): void {
    if (this.#unanswered >= 2) this.fail(silent(this.#address.url, (2 * PING_MS) / 1000));
    this.#unanswered++;
    this.#socket?.send(LINK_PING, ignoreError);
  }

  #refused(request: ClientRequest, response: IncomingMessage): void {
    let text = "";
    const refused = (): void => {
      this.#trouble ??= refusal(this.#address.url, response.statusCode ?? 0, text);
      request.destroy();
      this.#socket?.terminate();
    };
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > MAX_REFUSAL_BYTES) refused();
    });
    response.on("error", refused);
    response.on("end", refused);
    request.setTimeout(HANDSHAKE_MS, refused);
  }

  #closed(code: number, reason: string): void {
    if (this.#isClosed) return;
    const wasOpen = this.#openedAt !== undefined;
    const wasGood = performance.now() - (this.#openedAt ?? Infinity) > GOOD_MS;
    const trouble = wasOpen
      ? ended(this.#address.url, code, reason)
      : (this.#trouble ?? unreachable(this.#address.url, `closed with code ${code}`));
    if (trouble !== undefined) this.#troubled(trouble);
    this.#failures = wasGood ? 0 : this.#failures + 1;
    // The hub took it, and it was cut: that is the network's doing, not a hub's that is in trouble.
    if (this.#hasHeard && trouble === undefined) {
      this.#failures = Math.min(this.#failures, MAX_CUTS);
    }
    this.#settle();
    this.#retry = setTimeout(() => this.#connect(), this.#pauseMs()).unref();
    if (wasOpen) this.#listener.closed();
  }

  #troubled(trouble: Trouble): void {
    this.#trouble = trouble;
    if (!this.#isClosed) this.#listener.troubled(trouble);
  }

  // Half of each pause is chance, so that origins that lost the hub together don't come back together.
  #pauseMs(): number {
    const growing = Math.min(FIRST_RETRY_MS * 2 ** Math.max(this.#failures - 1, 0), MAX_RETRY_MS);
    const pauseMs = this.#trouble?.isLasting ? LASTING_RETRY_MS : growing;
    return (pauseMs * (1 + Math.random())) / 2;
  }

  #settle(): void {
    clearInterval(this.#pings);
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#openedAt = undefined;
  }

  #flush(): void {
    const wentOn = this.#gathered.length > 0;
    this.#writeGathered();
    this.#gathering = wentOn ? this.#gathering?.refresh() : undefined;
  }

  #writeGathered(): void {
    const messages = this.#gathered;
    if (messages.length === 0) return;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    const [first] = messages;
    this.#write(messages.length === 1 && first !== undefined ? first : Buffer.concat(messages));
  }

  #write(frame: Uint8Array): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      this.fail(congested(this.#address.url, socket.bufferedAmount));
    } else socket.send(frame, { binary: true }, ignoreError);
  }
}

// The `close` that follows tells of it.
function ignoreError(): void {}
