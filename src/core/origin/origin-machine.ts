import type { Content, Data, Place, SessionState } from "../../wire/hub/content.ts";
import { decodeContent, encodeContent } from "../../wire/hub/content-codec.ts";
import type { Body, FromHub, PoolOriginName } from "../../wire/hub/message.ts";
import { MAX_BODY_BYTES } from "../../wire/hub/message.ts";
import type { EventName, Uid } from "../../wire/hub/vector.ts";
import { isDirect, publisherOf } from "../../wire/hub/vector.ts";
import type {
  Known,
  Origin,
  OriginPort,
  OriginSettings,
  Refusal,
  Restored,
  Restoring,
  SocketName,
} from "./origin.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import type { PastEntry } from "./past.ts";
import { keptOf, Past } from "./past.ts";
import { Publishers } from "./publishers.ts";
import { Restorer } from "./restorer.ts";
import { Sessions } from "./sessions.ts";
import { Shards } from "./shards.ts";

/**
 * A lost socket is remembered for one `keepMs`, and its client may not have got what was sent in that time before it was
 * found lost: so the past goes back for two.
 */
const PAST_SPANS = 2;

export function createOrigin(settings: OriginSettings, port: OriginPort): Origin {
  return new OriginMachine(settings, port);
}

class OriginMachine implements Origin {
  readonly uid: Uid;
  readonly #port: OriginPort;
  /** Whether anything is remembered for sessions. */
  readonly #isRecovering: boolean;
  readonly #publishers: Publishers;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #shards: Shards;
  readonly #past: Past;
  readonly #sessions: Sessions;
  readonly #restorer: Restorer;

