import type { Namespace, Socket } from "socket.io";
import type { Session } from "socket.io-adapter";
import type { SocketName } from "../core/origin/origin.ts";
import type { Data, NamedEvent, SessionRecord } from "../wire/hub/content.ts";
import type { PoolOriginName } from "../wire/hub/message.ts";
import type { RefusalReason } from "../wire/recovery/note.ts";
import { isReplay, parseReplay } from "../wire/recovery/replay.ts";
import { EdgeConnections } from "./edge-connections.ts";
import { isolated } from "./isolated.ts";
import { Records } from "./records.ts";
import type { RecoveryHooks, RecoveryHost } from "./recovery-hooks.ts";
import { replayed } from "./replays.ts";
import { Restores } from "./restore.ts";
import { found, mayReturn } from "./returns.ts";
import type { Connection } from "./socket-insides.ts";
import {
  Arrivals,
  endAsLost,
  keepMsOf,
  namespaceOf,
  namespacesOf,
  pidOf,
} from "./socket-insides.ts";
import { writeEvent } from "./socket-writes.ts";
import { nameOf, Turns } from "./turns.ts";

/** Connection state recovery of one Socket.IO server: between its sockets, the edge and the origin machine. */
export class Recovery implements RecoveryHooks {
  readonly #host: RecoveryHost;
  readonly #arrivals = new Arrivals();
  readonly #edge: EdgeConnections;
  readonly #records: Records;
  readonly #restores: Restores;
  readonly #turns: Turns;
  /** Sockets that the machine knows; those that it has been told have been lost aren't among them. */
  readonly #known = new Set<Socket>();

