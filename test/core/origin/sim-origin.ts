import { createOrigin } from "../../../src/core/origin/origin-machine.ts";
import type { Origin, OriginPort, OriginSettings } from "../../../src/core/origin/origin.ts";
import type { SocketName } from "../../../src/core/origin/origin.ts";
import { isAddressed } from "../../../src/core/origin/past.ts";
import type { Content, NamedEvent, Place, SessionRecord } from "../../../src/wire/hub/content.ts";
import type { Uid } from "../../../src/wire/hub/vector.ts";
import type { SimHub } from "./sim-hub.ts";
import type { SimLink } from "./sim-link.ts";
import { dataOf, NSP } from "./sim-names.ts";
import { SimRecovery } from "./sim-recovery.ts";
import { SimSocket } from "./sim-socket.ts";
import type { Truth } from "./sim-truth.ts";
import type { Wire } from "./sim-wire.ts";

/** What is wrong on purpose, to show that the test sees it. */
export type Fault =
  | "none"
  | "delivers-below-floors"
  | "drops-forwards"
  | "keeps-ghosts"
  | "ignores-holes"
  | "forgets-tails";

export interface Surroundings {
  readonly hub: SimHub;
  readonly truth: Truth;
  readonly fault: Fault;
  now(): number;
  newPid(): string;
  /** The latest place of a session at any origin, whoever can be asked. */
  latestPlace(pid: string): Place | undefined;
  /** Whether a client is served by that wire. */
  isCurrent(wire: Wire, pid: string): boolean;
}

/** A process with a Socket.IO server: what adapter and server do around the machine. */
export class SimOrigin {
  readonly uid: Uid;
  readonly machine: Origin;
  readonly sockets = new Map<string, SimSocket>();
  readonly recovery: SimRecovery;
  /** Dials on their way to it. */
  readonly dials: (() => void)[] = [];
  isUp = false;
  holedAt = -Infinity;
  readonly keepMs: number;
  readonly #around: Surroundings;
  readonly #open = new Set<number>();
  #shards: readonly number[] = [0];
  /** When sockets were lost that are remembered, by sid. */
  readonly #lostAt = new Map<string, { readonly pid: string; readonly at: number }>();