  constructor(settings: OriginSettings, port: OriginPort) {
    const { uid, keepMs, pastBytes, outboxBytes } = settings;
    this.uid = uid;
    this.#port = port;
    this.#isRecovering = keepMs > 0;
    this.#publishers = new Publishers(uid, keepMs);
    this.#inbox = new Inbox(uid, this.#publishers, (now) => this.#startOver(now));
    this.#outbox = new Outbox(outboxBytes, (events, bytes) => port.dropped(events, bytes));
    this.#shards = new Shards(uid, this.#outbox, port);
    this.#past = new Past(PAST_SPANS * keepMs, pastBytes, (entry) => this.#forgot(entry));
    this.#sessions = new Sessions(settings, port, this.#past, this.#publishers);
    this.#restorer = new Restorer(settings, port, {
      past: this.#past,
      publishers: this.#publishers,
      sessions: this.#sessions,
      tell: (content, now) => this.#tell(content, now),
    });
  }

  opened(shard: number, now: number): void {
    this.#shards.opened(shard, this.#publishers.vector(now));
  }

  closed(shard: number): void {
    this.#shards.closed(shard);
  }

  received(shard: number, message: FromHub, now: number): void {
    if (message.type === "event") {
      this.#tookEvent(shard, message, now);
      return;
    }
    this.#shards.link(shard)?.heard();
    switch (message.type) {
      case "welcome":
        this.#welcomed(shard, message, now);
        return;
      case "request":
        this.#port.request(shard, message.uid, message.id, message.body);
        return;
      case "response":
        this.#port.response(message.uid, message.id, message.isLast, message.body);
        return;
      case "all-taken":
        if (this.#shards.isHome(shard) && this.#shards.allTaken(message.n)) this.#moved(now);
        return;
      case "joined":
        this.#joined(shard, message, now);
        return;
      case "left":
        this.#publishers.left(message.uid, shard, now);
        this.#shards.left(shard, message.uid);
    }
  }

  request(id: number, body: Body): readonly Uid[] {
    return this.#shards.request(id, body);
  }

  respond(shard: number, to: Uid, id: number, isLast: boolean, body: Body): void {
    this.#shards.respond(shard, { type: "respond", to, id, isLast, body });
  }

  closing(origin: PoolOriginName | undefined): void {
    this.#shards.closing(origin);
  }

  publish(content: Content, now: number): EventName {
    const body = encodeContent(content);
    if (body.byteLength > MAX_BODY_BYTES) {
      throw new RangeError(
        `Expected an event of at most ${MAX_BODY_BYTES} bytes, got ${body.byteLength}.`,
      );
    }
    return this.#publish(content, body, now);
  }

  emitted(socket: SocketName, data: Data, now: number): EventName {
    return this.#sessions.emitted(socket, data, now);
  }

  socketOpened(socket: SocketName, pid: string, place: Place, now: number): void {
    if (this.#isRecovering) this.#sessions.opened(socket, pid, place, now);
  }

  joined(socket: SocketName, room: string): void {
    this.#sessions.joined(socket, room);
  }

  left(socket: SocketName, room: string): void {
    this.#sessions.left(socket, room);
  }

  touched(socket: SocketName): void {
    this.#sessions.touched(socket);
  }

  socketLost(socket: SocketName, state: SessionState, now: number): void {
    this.#sessions.lost(socket, state, now);
  }

  socketGone(socket: SocketName): void {
    const known = this.#sessions.get(socket);
    if (known !== undefined) this.#sessions.forget(known);
  }

  knows(nsp: string, pid: string, offset: string, now: number): Known | undefined {
    return this.#sessions.knows(nsp, pid, offset, now);
  }

  restoring(session: Restoring, now: number): Refusal | undefined {
    return this.#restorer.restoring(session, now);
  }

  restored(socket: SocketName, now: number): Restored | undefined {
    return this.#restorer.restored(socket, now);
  }

  turnEnded(now: number): void {
    this.#sessions.records.writeChanged(now);
  }

  timePassed(now: number): void {
    this.#past.forget(now);
    this.#publishers.forget(now);
    this.#restorer.timePassed(now);
    this.#sessions.timePassed(now);
    this.#shards.tellAll();
  }

  #publish(content: Content, body: Body, now: number): EventName {
    if (this.#isRecovering) this.#sessions.records.beforeEvent(content, now);
    const publication = this.#outbox.add(body);
    const name = { stream: this.uid, n: publication.n };
    this.#publishers.published(publication.n);
    if (this.#isRecovering) {
      this.#remember(name, content, now);
      if (content.type === "disconnect") this.#sessions.disconnectLost(name, content);
    }
    this.#shards.publish(publication);
    return name;
  }

  /** Publishes what nobody waits for; an event near the platform's limit may be too large with a forward's header. */
  #tell(content: Content, now: number): void {
    const body = encodeContent(content);
    if (body.byteLength > MAX_BODY_BYTES) this.#port.dropped(1, body.byteLength);
    else this.#publish(content, body, now);
  }

  #welcomed(shard: number, message: FromHub & { type: "welcome" }, now: number): void {
    const isNew = this.#shards.isNew(shard) && !this.#sessions.areServed(now);
    const { bases, shards } = message;
    this.#inbox.begin({ shard, shards, bases, isNew }, now);
    this.#publishers.linkedAre(message.peers, shard, now);
    if (this.#shards.welcomed(shard, message)) this.#moved(now);
  }

  /**
   * The new shard has heard by the hello that nothing comes before this origin's events there. One event, which does nothing,
   * shows by its number what does, to those who may have missed it.
   */
  #moved(now: number): void {
    if (!this.#outbox.isEmpty || this.#outbox.last === 0) return;
    this.#tell({ type: "leave", nsp: "/", to: { rooms: [], except: [] }, rooms: [] }, now);
  }

  #joined(shard: number, { uid, base }: FromHub & { type: "joined" }, now: number): void {
    const { count } = this.#shards;
    this.#inbox.begin({ shard, shards: count, bases: new Map([[uid, base]]), isNew: false }, now);
    this.#publishers.linked(uid, shard, now);
    this.#shards.joined(shard, uid);
  }

  /** Some events will never come: their sockets must be served by somebody who has them. */
  #startOver(now: number): void {
    this.#sessions.cutAll(now);
    this.#port.startOver();
  }

  #tookEvent(shard: number, event: FromHub & { type: "event" }, now: number): void {
    const { uid, n, body } = event;
    if (this.#inbox.admits(uid, n, now)) {
      const content = decodeContent(body);
      if (content !== undefined && this.#isRecovering) {
        this.#sessions.records.beforeEvent(content, now);
      }
      this.#publishers.took(uid, n, now);
      if (content !== undefined) this.#deliver({ stream: uid, n }, uid, content, now);
    }
    // An event that was here already is told too: the hub may not know it.
    const last = this.#publishers.lastOf(uid);
    this.#shards.link(shard)?.took(uid, last, body.byteLength, now);
    this.#shards.tellIfDue(shard, now);
  }

  #deliver(name: EventName, uid: Uid, content: Content, now: number): void {
    const entry = this.#isRecovering ? this.#remember(name, content, now) : undefined;
    const above = this.#sessions.floors.above(uid, name.n);
    if (entry !== undefined) for (const socket of above) socket.skip(entry.position);
    switch (content.type) {
      case "notice":
        this.#restorer.noticed(content, now);
        return;
      case "forward": {
        const event = { name: content.name, data: content.data };
        const isLacking = this.#sessions.forwarded(content, event, entry?.position ?? 0, now);
        const { nsp, sid } = content;
        if (isLacking) this.#port.deliverTo({ nsp, sid }, event);
        return;
      }
      case "disconnect":
        this.#sessions.disconnectLost(name, content);
        break;
      case "event":
      case "join":
      case "leave":
      case "server-event":
    }
    this.#port.deliver(
      content,
      name,
      above.map((socket) => socket.name.sid),
    );
  }

  #remember(name: EventName, content: Content, now: number): PastEntry | undefined {
    const kept = keptOf(content);
    if (kept === undefined) return undefined;
    const entry = this.#past.add(name, kept, now);
    if (content.type === "notice") {
      this.#restorer.notices.add(content.sid, content.place, entry.position);
    }
    return entry;
  }

  #forgot({ name, position, content }: PastEntry): void {
    if (content.type === "notice") this.#restorer.notices.forget(content.sid, position);
    if (content.type === "direct") this.#sessions.forgotDirect(content, name.n);
    if (!isDirect(name.stream)) this.#publishers.forgot(publisherOf(name.stream), name.n);
  }
}
