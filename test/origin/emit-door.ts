import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { Emission } from "../../src/wire/hub/emission.ts";
import { EmitRequest } from "./emit-request.ts";

/** A side door that does what the test says, and takes everything by itself as soon as `isOpen`. */
export class EmitDoorServer {
  readonly url: string;
  readonly taken: EmitRequest[] = [];
  isOpen = false;
  readonly #waiting: EmitRequest[] = [];
  readonly #wanted: ((asked: EmitRequest) => void)[] = [];

  private constructor(url: string) {
    this.url = url;
  }

  static async start(): Promise<EmitDoorServer> {
    const http = createServer();
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    onTestFinished(() => {
      http.close();
      http.closeAllConnections();
    });
    const address = http.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const door = new EmitDoorServer(`http://127.0.0.1:${port}`);
    http.on("request", (request, response) => void door.#ask(request, response));
    return door;
  }

  /** The next request. */
  asked(): Promise<EmitRequest> {
    const asked = this.#waiting.shift();
    return asked ? Promise.resolve(asked) : new Promise((resolve) => this.#wanted.push(resolve));
  }

  async #ask(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: unknown = JSON.parse(await text(request));
    const emissions = Array.isArray(body) ? body.filter(isEmission) : [];
    const asked = new EmitRequest(request, emissions, response);
    if (this.isOpen) {
      this.taken.push(asked);
      asked.answer(202);
      return;
    }
    const wanted = this.#wanted.shift();
    if (wanted) wanted(asked);
    else this.#waiting.push(asked);
  }
}

function isEmission(value: unknown): value is Emission {
  return typeof value === "object" && value !== null;
}
