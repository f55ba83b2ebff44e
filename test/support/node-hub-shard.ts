import type { WebSocket } from "ws";
import type { HubPort, HubSettings } from "../../src/core/hub/hub.ts";
import { HubShard } from "../../src/core/hub/hub-shard.ts";
import { newNodeKey, uidOf } from "../../src/origin/node-key.ts";
import { decodeToHub, encodeFromHub } from "../../src/wire/hub/frame.ts";
import type { FromHub } from "../../src/wire/hub/message.ts";
import { LINK_PING, LINK_PONG } from "../../src/wire/hub/message.ts";
import type { Uid } from "../../src/wire/hub/vector.ts";

/** One shard of a `NodeHub`. */
export class NodeHubShard {
  readonly #links = new Map<Uid, WebSocket>();
  readonly #hub: HubShard;
  readonly #ticks: NodeJS.Timeout;

  constructor(settings: HubSettings) {
    this.#hub = new HubShard(settings, this.#port(), uidOf(newNodeKey()), Date.now());
    this.#ticks = setInterval(() => this.#hub.timePassed(Date.now()), 50).unref();
  }

  get linked(): number {
    return this.#links.size;
  }

  accept(uid: Uid, socket: WebSocket): void {
    this.#hub.opened(uid, Date.now());
    this.#links.set(uid, socket);
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (!isBinary) {
        if (data.toString() === LINK_PING) socket.send(LINK_PONG);
        return;
      }
      if (this.#links.get(uid) === socket) this.#received(uid, data);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#links.get(uid) !== socket) return;
      this.#links.delete(uid);
      this.#hub.closed(uid, Date.now());
    });
  }

  stop(): void {
    clearInterval(this.#ticks);
    for (const socket of this.#links.values()) socket.terminate();
    this.#links.clear();
  }

  #received(uid: Uid, frame: Buffer): void {
    const messages = decodeToHub(frame);
    if ("fault" in messages) this.#hub.garbled(uid, messages.fault, Date.now());
    else for (const message of messages) this.#hub.received(uid, message, Date.now());
  }

  #port(): HubPort {
    return {
      send: (uid: Uid, message: FromHub) => {
        const bytes = encodeFromHub(message);
        this.#links.get(uid)?.send(bytes);
        return bytes.byteLength;
      },
      close: (uid, code, reason) => {
        this.#links.get(uid)?.close(code, reason);
        this.#links.delete(uid);
      },
      closing: () => {},
    };
  }
}
