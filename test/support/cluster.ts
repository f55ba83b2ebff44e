import type { Namespace, Server, ServerOptions, Socket as ServerSocket } from "socket.io";
import type { Adapter } from "socket.io-adapter";
import type { Socket } from "socket.io-client";
import { afterAll, beforeAll, expect, onTestFinished, vi } from "vitest";
import type { AdapterOptions, Warning } from "../../src/origin/origin.ts";
import { createAdapter } from "../../src/origin/origin.ts";
import { createClient, joined, WEBSOCKET } from "./clients.ts";
import { direct, startEdge, type Edge } from "./edge.ts";
import { NodeHub } from "./node-hub.ts";
import { startOrigin, type Origin } from "./origin.ts";

/** A Socket.IO server among those that share a hub, and a client of it. */
export interface Member {
  readonly io: Server;
  readonly socket: ServerSocket;
  readonly client: Socket;
}

export const TOKEN = "the-token-of-the-clusters-tests";

/** Servers behind one edge, whose hub they share; each test puts its own applications on their ports. */
export class Cluster {
  readonly origins: Origin[] = [];
  readonly warnings: Warning[] = [];
  #edge: Edge | undefined;
  #nodeHub: NodeHub | undefined;
  #hubUrl = "";

  /** Without `vars` there is no edge: a hub of this process, and clients that go to their servers themselves. */
  async open(size: number, vars?: Readonly<Record<string, string>>): Promise<void> {
    while (this.origins.length < size) this.origins.push(await startOrigin());
    if (vars === undefined) this.#nodeHub = await NodeHub.start();
    else {
      this.#edge = await startEdge({
        origins: this.origins.map(({ url }) => url),
        vars: { BALANCE: "round-robin", HEALTH: "off", MOORING_TOKEN: TOKEN, ...vars },
      });
    }
    this.#hubUrl = this.#nodeHub?.url ?? this.#edge?.url ?? "";
  }

  async close(): Promise<void> {
    await this.#edge?.stop();
    await this.#nodeHub?.stop();
    await Promise.all(this.origins.map((origin) => origin.stop()));
  }

  /** The hub of this process. */
  get nodeHub(): NodeHub {
    if (this.#nodeHub === undefined) throw new Error("Expected a hub of this process, got none.");
    return this.#nodeHub;
  }

  get hubUrl(): string {
    return this.#hubUrl;
  }

  adapter(options: Partial<AdapterOptions> = {}): ReturnType<typeof createAdapter> {
    const onWarning = (warning: Warning): void => void this.warnings.push(warning);
    return createAdapter({ url: this.#hubUrl, token: TOKEN, onWarning, ...options });
  }

  /** Servers that know each other, until the test is over. */
  async servers(options: Partial<ServerOptions> = {}): Promise<Server[]> {
    const servers = this.origins.map((origin) => this.server(origin, options));
    await know(servers, servers.length);
    return servers;
  }

  server(origin: Origin, options: Partial<ServerOptions> = {}): Server {
    const create = this.adapter();
    const adapters: Adapter[] = [];
    // No arrow function, since Socket.IO calls it by `new`.
    const adapter = function adapter(nsp: Namespace): Adapter {
      const created = create(nsp);
      adapters.push(created);
      return created;
    };
    onTestFinished(async () => {
      for (const created of adapters) await created.close();
    });
    return origin.serve({ adapter, ...options });
  }

  /** Servers that know each other, each with a client. */
  async members(options: Partial<ServerOptions> = {}): Promise<Member[]> {
    const servers = await this.servers(options);
    const members: Member[] = [];
    for (const io of servers) members.push(await this.#memberOf(io, servers));
    return members;
  }

  /** Three of them, as most tests want. */
  async three(options: Partial<ServerOptions> = {}): Promise<[Member, Member, Member]> {
    const [a, b, c] = await this.members(options);
    if (!a || !b || !c) throw new Error("Expected three members, got fewer.");
    return [a, b, c];
  }

  /** A client of any of the servers. */
  client(index: number, namespace = ""): Socket {
    const url = this.#edge?.url ?? this.origins[index]?.url ?? "";
    return createClient(url + namespace, WEBSOCKET);
  }

  // Through the edge, clients come to the servers in turn.
  async #memberOf(io: Server, servers: readonly Server[]): Promise<Member> {
    for (const _ of servers) {
      const client = this.client(servers.indexOf(io));
      await joined(client);
      const socket = io.of("/").sockets.get(client.id ?? "");
      if (socket !== undefined) return { io, socket, client };
      client.disconnect();
    }
    throw new Error("Expected a client of each server, got none of one.");
  }
}

/** Opens a cluster before the tests of the file (or block) and closes it after them. */
export function cluster(size = 3, vars: Readonly<Record<string, string>> = {}): Cluster {
  const opened = new Cluster();
  beforeAll(() => opened.open(size, direct ? undefined : vars));
  afterAll(() => opened.close());
  return opened;
}

/** As `cluster`, without an edge. */
export function edgelessCluster(size = 3): Cluster {
  const opened = new Cluster();
  beforeAll(() => opened.open(size));
  afterAll(() => opened.close());
  return opened;
}

/** Resolves when each of the servers counts so many. */
export async function know(servers: readonly Server[], count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const counts = servers.map((io) => io.of("/").adapter.serverCount());
      expect(await Promise.all(counts)).toEqual(servers.map(() => count));
    },
    { timeout: 10_000, interval: 5 },
  );
}

/** What each client is told, as arrays of arguments with the name first, from now until `io` has had its say in `act`. */
export async function toldBy(
  io: Server,
  clients: readonly Socket[],
  act: () => void,
): Promise<unknown[][][]> {
  const ends = clients.map((client) => until(client, "the end"));
  act();
  io.emit("the end");
  return Promise.all(ends);
}

/** What a client is told before that event. */
export function until(client: Socket, event: string): Promise<unknown[][]> {
  const told: unknown[][] = [];
  return new Promise((resolve) => {
    const listener = (...args: unknown[]): void => {
      if (args[0] !== event) told.push(args);
      else {
        client.offAny(listener);
        resolve(told);
      }
    };
    client.onAny(listener);
  });
}
