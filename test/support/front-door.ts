import type { Server, ServerOptions, Socket as ServerSocket } from "socket.io";
import type { Socket } from "socket.io-client";
import { afterAll, beforeAll } from "vitest";
import { connected, createClient, type ClientMode, type ClientOptions } from "./clients.ts";
import { direct, startEdge, type Edge } from "./edge.ts";
import { startOrigin, type Origin, type Setup } from "./origin.ts";

/** One origin with an edge before it, for all tests of a file; each test puts its own application on the origin. */
export class FrontDoor {
  #origin: Origin | undefined;
  #edge: Edge | undefined;

  async open(vars: Readonly<Record<string, string>>): Promise<void> {
    this.#origin = await startOrigin();
    if (!direct) this.#edge = await startEdge({ origins: [this.#origin.url], vars });
  }

  async close(): Promise<void> {
    await this.#edge?.stop();
    await this.#origin?.stop();
  }

  get origin(): Origin {
    if (this.#origin === undefined) throw new Error("Expected an open front door, got none.");
    return this.#origin;
  }

  /** Where clients go. */
  get url(): string {
    return this.#edge?.url ?? this.origin.url;
  }

  serve(options?: Partial<ServerOptions>, setup?: Setup): Server {
    return this.origin.serve(options, setup);
  }

  client(mode: ClientMode, options?: ClientOptions, namespace = ""): Socket {
    return createClient(this.url + namespace, mode, options);
  }

  /** A client that is connected (and upgraded, where its mode says so). */
  connect(mode: ClientMode, options?: ClientOptions, namespace?: string): Promise<Socket> {
    return connected(this.client(mode, options, namespace), mode);
  }

  /** A connected client and its socket at the server. */
  async pair(
    io: Server,
    mode: ClientMode,
    options?: ClientOptions,
    namespace = "/",
  ): Promise<{ client: Socket; server: ServerSocket }> {
    const client = await this.connect(mode, options, namespace);
    return { client, server: serverSide(io, client, namespace) };
  }
}

/** Opens a front door before the tests of the file (or block) and closes it after them. */
export function frontDoor(vars: Readonly<Record<string, string>> = {}): FrontDoor {
  const door = new FrontDoor();
  beforeAll(() => door.open(vars));
  afterAll(() => door.close());
  return door;
}

/** The server's end of a connected client's socket. */
export function serverSide(io: Server, client: Socket, namespace = "/"): ServerSocket {
  const socket = io.of(namespace).sockets.get(client.id ?? "");
  if (socket === undefined) throw new Error(`Expected ${client.id} at the server, got nothing.`);
  return socket;
}
