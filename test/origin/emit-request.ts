import type { IncomingMessage, ServerResponse } from "node:http";
import type { Emission } from "../../src/wire/hub/emission.ts";

/** One request to the side door; whoever takes it answers it. */
export class EmitRequest {
  readonly request: IncomingMessage;
  readonly emissions: readonly Emission[];
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, emissions: readonly Emission[], response: ServerResponse) {
    this.request = request;
    this.emissions = emissions;
    this.#response = response;
  }

  /** By name, for those that have one. */
  get events(): unknown[] {
    return this.emissions.map((emission) => ("event" in emission ? emission.event : emission.op));
  }

  answer(status: number, body: unknown = {}, headers: Readonly<Record<string, string>> = {}): void {
    this.#response.writeHead(status, headers).end(JSON.stringify(body));
  }

  /** Cuts the connection. */
  cut(): void {
    this.request.socket.destroy();
  }
}
