import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { HubSettings } from "../../src/core/hub/hub.ts";
import { uidOf } from "../../src/origin/node-key.ts";
import { NodeHubShard } from "./node-hub-shard.ts";
import { portOf } from "./origin.ts";

const MIB = 1024 * 1024;

const SETTINGS: HubSettings = {
  shards: 1,
  graceMs: 10_000,
  recentBytes: 16 * MIB,
  linkBytes: 4 * MIB,
};

/** A hub in this process: what the edge's object does with the same core, without the edge. Its shards don't sleep. */
export class NodeHub {
  /** Whether nobody gets a link for now. */
  isAway = false;
  readonly #http: Server;
  readonly #settings: HubSettings;
  readonly #connections = new Set<Socket>();
  #shards = new Map<number, NodeHubShard>();

  private constructor(http: Server, settings: HubSettings) {
    this.#http = http;
    this.#settings = settings;
    const sockets = new WebSocketServer({ noServer: true, maxPayload: 32 * MIB });
    http.on("connection", (connection: Socket) => {
      this.#connections.add(connection);
      connection.once("close", () => this.#connections.delete(connection));
    });
    http.on("upgrade", (request, connection, head) => {
      if (this.isAway) {
        connection.destroy();
        return;
      }
      sockets.handleUpgrade(request, connection, head, (socket) => this.#accept(request, socket));
    });
  }

  static async start(settings: Partial<HubSettings> = {}): Promise<NodeHub> {
    const http = createServer();
    const hub = new NodeHub(http, { ...SETTINGS, ...settings });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    return hub;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#http)}`;
  }

  /** How many links are open. */
  get linked(): number {
    return [...this.#shards.values()].reduce((sum, { linked }) => sum + linked, 0);
  }

  /** Cuts every link, as a network does. */
  cut(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  /** Forgets everything, as an object that is reset. */
  reset(): void {
    for (const shard of this.#shards.values()) shard.stop();
    this.#shards = new Map();
    this.cut();
  }

  async stop(): Promise<void> {
    const closed = once(this.#http, "close");
    this.#http.close();
    this.reset();
    await closed;
  }

  #accept(request: IncomingMessage, socket: WebSocket): void {
    const number = Number(new URL(request.url ?? "", "http://hub").searchParams.get("shard"));
    const shard = this.#shards.get(number) ?? new NodeHubShard(this.#settings);
    this.#shards.set(number, shard);
    shard.accept(uidOf(String(request.headers["mooring-key"])), socket);
  }
}
