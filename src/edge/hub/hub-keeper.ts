import { DurableObject } from "cloudflare:workers";
import type { EmitAnswer, Publication } from "../../core/hub/emit-keys.ts";
import type { Settled } from "../../core/hub/hub.ts";
import { HubShard } from "../../core/hub/hub-shard.ts";
import { limitsOf } from "../../core/hub/limits.ts";
import { toBase64Url } from "../../wire/base64.ts";
import { decodeToHub } from "../../wire/hub/frame.ts";
import type { PoolOriginName } from "../../wire/hub/message.ts";
import { LINK_PING, LINK_PONG } from "../../wire/hub/message.ts";
import type { Uid } from "../../wire/hub/vector.ts";
import { parseUid } from "../../wire/hub/vector.ts";
import type { Hubs } from "../contracts.ts";
import { UID_HEADER } from "../contracts.ts";
import type { Env, Settings } from "../env.ts";
import { log } from "../log.ts";
import { announceClosing } from "./announce-closing.ts";
import { attach, attached, detach } from "./attachments.ts";
import { EmitDoor } from "./emit-door.ts";
import { LinkSockets } from "./link-sockets.ts";

/** One shard of the hub. What it has in memory it can do without: origins keep what not all have taken. */
export class HubKeeper extends DurableObject<Env> implements Hubs {
  readonly #hub: HubShard;
  readonly #sockets = new LinkSockets();
  readonly #door = new EmitDoor((body, now) => this.#hub.publish(body, now));
  #timer: ReturnType<typeof setTimeout> | undefined;
  #armedAt: number | undefined;
  /** Whether the sockets' attachments say what is so. */
  #isAttached = false;

  constructor(ctx: DurableObjectState, env: Env, settings: Settings) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(LINK_PING, LINK_PONG));
    const limits = limitsOf(settings.hubShards, settings.hubGraceMs);
    const port = {
      send: this.#sockets.send.bind(this.#sockets),
      close: (uid: Uid, code: number, reason: string) => this.#close(uid, code, reason),
      closing: (origin: PoolOriginName) => ctx.waitUntil(announceClosing(env, settings, origin)),
    };
    this.#hub = new HubShard(limits, port, newUid(), Date.now(), this.#wake());
  }

  /** Takes the upgrade to a link of the origin that entry names. */
  override fetch(request: Request): Response {
    const uid = parseUid(request.headers.get(UID_HEADER) ?? "");
    if (uid === undefined) throw new Error("Expected a request from entry, with a uid.");
    const { 0: client, 1: server } = new WebSocketPair();
    const now = Date.now();
    this.#stir();
    this.#hub.opened(uid, now);
    this.ctx.acceptWebSocket(server, [uid]);
    this.#sockets.attach(uid, server);
    log("hub-link-opened", { uid });
    this.#rest();
    return new Response(null, { status: 101, webSocket: client });
  }

  emit(list: readonly Publication[]): EmitAnswer {
    this.#stir();
    const answer = this.#door.emit(list);
    this.#rest();
    return answer;
  }

  override webSocketMessage(socket: WebSocket, data: ArrayBuffer | string): void {
    const uid = this.#sockets.uidOf(socket);
    if (uid === undefined) return;
    this.#stir();
    const now = Date.now();
    const read =
      typeof data === "string"
        ? { fault: "Expected a binary frame, got text." }
        : decodeToHub(new Uint8Array(data));
    if ("fault" in read) this.#hub.garbled(uid, read.fault, now);
    else for (const message of read) this.#hub.received(uid, message, now);
    this.#rest();
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#sockets.answerClose(socket, code);
    this.#closed(socket, code);
  }

  override webSocketError(socket: WebSocket): void {
    this.#closed(socket, 1006);
  }

  #closed(socket: WebSocket, code: number): void {
    const uid = this.#sockets.uidOf(socket);
    if (uid === undefined) return;
    this.#stir();
    this.#sockets.detach(socket);
    log("hub-link-closed", { uid, code });
    this.#hub.closed(uid, Date.now());
    this.#rest();
  }

  #close(uid: Uid, code: number, reason: string): void {
    log("hub-link-ended", { uid, code, reason });
    this.#sockets.close(uid, code, reason);
  }

  // Sockets that have outlasted the object's memory: either all of them are as they were written down, or none can be
  // told from one that lacks something.
  #wake(): readonly Settled[] {
    const sockets = this.ctx.getWebSockets();
    const settled = attached(sockets);
    if (settled === undefined) {
      for (const socket of sockets) socket.close(1012, "start over");
      return [];
    }
    settled.forEach(({ uid }, i) => {
      const socket = sockets[i];
      if (socket) this.#sockets.attach(uid, socket);
    });
    this.#isAttached = settled.length > 0;
    return settled;
  }

  #stir(): void {
    if (!this.#isAttached) return;
    this.#isAttached = false;
    detach(this.#sockets.all());
  }

  /** After anything has happened: sends what it has made, and sets the clock, without which the object may sleep. */
  #rest(): void {
    this.#sockets.flush();
    const at = this.#hub.nextDeadline();
    if (at === undefined) this.#writeDown();
    else if (at !== this.#armedAt) this.#arm(at);
  }

  #arm(at: number): void {
    clearTimeout(this.#timer ?? null);
    this.#armedAt = at;
    this.#timer = setTimeout(() => this.#timeUp(), Math.max(0, at - Date.now()));
  }

  #writeDown(): void {
    const settled = this.#isAttached ? undefined : this.#hub.settled();
    if (settled === undefined || settled.length === 0) return;
    this.#isAttached = true;
    attach(this.#sockets.all(), settled, crypto.randomUUID());
  }

  #timeUp(): void {
    this.#armedAt = undefined;
    this.#hub.timePassed(Date.now());
    this.#rest();
  }
}

function newUid(): Uid {
  const uid = parseUid(toBase64Url(crypto.getRandomValues(new Uint8Array(12))));
  if (uid === undefined) throw new Error("Expected twelve bytes to make a uid.");
  return uid;
}
