import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server, Socket } from "socket.io";
import type { Ending, Refusal } from "./continuity-orders.ts";

type Write = (what: string, ...details: unknown[]) => void;

/** An application as many are: it counts who is there, has logins by event, rooms that clients join, echoes and acks. */
export class ContinuityApplication {
  readonly #thinkMs: number;
  readonly #write: Write;
  readonly #present = new Map<string, string>();
  readonly #told = new Map<string, number>();
  #io: Server | undefined;
  #refusal: Refusal | undefined;
  #letsFreshIn = false;

  constructor(thinkMs: number, write: Write) {
    this.#thinkMs = thinkMs;
    this.#write = write;
  }

  /** The names of those that are there. */
  get presence(): string[] {
    return [...this.#present.values()];
  }

  serve(io: Server): void {
    this.#io = io;
    const isRefused = ({ url }: IncomingMessage, how: Refusal): boolean =>
      this.#refuses(how, new URLSearchParams(url?.split("?")[1]).get("token"));
    io.engine.opts.allowRequest = (request, decide) =>
      decide("Your token has expired.", !isRefused(request, "request"));
    io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
      if (!isRefused(request, "handshake")) next();
      else {
        response.writeHead(401);
        response.end("Your token has expired.");
      }
    });
    for (const name of ["/", "/other", "/quiet"]) {
      const nsp = io.of(name);
      nsp.use(({ handshake }, next) => {
        const isStale = this.#refuses("connect", handshake.auth.token);
        next(isStale ? new Error("Your token has expired.") : undefined);
      });
      nsp.on("connection", (socket) => this.#take(name, socket));
    }
  }

  refuse(how: Refusal, butFresh: boolean): void {
    this.#refusal = how;
    this.#letsFreshIn = butFresh;
  }

  ask(text: string): void {
    for (const socket of this.#io?.of("/").sockets.values() ?? []) {
      const { name } = socket.handshake.auth;
      socket.emit("question", text, (answer: unknown) => this.#write("answer", name, text, answer));
    }
  }

  /** Tells each of its sockets its next number of that stream. */
  direct(label: string): void {
    for (const socket of this.#io?.of("/").sockets.values() ?? []) {
      const name = String(socket.handshake.auth.name);
      const key = `${label} ${name}`;
      const n = (this.#told.get(key) ?? -1) + 1;
      this.#told.set(key, n);
      this.#write("direct", name, label, n);
      socket.emit("stream", label, n);
    }
  }

  end(how: Ending, id: string): void {
    const socket = this.#io?.of("/").sockets.get(id);
    switch (how) {
      case "io.close":
        void this.#io?.close();
        break;
      case "engine.close":
        this.#io?.engine.close();
        break;
      case "conn.close":
        socket?.conn.close();
        break;
      case "disconnect":
        socket?.disconnect();
        break;
      case "disconnect-connection":
        socket?.disconnect(true);
        break;
    }
  }

  #refuses(how: Refusal, token: unknown): boolean {
    return how === this.#refusal && !(this.#letsFreshIn && token === "fresh");
  }

  #take(nsp: string, socket: Socket): void {
    const name = String(socket.handshake.auth.name);
    this.#write("connection", nsp, name, socket.id, socket.recovered);
    const key = `${nsp} ${socket.id}`;
    this.#present.set(key, name);
    socket.on("disconnect", () => this.#present.delete(key));
    if (!socket.recovered) Object.assign(socket.data, { name });
    socket.on("disconnect", (reason) => this.#write("disconnect", nsp, name, socket.id, reason));
    socket.on("up", (n: number) => this.#write("up", nsp, name, n));
    socket.on("login", (user: string) => void Object.assign(socket.data, { user }));
    socket.on("join", (room: string) => void socket.join(room));
    socket.on("echo", (value: unknown, answer: (value: unknown) => void) => {
      setTimeout(() => answer(value), this.#thinkMs);
    });
    socket.on("never", () => this.#write("never", nsp, name));
    socket.on("bytes", (label: string, bytes: Buffer, more: Buffer) => {
      this.#write("bytes", nsp, name, label, bytes.length, more.length);
      socket.emit("bytes", label, bytes, more);
    });
    socket.on("kill", () => process.kill(process.pid, "SIGKILL"));
  }
}
