import { once } from "node:events";
import { createServer } from "node:http";
import type { Page } from "playwright-core";
import type { Server } from "socket.io";
import type { io as connect, ManagerOptions, SocketOptions } from "socket.io-client";
import { afterAll, beforeAll } from "vitest";
import type { ClientMode } from "./clients.ts";
import { portOf } from "./origin.ts";

// What the client bundle leaves in a page.
declare const io: typeof connect;

/** What can be handed to a page: plain data. */
export type PageOptions = Pick<
  Partial<ManagerOptions & SocketOptions>,
  "withCredentials" | "extraHeaders" | "query"
>;

/** What came back to a page, and by which transport. */
export interface Conversation {
  readonly id: string;
  readonly transport: string;
  readonly acknowledged: unknown;
  readonly received: unknown;
  /** Of a buffer that went up and came down again. */
  readonly bytes: readonly number[];
}

/** What a conversation brings when everything went as it should. */
export const ALL_WELL = {
  acknowledged: { text: "ahøj 🚢", n: [1, null] },
  received: "ahoy",
  bytes: Array.from({ length: 256 }, (_, n) => n),
};

/** A web server with one page, under every name that this machine has for itself. */
export class Pages {
  readonly #http = createServer((request, response) => {
    const bundle = new URL(request.url ?? "/", "http://page").searchParams.get("bundle");
    const script = bundle === null ? "" : `<script src="${bundle}"></script>`;
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><link rel="icon" href="data:,"><title>page</title>${script}`);
  });

  async start(): Promise<void> {
    this.#http.listen(0, "127.0.0.1");
    await once(this.#http, "listening");
  }

  async stop(): Promise<void> {
    const closed = once(this.#http, "close");
    this.#http.close();
    this.#http.closeAllConnections();
    await closed;
  }

  /** The page's origin under that name. */
  origin(host: string): string {
    return `http://${host}:${portOf(this.#http)}`;
  }

  /** Opens the page in a tab, with the client bundle of the server at `url`. */
  async open(tab: Page, host: string, url: string, name = "socket.io.js"): Promise<void> {
    const bundle = encodeURIComponent(`${url}/socket.io/${name}`);
    await tab.goto(`${this.origin(host)}/?bundle=${bundle}`);
  }
}

/** Serves the page before the tests of the file (or block), and no longer after them. */
export function pages(): Pages {
  const served = new Pages();
  beforeAll(() => served.start());
  afterAll(() => served.stop());
  return served;
}

/** The server's side of `converse`. */
export function answering(server: Server): void {
  server.on("connection", (socket) => {
    socket.on("ask", (value: unknown, answer: (value: unknown) => void) => answer(value));
    socket.on("up", (...values: unknown[]) => socket.emit("down", ...values));
  });
}

/** Has the page connect, upgrade where its mode says so, and speak with the server in every way. */
export function converse(
  tab: Page,
  url: string,
  mode: ClientMode,
  options: PageOptions = {},
): Promise<Conversation> {
  const all = { ...options, transports: [...mode.transports], reconnection: false, forceNew: true };
  return tab.evaluate(talk, { url, options: all, last: mode.transports.at(-1) ?? "" });
}

/** Has the page connect in vain: the message of its `connect_error`. */
export function failToConnect(
  tab: Page,
  url: string,
  mode: ClientMode,
  options: PageOptions = {},
): Promise<string> {
  const all = { ...options, transports: [...mode.transports], reconnection: false, forceNew: true };
  return tab.evaluate(fail, { url, options: all });
}

/** What the browser complains of in the tab from now on. */
export function complaints(tab: Page): string[] {
  const texts: string[] = [];
  tab.on("console", (message) => {
    if (message.type() === "error") texts.push(message.text());
  });
  tab.on("pageerror", (error) => texts.push(error.message));
  return texts;
}

interface Task {
  readonly url: string;
  readonly options: Partial<ManagerOptions & SocketOptions>;
}

// Runs in the page, where nothing of this file but its own text is known.
async function talk({ url, options, last }: Task & { last: string }): Promise<Conversation> {
  const socket = io(url, options);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  const { engine } = socket.io;
  if (engine.transport.name !== last) {
    await new Promise<void>((resolve, reject) => {
      engine.once("upgrade", () => resolve());
      engine.once("upgradeError", reject);
    });
  }
  const acknowledged: unknown = await socket.emitWithAck("ask", { text: "ahøj 🚢", n: [1, null] });
  const down = new Promise<[unknown, ArrayBuffer]>((resolve) => {
    socket.once("down", (...values: [unknown, ArrayBuffer]) => resolve(values));
  });
  socket.emit(
    "up",
    "ahoy",
    Uint8Array.from({ length: 256 }, (_, n) => n),
  );
  const [received, buffer] = await down;
  return {
    id: socket.id ?? "",
    transport: engine.transport.name,
    acknowledged,
    received,
    bytes: [...new Uint8Array(buffer)],
  };
}

function fail({ url, options }: Task): Promise<string> {
  const socket = io(url, options);
  return new Promise((resolve, reject) => {
    socket.once("connect", () => reject(new Error("Expected no connection, got one.")));
    socket.once("connect_error", (error) => resolve(error.message));
  });
}