  constructor(host: RecoveryHost) {
    this.#host = host;
    this.#edge = new EdgeConnections(host.token, (connection) => {
      // Now, not when the connection ends: the edge has its answer to the close before, and goes on elsewhere.
      for (const socket of this.#turns.on(connection)) endAsLost(socket);
    });
    this.#records = new Records(host, this.#edge);
    this.#turns = new Turns(host.origin, (socket) => this.#encode(socket.data));
    this.#restores = new Restores(host, (nsp, connection) => this.#leave(nsp, connection));
  }

  namespaceOpened(nsp: Namespace): void {
    this.#arrivals.watch(nsp, (connection) => this.#edge.arrived(connection));
  }

  async restoreSession(nsp: Namespace, pid: string, offset: string): Promise<Session | null> {
    const { connection } = this.#arrivals;
    if (!this.#host.isOn || connection === undefined) return null;
    return isReplay(offset)
      ? this.#restoreReplayed(connection, nsp, pid, offset)
      : this.#restoreReturned(connection, nsp, pid, offset);
  }

  persistSession(nsp: Namespace, { sid, pid, rooms, data }: Omit<Session, "missedPackets">): void {
    const socket = nsp.sockets.get(sid);
    if (socket === undefined || !this.#forget(socket)) return;
    const name = { nsp: nsp.name, sid };
    const encoded = this.#encode(data);
    if (encoded === undefined) this.#host.origin.socketGone(name);
    else this.#host.origin.socketLost(name, { sid, pid, rooms, data: encoded }, Date.now());
  }

  connecting(nsp: Namespace, sid: string): boolean {
    if (!this.#host.isOn) return true;
    const socket = nsp.sockets.get(sid);
    if (socket === undefined || this.#known.has(socket)) return false;
    this.#known.add(socket);
    const rooms = this.#restores.taken(nsp, sid, socket.conn);
    if (rooms) this.#resume(socket, rooms);
    else this.#open(socket);
    // A record is for our edge alone; other clients' data are asked for when they are needed.
    if (this.#edge.dialOf(socket.conn)) this.#turns.watch(socket);
    // What its handlers do with it is in its first record.
    this.#turns.hear(socket);
    return true;
  }

  removed(nsp: Namespace, sid: string): void {
    const socket = nsp.sockets.get(sid);
    if (socket === undefined) this.#restores.isGone(nsp, sid);
    else if (this.#forget(socket)) this.#host.origin.socketGone({ nsp: nsp.name, sid });
  }

  changed(nsp: Namespace, sid: string): void {
    const socket = nsp.sockets.get(sid);
    if (socket === undefined || !this.#known.has(socket)) return;
    this.#turns.look(socket);
    this.#turns.soon();
  }

  shutdown(): PoolOriginName | undefined {
    this.#edge.tellAll({ type: "closing" });
    return this.#edge.origin;
  }

  hurry(): void {
    this.#edge.tellAll({ type: "leave" });
  }

  async emptied(): Promise<void> {
    // Without recovery no session can go on elsewhere: those that are here stay until the server closes.
    if (this.#host.isOn) await this.#edge.emptied();
  }

  dataOf(name: SocketName): Data | undefined {
    const socket = this.#find(name);
    return socket && this.#encode(socket.data);
  }

  record(name: SocketName, record: SessionRecord | undefined): void {
    const socket = this.#find(name);
    if (socket) this.#records.write(socket, record);
  }

  end(name: SocketName): void {
    const nsp = namespaceOf(this.#host.server, name.nsp);
    if (nsp === undefined) return;
    this.#restores.oust(nsp, name.sid);
    const socket = nsp.sockets.get(name.sid);
    if (socket === undefined) return;
    // The machine knows already; and what an ended socket leaves behind must not undo what has come of it elsewhere.
    this.#forget(socket);
    this.#edge.tell(socket.conn, { type: "gone", nsp: name.nsp });
    endAsLost(socket);
    socket.conn.close();
  }

  startOver(): void {
    if (!this.#host.isOn) return;
    for (const nsp of namespacesOf(this.#host.server)) {
      for (const socket of nsp.sockets.values()) endAsLost(socket);
    }
    this.#edge.loseAll();
  }

  async #restoreReplayed(
    connection: Connection,
    nsp: Namespace,
    pid: string,
    offset: string,
  ): Promise<Session | null> {
    const dial = this.#edge.dialOf(connection);
    const replay = parseReplay(offset);
    if (replay === undefined) return null;
    // The dial's id is known to our edge alone: without it, this is a client that plays the edge.
    if (replay.dial !== dial?.id) {
      const message = "A client sent a record that its connection has no right to.";
      this.#host.warn("foreign-replay", message);
      return null;
    }
    const asked = { nsp: nsp.name, pid };
    const keepMs = keepMsOf(this.#host.server);
    const restoring = replayed(replay, dial, asked, this.#records.seal, keepMs);
    const session =
      typeof restoring === "string"
        ? restoring
        : await this.#restores.begin(connection, nsp, restoring);
    return typeof session === "string" ? this.#refuse(connection, nsp, session) : session;
  }

  async #restoreReturned(
    connection: Connection,
    nsp: Namespace,
    pid: string,
    offset: string,
  ): Promise<Session | null> {
    const back = { nsp: nsp.name, pid, offset };
    if (!mayReturn(back)) return null;
    const known = await found(this.#host, back);
    if (connection.readyState !== "open") return never();
    if (known === undefined) return null;
    const place = this.#edge.placeOf(connection, known.place);
    const session = await this.#restores.begin(connection, nsp, { ...known.restoring, place });
    return typeof session === "string" ? null : session;
  }

  // An answer of any kind, an error too, would make a new session whose handlers run; the edge goes on to another origin.
  #refuse(connection: Connection, nsp: Namespace, why: RefusalReason): Promise<never> {
    this.#edge.tell(connection, { type: "refused", nsp: nsp.name, why });
    connection.close();
    return never();
  }

  #open(socket: Socket): void {
    const { origin } = this.#host;
    const now = Date.now();
    origin.socketOpened(nameOf(socket), pidOf(socket), this.#edge.placeOf(socket.conn), now);
    // Middlewares may have had it join some.
    for (const room of socket.rooms) {
      if (room !== socket.id) origin.joined(nameOf(socket), room, now);
    }
  }

  #resume(socket: Socket, rooms: readonly string[]): void {
    const { origin } = this.#host;
    const name = nameOf(socket);
    const before = new Set(socket.rooms);
    const now = Date.now();
    this.#records.behind(
      socket,
      () => origin.restored(name, now),
      (restored) => {
        if (restored === undefined) this.#endSoon(() => this.end(name));
        else if (restored.isDisconnected) this.#endSoon(() => socket.disconnect());
        if (restored === undefined) return;
        this.#host.join(socket.nsp, socket.id, restored.join);
        for (const room of restored.leave) this.#host.leave(socket.nsp, socket.id, room);
        for (const event of restored.missed) this.#write(socket, event);
      },
    );
    // What middlewares have done meanwhile comes after all that.
    for (const room of before) {
      if (room !== socket.id && !rooms.includes(room)) origin.joined(name, room, now);
    }
    for (const room of rooms) if (!before.has(room)) origin.left(name, room, now);
  }

  // It has been taken back in the middle of its return. Its handlers run as soon as this returns, and nothing but a throw
  // would keep them from it; so it ends right after them, as any socket may.
  #endSoon(end: () => void): void {
    process.nextTick(end);
  }

  #write(socket: Socket, event: NamedEvent): void {
    isolated(() => writeEvent(socket, event, (data) => this.#decode(data)));
  }

  #leave(nsp: Namespace, connection: Connection): void {
    this.#edge.tell(connection, { type: "gone", nsp: nsp.name });
    connection.close();
  }

  #forget(socket: Socket): boolean {
    this.#turns.forget(socket);
    return this.#known.delete(socket);
  }

  #find({ nsp, sid }: SocketName): Socket | undefined {
    return namespaceOf(this.#host.server, nsp)?.sockets.get(sid);
  }

  #decode(data: Data): unknown {
    try {
      return this.#host.decode(data);
    } catch (error) {
      this.#host.warn("unreadable-event", `An event is none that can be read: ${String(error)}`);
      return undefined;
    }
  }

  #encode(data: unknown): Data | undefined {
    try {
      return this.#host.encode(data);
    } catch {
      return undefined;
    }
  }
}

// Socket.IO waits for it, and lets go of the connection when that ends.
function never(): Promise<never> {
  return new Promise(() => {});
}
