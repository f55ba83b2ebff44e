import type { Origin, OriginPort, OriginSettings, SocketName } from "../core/origin/origin.ts";
import type { Content, Data, Request, Response } from "../wire/hub/content.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from "../wire/hub/content-codec.ts";
import type { Body } from "../wire/hub/message.ts";
import { HUB_PROTOCOL, MAX_BODY_BYTES } from "../wire/hub/message.ts";
import type { EventName, Uid } from "../wire/hub/vector.ts";
import { Answers } from "./answers.ts";
import { isolated } from "./isolated.ts";
import { Links } from "./links.ts";
import type { NamespaceEnd } from "./namespace-end.ts";
import { newNodeKey, uidOf } from "./node-key.ts";
import type { Settings } from "./options.ts";
import { Presence } from "./presence.ts";
import type { RecoveryHooks } from "./recovery-hooks.ts";
import type { Asker } from "./requests.ts";
import { Requests } from "./requests.ts";
import { canPass, refuseLarge } from "./sizes.ts";
import { Warnings } from "./warnings.ts";

/** At least so often the origin machine is told the time. */
const TICK_MS = 1000;

/** Whoever asks without saying for how long waits for less. */
const ANSWERABLE_MS = 60_000;

export interface ClientParts {
  readonly createOrigin: (settings: OriginSettings, port: OriginPort) => Origin;
  readonly createRecovery: (client: HubClient) => RecoveryHooks;
}

/** One Socket.IO server as a member of the hub. Its namespaces share one link to each shard. */
export class HubClient {
  readonly origin: Origin;
  readonly recovery: RecoveryHooks;
  readonly isRecovering: boolean;
  readonly warnings: Warnings;
  readonly #settings: Settings;
  readonly #links: Links;
  readonly #namespaces = new Map<string, NamespaceEnd>();
  readonly #requests = new Requests();
  readonly #answers = new Answers();
  readonly #presence = new Presence();
  #lastId = 0;
  #ticks: NodeJS.Timeout | undefined;

  /** `keepMs`: the server's `maxDisconnectionDuration`, 0 where it recovers no sessions. */
  constructor(settings: Settings, keepMs: number, parts: ClientParts) {
    const key = newNodeKey();
    const { outboxBytes, pastBytes, maxRecordBytes } = settings;
    this.#settings = settings;
    this.warnings = new Warnings(settings.onWarning);
    this.isRecovering = keepMs > 0;
    this.#links = this.#newLinks(key);
    this.origin = parts.createOrigin(
      { uid: uidOf(key), keepMs, pastBytes, outboxBytes, maxRecordBytes },
      this.#port(),
    );
    this.recovery = parts.createRecovery(this);
  }

  /** How many servers there are, this one included. */
  get serverCount(): number {
    return 1 + this.#presence.peers.size;
  }

  /** Whether another server may be just coming back to the hub, or this one has just come. */
  get isAwaiting(): boolean {
    return this.#presence.isAwaiting(performance.now());
  }

  namespace(name: string): NamespaceEnd | undefined {
    return this.#namespaces.get(name);
  }

