import type { Content, Data, NamedEvent, Place, SessionState } from "../../wire/hub/content.ts";
import type { EventName, Stream } from "../../wire/hub/vector.ts";
import { directStream, publisherOf } from "../../wire/hub/vector.ts";
import { parseOffset } from "../../wire/recovery/offset.ts";
import { Floors } from "./floors.ts";
import { KnownSocket } from "./known-socket.ts";
import type { Known, OriginPort, OriginSettings, SocketName } from "./origin.ts";
import type { Past } from "./past.ts";
import { isAddressed } from "./past.ts";
import type { Publishers } from "./publishers.ts";
import { Records } from "./records.ts";
import { Sockets } from "./sockets.ts";

/**
 * What the hub has forgotten is older than its grace. Sockets that have been here for less than that have missed nothing of
 * it, and a process that has just started does not begin with a hole.
 */
const START_MS = 10_000;

/** The sockets of one origin: those that are here, and those that were lost and may come back. */
export class Sessions {
  readonly floors = new Floors();
  readonly records: Records;
  /** Of what is emitted here to single sockets. */
  readonly stream: Stream;
  readonly #settings: OriginSettings;
  readonly #past: Past;
  readonly #publishers: Publishers;
  readonly #sockets = new Sockets();
  /** Those that were lost, the first to go first. */
  readonly #lost = new Set<KnownSocket>();
  /** When the first of all came. */
  #firstAt = Infinity;
  /** The number of the last event that was emitted to a single socket. */
  #directs = 0;

  constructor(settings: OriginSettings, port: OriginPort, past: Past, publishers: Publishers) {
    this.#settings = settings;
    this.#past = past;
    this.#publishers = publishers;
    this.stream = directStream(settings.uid);
    this.records = new Records(settings, port, (socket, now) => this.vectorOf(socket, now));
  }

  get(name: SocketName): KnownSocket | undefined {
    return this.#sockets.get(name);
  }

  /** Whether sockets have been served for longer than a process takes to be linked to all. */
  areServed(now: number): boolean {
    return now - this.#firstAt > START_MS;
  }

  /** A socket is here from now on, and what was known by its name is forgotten. */
  add(socket: KnownSocket, now: number): void {
    this.#firstAt = Math.min(this.#firstAt, now);
    const older = this.#sockets.get(socket.name);
    if (older !== undefined) this.forget(older);
    this.#sockets.add(socket);
    this.floors.add(socket);
  }

