import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { portOf } from "./origin.ts";

/** The network between one origin and the edge's hub. */
export class ChaosLink {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #next = Promise.withResolvers<void>();
  #isRefusing = false;
  #to = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.#accept(socket));
  }

  static async open(): Promise<ChaosLink> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ChaosLink(server);
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}`;
  }

  /** Resolves when a connection comes that is passed on. */
  next(): Promise<void> {
    return this.#next.promise;
  }

  /** Where the edge is. */
  leadTo(port: number): void {
    this.#to = port;
  }

  /** Cuts what is open, which both ends are told. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** From now on new connections are reset once they have been accepted; those that are open are cut. */
  refuse(): void {
    this.#isRefusing = true;
    this.cut();
  }

  /** What is open stays so, without anything passing any more; new connections pass. */
  swallow(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe(far).resume();
      far.unpipe(near).resume();
    }
  }

  clear(): void {
    this.#isRefusing = false;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  #accept(near: Socket): void {
    if (this.#isRefusing) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#to, "127.0.0.1");
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const socket of pair) {
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
    far.once("connect", () => {
      this.#next.resolve();
      this.#next = Promise.withResolvers();
    });
  }
}
