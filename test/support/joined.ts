import type { Server, Socket as ServerSocket } from "socket.io";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { Answer } from "./raw-http.ts";
import { openByPolling, openByWebSocket, type Open, type PollingSession } from "./raw-session.ts";

/** A raw Engine.IO session that has joined the main namespace, and the server's end of it. */
export interface Joined {
  readonly open: Open;
  readonly server: ServerSocket;
}

export interface JoinedByPolling extends Joined {
  readonly session: PollingSession;
}

export interface JoinedByWebSocket extends Joined {
  readonly socket: WebSocket;
  readonly frames: Frames;
}

export async function joinByPolling(url: string, io: Server): Promise<JoinedByPolling> {
  const session = await openByPolling(url);
  await session.post("40");
  const { body } = await session.poll();
  return { session, open: session.open, server: serverOf(io, body.toString()) };
}

export async function joinByWebSocket(url: string, io: Server): Promise<JoinedByWebSocket> {
  const { open, socket } = await openByWebSocket(url);
  const frames = new Frames(socket);
  socket.send("40");
  return { open, socket, frames, server: serverOf(io, await frames.next()) };
}

/** A WebSocket for a session that polls: what an upgrade begins with. */
export async function openUpgrade(
  url: string,
  sid: string,
): Promise<{ socket: WebSocket; frames: Frames }> {
  const base = `${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`;
  const socket = new WebSocket(`${base}&sid=${sid}`);
  onTestFinished(() => socket.terminate());
  const frames = new Frames(socket);
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return { socket, frames };
}

/** What a WebSocket gets: each frame waits until it is asked for. */
export class Frames {
  /** Close code and reason, once the other side has closed. */
  readonly closed: Promise<string>;
  readonly #arrived: string[] = [];
  readonly #waiting: ((frame: string) => void)[] = [];

  constructor(socket: WebSocket) {
    socket.on("message", (frame: Buffer) => this.#take(frame.toString()));
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve(`${code} ${reason.toString()}`.trim()));
    });
  }

  /** The oldest frame that nobody has asked for yet; `closed: ...` when there is none and will be none. */
  next(): Promise<string> {
    const frame = this.#arrived.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    const arrived = new Promise<string>((resolve) => this.#waiting.push(resolve));
    return Promise.race([arrived, this.closed.then((closed) => `closed: ${closed}`)]);
  }

  #take(frame: string): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(frame);
    else this.#arrived.push(frame);
  }
}

/** Status and body of an answer, in a line. */
export async function content(answered: Promise<Answer>): Promise<string> {
  const { status, body } = await answered;
  return `${status} ${body.toString()}`;
}

/** The server's end of the session that got this CONNECT. */
export function serverOf(io: Server, connect: string): ServerSocket {
  const id = /^40\{"sid":"([\w-]+)"/.exec(connect)?.[1];
  const socket = io.of("/").sockets.get(id ?? "");
  if (socket === undefined)
    throw new Error(`Expected a CONNECT that the server knows, got ${connect}`);
  return socket;
}