  opened(name: SocketName, pid: string, place: Place, now: number): void {
    const rooms = [name.sid];
    const beginning = { pid, place, rooms, floors: new Map(), last: "", restoredWith: [] };
    const socket = new KnownSocket(name, beginning, this.#past.next, now);
    this.add(socket, now);
    this.records.change(socket);
  }

  joined(name: SocketName, room: string): void {
    const socket = this.#here(name);
    if (socket?.rooms.join(room, this.#past.next) === true) this.records.change(socket);
  }

  left(name: SocketName, room: string): void {
    const socket = this.#here(name);
    if (socket?.rooms.leave(room, this.#past.next) === true) this.records.change(socket);
  }

  touched(name: SocketName): void {
    const socket = this.#here(name);
    if (socket !== undefined) this.records.change(socket);
  }

  emitted(name: SocketName, data: Data, now: number): EventName {
    const socket = this.#sockets.get(name);
    if (socket !== undefined) this.records.beforeSingle(socket, now);
    this.#directs += 1;
    const inner = { stream: this.stream, n: this.#directs };
    this.#past.add(inner, { type: "direct", nsp: name.nsp, sid: name.sid, inner, data }, now);
    return inner;
  }

  /** Another origin had emitted this to a socket that is here now; that socket, if it lacks it. */
  forwarded(name: SocketName, event: NamedEvent, position: number, now: number): boolean {
    const socket = this.#here(name);
    if (socket === undefined) return false;
    const { stream, n } = event.name;
    if (publisherOf(stream) === this.#settings.uid || n <= (socket.floors.get(stream) ?? 0)) {
      socket.skip(position);
      return false;
    }
    this.records.beforeSingle(socket, now);
    socket.floors.set(stream, n);
    return true;
  }

  lost(name: SocketName, state: SessionState, now: number): void {
    const socket = this.#sockets.get(name);
    if (socket === undefined || socket.lost !== undefined) return;
    this.cut(socket, now);
    socket.lost = { state, at: now };
    this.#lost.add(socket);
    socket.settle(this.#past, now, this.#settings.keepMs);
  }

  /** As if it were lost, before it is ended for another connection of its client. */
  supersede(socket: KnownSocket, now: number): void {
    const state = this.records.stateOf(socket);
    if (state === undefined) this.forget(socket);
    else this.lost(socket.name, state, now);
  }

  /** It gets nothing more that counts. */
  cut(socket: KnownSocket, now: number): void {
    if (socket.cut !== undefined) return;
    socket.cut = { position: this.#past.next, vector: this.vectorOf(socket, now) };
    this.records.delete(socket);
    this.floors.delete(socket);
  }

  cutAll(now: number): void {
    for (const socket of this.#sockets.all()) this.cut(socket, now);
  }

  forget(socket: KnownSocket): void {
    this.#sockets.delete(socket);
    this.#lost.delete(socket);
    this.records.delete(socket);
    this.floors.delete(socket);
  }

  /** A `disconnectSockets` reaches the lost as well; those that are here are the caller's to end. */
  disconnectLost(name: EventName, content: Content & { type: "disconnect" }): void {
    for (const socket of this.#lost) {
      const { nsp } = socket.name;
      const seen = socket.cut?.vector.get(name.stream) ?? 0;
      if (nsp !== content.nsp || name.n <= seen) continue;
      if (isAddressed(content.to, socket.rooms.rooms)) this.forget(socket);
    }
  }

  /** The past has forgotten what was emitted to a socket. */
  forgotDirect({ nsp, sid }: SocketName, n: number): void {
    const socket = this.#sockets.get({ nsp, sid });
    if (socket !== undefined) socket.forgotten = n;
  }

  knows(nsp: string, pid: string, offset: string, now: number): Known | undefined {
    const socket = this.#sockets.byPid(nsp, pid);
    if (socket === undefined) return undefined;
    const { place } = socket;
    const tail = socket.sentAfter(offset, parseOffset(offset), this.#past);
    const session = tail && (socket.lost?.state ?? this.records.stateOf(socket));
    if (tail === undefined || session === undefined) return { place, handover: undefined };
    return { place, handover: { session, vector: this.vectorOf(socket, now), tail } };
  }

  /** How far a socket is in each stream. */
  vectorOf(socket: KnownSocket, now: number): Map<Stream, number> {
    if (socket.cut !== undefined) return new Map(socket.cut.vector);
    const vector: Map<Stream, number> = this.#publishers.vector(now);
    for (const [stream, n] of socket.floors) {
      // Of one that is gone nobody needs to know more.
      if (n <= (vector.get(stream) ?? 0)) continue;
      if (this.#publishers.isListed(publisherOf(stream), now)) vector.set(stream, n);
      else if (stream !== publisherOf(stream)) socket.floors.delete(stream);
    }
    vector.set(this.stream, this.#directs);
    return vector;
  }

  timePassed(now: number): void {
    const { keepMs } = this.#settings;
    for (const socket of this.#lost) {
      if (socket.lost === undefined || now - socket.lost.at <= keepMs) break;
      this.forget(socket);
    }
    for (const socket of this.records.refresh(now)) socket.settle(this.#past, now, keepMs);
  }

  #here(name: SocketName): KnownSocket | undefined {
    const socket = this.#sockets.get(name);
    return socket?.cut === undefined ? socket : undefined;
  }
}