  constructor(settings: OriginSettings, around: Surroundings) {
    this.uid = settings.uid;
    this.keepMs = settings.keepMs;
    this.#around = around;
    this.machine = createOrigin(settings, this.#port());
    this.recovery = new SimRecovery(this, around);
  }

  linkUp(): void {
    this.isUp = true;
    for (const shard of this.#shards) if (!this.#open.has(shard)) this.#openLink(shard);
  }

  /** `isTold`: whether the hub notices. */
  linkDown(isTold: boolean): void {
    this.isUp = false;
    this.recovery.linkLost();
    for (const shard of this.#open) {
      this.#around.hub.close(this.uid, shard, isTold);
      this.#open.delete(shard);
      this.machine.closed(shard, this.#around.now());
    }
  }

  /** The hub has ended a link, which comes back at once. */
  linkEnded(shard: number): void {
    this.#open.delete(shard);
    this.machine.closed(shard, this.#around.now());
  }

  get links(): SimLink[] {
    return [...this.#open].flatMap((shard) => this.#around.hub.link(this.uid, shard) ?? []);
  }

  hear(link: SimLink): void {
    for (const message of this.#around.hub.take(link)) {
      this.machine.received(link.shard, message, this.#around.now());
    }
  }

  endTurn(): void {
    this.recovery.decide();
    this.machine.turnEnded(this.#around.now());
  }

  timePassed(): void {
    const now = this.#around.now();
    this.machine.timePassed(now);
    for (const [sid, { pid, at }] of this.#lostAt) {
      if (this.machine.knows(NSP, pid, "", now) !== undefined) continue;
      this.#lostAt.delete(sid);
      if (now - at > this.keepMs) this.#excuse(sid);
    }
  }

  publish(content: Exclude<Content, { type: "notice" | "forward" | "server-event" }>): void {
    const now = this.#around.now();
    const name = this.machine.publish(content, now);
    const { truth } = this.#around;
    truth.add({ id: truth.nextId(), type: content.type, name, to: content.to, at: now });
    this.#apply(content, { name, data: "data" in content ? content.data : "" }, []);
  }

  emit(socket: SimSocket): void {
    const now = this.#around.now();
    const { truth } = this.#around;
    const id = truth.nextId();
    const data = JSON.stringify(["direct", id]);
    const name = this.machine.emitted(socket.name, data, now);
    truth.add({ id, type: "direct", name, to: socket.sid, at: now });
    socket.wire.send({ type: "event", event: { name, data } });
  }

  changeRoom(socket: SimSocket, room: string): void {
    const now = this.#around.now();
    const isJoined = !socket.rooms.has(room);
    if (isJoined) socket.rooms.add(room);
    else socket.rooms.delete(room);
    const session = this.#around.truth.sessions.get(socket.pid);
    if (session === undefined) return;
    session.version += 1;
    const { version } = session;
    socket.version = version;
    const isGhost = !this.#around.isCurrent(socket.wire, socket.pid);
    session.marks.push({ room, isJoined, version, isGhost, isBound: false });
    if (isJoined) this.machine.joined(socket.name, room, now);
    else this.machine.left(socket.name, room, now);
  }

  /** A new session. */
  serve(wire: Wire, place: Place): void {
    const pid = this.#around.newPid();
    const socket = new SimSocket(pid, wire, place, []);
    const now = this.#around.now();
    this.sockets.set(socket.sid, socket);
    this.machine.socketOpened(socket.name, pid, place, now);
    socket.rooms.add(socket.sid);
    for (const room of ["c0", "c1", ...(Number(pid) % 2 ? ["r0"] : [])]) {
      socket.rooms.add(room);
      this.machine.joined(socket.name, room, now);
    }
    wire.send({ type: "connect", pid });
    this.machine.turnEnded(now);
  }

  /** Its connection is found dead. */
  lose(socket: SimSocket): void {
    if (this.sockets.get(socket.sid) !== socket) return;
    this.sockets.delete(socket.sid);
    socket.wire.close();
    const at = this.#around.now();
    this.#lostAt.set(socket.sid, { pid: socket.pid, at });
    this.machine.socketLost(socket.name, socket.state, at);
  }

  #openLink(shard: number): void {
    this.#open.add(shard);
    this.#around.hub.open(this.uid, shard);
    this.machine.opened(shard, this.#around.now());
  }

  /** What it emitted to that socket, or to any, is forgotten, as it may be, and said so. */
  #excuse(sid: string | undefined): void {
    for (const event of this.#around.truth.events) {
      if (event.type !== "direct" || (sid !== undefined && event.to !== sid)) continue;
      if (event.name.stream.startsWith(this.uid)) event.isExcused = true;
    }
  }

  #apply(content: Content, event: NamedEvent, except: readonly string[]): void {
    if (!("to" in content)) return;
    for (const socket of this.sockets.values()) {
      if (!isAddressed(content.to, socket.rooms) || except.includes(socket.sid)) continue;
      if (content.type === "event") socket.wire.send({ type: "event", event });
      else if (content.type === "disconnect") this.#disconnect(socket);
      else for (const room of content.rooms) this.#command(socket, content.type, room);
    }
  }

  #command(socket: SimSocket, type: "join" | "leave", room: string): void {
    if (type === "join") {
      socket.rooms.add(room);
      this.machine.joined(socket.name, room, this.#around.now());
    } else if (socket.rooms.delete(room)) {
      this.machine.left(socket.name, room, this.#around.now());
    }
  }

  #disconnect(socket: SimSocket): void {
    this.sockets.delete(socket.sid);
    socket.wire.send({ type: "end", why: "disconnected" });
    this.machine.socketGone(socket.name);
  }

  #end({ sid }: SocketName): void {
    const socket = this.sockets.get(sid);
    this.recovery.end(sid);
    if (socket === undefined || this.#around.fault === "keeps-ghosts") return;
    this.sockets.delete(sid);
    socket.wire.send({ type: "end", why: "gone" });
  }

  #startOver(): void {
    this.#around.truth.counts.holes += 1;
    this.holedAt = this.#around.now();
    if (this.#around.fault === "ignores-holes") return;
    for (const socket of this.sockets.values()) {
      socket.wire.send({ type: "end", why: "lost" });
      this.lose(socket);
    }
  }

  #record({ sid }: SocketName, record: SessionRecord | undefined): void {
    const socket = this.sockets.get(sid);
    if (socket === undefined || record === undefined) {
      this.#around.truth.trouble(`a record of ${sid} that is not here, or can't be written`);
      return;
    }
    const { sessions } = this.#around.truth;
    if (!sessions.has(socket.pid)) {
      const born = {
        pid: socket.pid,
        bornWith: record.vector,
        marks: [],
        version: 0,
        isGuessed: false,
      };
      sessions.set(socket.pid, born);
    }
    this.recovery.record(socket, record);
  }

  #port(): OriginPort {
    const { hub, fault } = this.#around;
    return {
      send: (shard, message) => hub.send(this.uid, shard, message),
      listen: (shards) => {
        this.#shards = shards;
        for (const shard of this.#open) {
          if (shards.includes(shard)) continue;
          hub.close(this.uid, shard, true);
          this.#open.delete(shard);
        }
        if (this.isUp)
          for (const shard of shards) if (!this.#open.has(shard)) this.#openLink(shard);
      },
      deliver: (content, name, except) => {
        const data = content.type === "event" ? content.data : "";
        this.#apply(content, { name, data }, fault === "delivers-below-floors" ? [] : except);
      },
      deliverTo: ({ sid }, event) => {
        if (fault === "drops-forwards") return;
        this.sockets.get(sid)?.wire.send({ type: "event", event });
      },
      request: (shard, from, id, body) => this.recovery.asked(shard, from, id, body),
      response: (from, id, isLast, body) => this.recovery.answered(from, id, isLast, body),
      peers: (uids) => this.recovery.peers(uids),
      dataOf: ({ sid }) => {
        const socket = this.sockets.get(sid);
        return socket && dataOf(socket.pid, socket.version);
      },
      record: (name, record) => this.#record(name, record),
      end: (name) => this.#end(name),
      startOver: () => this.#startOver(),
      dropped: () => this.#excuse(undefined),
    };
  }
}