  /** From now on what concerns the namespace goes there. */
  attach(name: string, end: NamespaceEnd): void {
    this.#namespaces.set(name, end);
    if (this.#ticks !== undefined) return;
    this.#ticks = setInterval(() => this.#tick(), TICK_MS).unref();
    this.#links.keep([0]);
  }

  /** The namespace is no more; with the last of them go the links. */
  detach(name: string, end: NamespaceEnd): void {
    if (this.#namespaces.get(name) !== end) return;
    this.#namespaces.delete(name);
    this.#answers.close(name);
    if (this.#namespaces.size > 0) return;
    clearInterval(this.#ticks);
    this.#ticks = undefined;
    for (const shard of this.#links.close()) this.origin.closed(shard, Date.now());
  }

  /** Publishes an event to all other servers. Throws a RangeError, and does nothing, when it is too large for the hub. */
  publish(content: Content): EventName {
    refuseLarge(content);
    return this.origin.publish(content, Date.now());
  }

  /** Numbers an event to one socket that is here, and remembers it; not one too large to be handed over. */
  emitted(socket: SocketName, data: Data): EventName | undefined {
    if (canPass({ nsp: socket.nsp, data })) return this.origin.emitted(socket, data, Date.now());
    this.warnings.warn("too-large", "An event to one socket was too large to be remembered.");
    return undefined;
  }

  /** Asks all other servers; throws as `publish` does. */
  ask(request: Request, timeoutMs: number, asker: Asker): void {
    refuseLarge(request);
    const id = ++this.#lastId;
    const peers = this.origin.request(id, encodeRequest(request));
    this.#requests.begin(id, peers, timeoutMs, asker);
  }

  /** As `ask`, but waits for the hub where its links are just coming, and gives what has come when the time is over. */
  async answersTo(request: Request, timeoutMs: number): Promise<readonly Response[]> {
    const until = performance.now() + timeoutMs;
    await this.#links.welcomed(timeoutMs);
    return new Promise((resolve) => {
      const responses: Response[] = [];
      this.ask(request, until - performance.now(), {
        answered: (_, response) => void responses.push(response),
        ended: () => resolve(responses),
      });
    });
  }

  /** Says that the server is about to close, to the hub and to the edge; once. */
  announceClosing(): void {
    this.origin.closing(this.recovery.shutdown());
  }

  #newLinks(key: string): Links {
    const { url, token } = this.#settings;
    const headers = {
      authorization: `Bearer ${token}`,
      "mooring-protocol": String(HUB_PROTOCOL),
      "mooring-key": key,
    };
    const addressOf = (shard: number) => ({ url: `${url.href}?shard=${shard}`, headers });
    return new Links(addressOf, {
      opened: (shard) => this.origin.opened(shard, Date.now()),
      received: (shard, message) => {
        if (message.type === "welcome") this.#presence.welcomed(performance.now());
        this.origin.received(shard, message, Date.now());
      },
      closed: (shard) => this.origin.closed(shard, Date.now()),
      troubled: ({ code, message }) => this.warnings.warn(code, message),
    });
  }

  #port(): OriginPort {
    return {
      send: (shard, message) => this.#links.send(shard, message),
      listen: (shards) => this.#links.keep(shards),
      peers: (uids) => {
        this.#presence.changed(uids, performance.now());
        isolated(() => this.#requests.keepOnly(uids));
      },
      deliver: (content, name, except) => {
        if (content.type === "notice" || content.type === "forward") return;
        isolated(() => this.#namespaces.get(content.nsp)?.deliver(content, name, except));
      },
      deliverTo: ({ nsp, sid }, event) =>
        isolated(() => this.#namespaces.get(nsp)?.deliverTo(sid, event)),
      request: (shard, from, id, body) => isolated(() => this.#asked(shard, from, id, body)),
      response: (from, id, isLast, body) => {
        const response = decodeResponse(body) ?? ({ type: "none" } as const);
        isolated(() => this.#requests.answered(from, id, isLast, response));
      },
      dataOf: (socket) => this.recovery.dataOf(socket),
      record: (socket, record) => isolated(() => this.recovery.record(socket, record)),
      end: (socket) => isolated(() => this.recovery.end(socket)),
      startOver: () => this.#startOver(),
      dropped: (events, bytes) => this.#dropped(events, bytes),
    };
  }

  #asked(shard: number, from: Uid, id: number, body: Body): void {
    const respond = (response: Response, isLast: boolean): void =>
      this.origin.respond(shard, from, id, isLast, this.#bodyOf(response));
    const request = decodeRequest(body);
    if (request?.type === "ask") {
      const known = this.origin.knows(request.nsp, request.pid, request.offset, Date.now());
      respond(known ? { type: "known", ...known } : { type: "none" }, true);
      return;
    }
    const end = request && this.#namespaces.get(request.nsp);
    if (request === undefined || end === undefined) {
      respond({ type: "none" }, true);
      return;
    }
    const waitMs = request.type === "event" ? request.timeoutMs : ANSWERABLE_MS;
    end.asked(request, this.#answers.begin(request.nsp, respond, Date.now() + waitMs));
  }

  #bodyOf(response: Response): Body {
    const body = encodeResponse(response);
    if (body.byteLength <= MAX_BODY_BYTES) return body;
    this.warnings.warn(
      "too-large",
      `An answer of ${body.byteLength} bytes is too large for the hub.`,
    );
    return encodeResponse({ type: "none" });
  }

  #tick(): void {
    const now = Date.now();
    this.#answers.timePassed(now);
    this.origin.timePassed(now);
  }

  #startOver(): void {
    this.warnings.warn("events-missed", "Events of other servers have been missed for good.");
    isolated(() => this.recovery.startOver());
  }

  #dropped(events: number, bytes: number): void {
    this.warnings.warn(
      "events-dropped",
      `${events} events (${bytes} bytes) can't be sent again: more than outboxBytes wait for the hub, or for servers that have not taken them.`,
    );
  }
}
