import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { portOf } from "./origin.ts";

interface Pair {
  /** Towards the edge, and towards the origin. */
  readonly edge: Socket;
  readonly origin: Socket;
  /** Nothing of it passes any more. */
  isSevered: boolean;
}

/** A network between the edge and an origin, with what networks do. It goes when the test does. */
export class ContinuityProxy {
  readonly url: string;
  readonly #pairs = new Set<Pair>();
  #isBlack = false;

  private constructor(url: string) {
    this.url = url;
  }

  static async to(port: number): Promise<ContinuityProxy> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const proxy = new ContinuityProxy(`http://127.0.0.1:${portOf(server)}`);
    server.on("connection", (edge) => proxy.#take(edge, port));
    onTestFinished(() => {
      server.close();
      for (const { edge, origin } of proxy.#pairs) {
        edge.destroy();
        origin.destroy();
      }
    });
    return proxy;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** From now on nothing passes, either way, and nobody is told. */
  blacken(): void {
    this.#isBlack = true;
    for (const pair of this.#pairs) pair.isSevered = true;
  }

  /** Lets new connections pass again. Those before stay as they are. */
  brighten(): void {
    this.#isBlack = false;
  }

  /** Resets every connection. */
  reset(): void {
    for (const { edge, origin } of this.#pairs) {
      edge.resetAndDestroy();
      origin.resetAndDestroy();
    }
  }

  /** Has the edge, or the origin, see the end of every connection, of which the other side hears nothing. */
  halfClose(side: "edge" | "origin"): void {
    for (const pair of this.#pairs) {
      pair.isSevered = true;
      pair[side].end();
    }
  }

  #take(edge: Socket, port: number): void {
    const origin = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const pair = { edge, origin, isSevered: this.#isBlack };
    this.#pairs.add(pair);
    this.#pass(edge, origin, pair);
    this.#pass(origin, edge, pair);
  }

  #pass(from: Socket, to: Socket, pair: Pair): void {
    from.on("error", () => {});
    from.on("data", (chunk: Buffer) => {
      if (!pair.isSevered && to.writable) to.write(chunk);
    });
    from.on("end", () => {
      if (!pair.isSevered) to.end();
    });
    from.on("close", () => {
      if (!pair.isSevered) to.destroy();
      if (from.destroyed && to.destroyed) this.#pairs.delete(pair);
    });
  }
}
