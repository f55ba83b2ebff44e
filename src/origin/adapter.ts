import type { Namespace, Socket } from "socket.io";
import type { BroadcastOptions, Room, Session } from "socket.io-adapter";
import { Adapter } from "socket.io-adapter";
import type { SocketName } from "../core/origin/origin.ts";
import type { Data, NamedEvent } from "../wire/hub/content.ts";
import { encodeData } from "../wire/hub/data.ts";
import type { EventName } from "../wire/hub/vector.ts";
import { NO_NAME, formatOffset, looksLikeOffset } from "../wire/recovery/offset.ts";
import { addressOf, flagsOf, optionsOf } from "./addresses.ts";
import type { Answer } from "./answers.ts";
import { readArguments, readData, readEvent } from "./data.ts";
import type { HubClient } from "./hub-client.ts";
import type { Askable, Deliverable, NamespaceEnd } from "./namespace-end.ts";
import { askForAcks, askForSockets, askServers } from "./questions.ts";
import { answerEvent, answerServerEvent, answerSockets } from "./replies.ts";
import type { OutgoingPacket } from "./server-insides.ts";
import { emitServerEvent, EVENT, writeArguments } from "./server-insides.ts";
import { writeEvent } from "./socket-writes.ts";

/**
 * What a namespace's rooms are to Socket.IO. What is emitted here goes to the sockets here first, at once and in the
 * program's order, whatever the hub does; it goes on to the other servers by itself.
 */
export class HubAdapter extends Adapter implements NamespaceEnd {
  readonly #client: HubClient;
  readonly #nsp: Namespace;

  constructor(nsp: Namespace, client: HubClient) {
    super(nsp);
    this.#nsp = nsp;
    this.#client = client;
    client.attach(nsp.name, this);
    client.recovery.namespaceOpened(nsp);
  }

  override close(): void {
    this.#client.detach(this.#nsp.name, this);
  }

  override serverCount(): Promise<number> {
    return Promise.resolve(this.#client.serverCount);
  }

  override broadcast(packet: OutgoingPacket, options: BroadcastOptions): void {
    const name = options.flags?.local ? undefined : this.#publish(packet, options);
    if (packet.id === undefined) this.#nameArguments(packet.data, name);
    super.broadcast(packet, options);
  }

  override broadcastWithAck(
    packet: OutgoingPacket,
    options: BroadcastOptions,
    clientCounted: (count: number) => void,
    acked: (...args: unknown[]) => void,
  ): void {
    if (!options.flags?.local) {
      askForAcks(this.#client, this.#nsp.name, packet.data, options, clientCounted, acked);
    }
    super.broadcastWithAck(packet, options, clientCounted, acked);
  }

  override addSockets(options: BroadcastOptions, rooms: Room[]): void {
    if (!options.flags?.local) this.#command({ type: "join", rooms }, options);
    super.addSockets(options, rooms);
  }

  override delSockets(options: BroadcastOptions, rooms: Room[]): void {
    if (!options.flags?.local) this.#command({ type: "leave", rooms }, options);
    super.delSockets(options, rooms);
  }

  override disconnectSockets(options: BroadcastOptions, close: boolean): void {
    if (!options.flags?.local) this.#command({ type: "disconnect", close }, options);
    super.disconnectSockets(options, close);
  }

  override fetchSockets(options: BroadcastOptions): Promise<unknown[]> {
    const here = this.#matching(options);
    if (options.flags?.local) return Promise.resolve(here);
    return askForSockets(this.#client, this.#nsp.name, here, options);
  }

  override serverSideEmit(packet: unknown[]): void {
    const ack = packet.at(-1);
    const { name: nsp } = this.#nsp;
    if (typeof ack === "function") {
      askServers(this.#client, nsp, packet.slice(0, -1), (...args) => {
        Reflect.apply(ack, undefined, args);
      });
    } else this.#client.publish({ type: "server-event", nsp, data: encodeData(packet) });
  }

  override addAll(sid: string, rooms: Set<Room>): void {
    const { isRecovering, origin, recovery } = this.#client;
    if (!isRecovering || !this.#nsp.sockets.has(sid)) {
      void super.addAll(sid, rooms);
      return;
    }
    const before = new Set(this.sids.get(sid));
    void super.addAll(sid, rooms);
    if (recovery.connecting(this.#nsp, sid)) return;
    for (const room of rooms) {
      if (!before.has(room)) origin.joined(this.#socketName(sid), room, Date.now());
    }
    recovery.changed(this.#nsp, sid);
  }

  override del(sid: string, room: Room): void {
    const { isRecovering, origin, recovery } = this.#client;
    const isLeaving = isRecovering && this.#nsp.sockets.has(sid) && this.#isIn(sid, room);
    void super.del(sid, room);
    if (!isLeaving) return;
    origin.left(this.#socketName(sid), room, Date.now());
    recovery.changed(this.#nsp, sid);
  }

  override delAll(sid: string): void {
    super.delAll(sid);
    if (this.#client.isRecovering) this.#client.recovery.removed(this.#nsp, sid);
  }

  override persistSession(session: Omit<Session, "missedPackets">): void {
    this.#client.recovery.persistSession(this.#nsp, session);
  }

  override async restoreSession(pid: string, offset: string): Promise<Session> {
    const session = await this.#client.recovery.restoreSession(this.#nsp, pid, offset);
    // To Socket.IO that is the same as null, of which its types don't know.
    if (session === null) throw new Error("Expected a session to restore, got none.");
    return session;
  }

  deliver(content: Deliverable, name: EventName, except: readonly string[]): void {
    if (content.type === "server-event") {
      const args = readArguments(content.data);
      if (args !== undefined) emitServerEvent(this.#nsp, args);
    } else if (content.type === "event") this.#deliverEvent(content, name, except);
    else {
      const sockets = this.#matching(optionsOf(content.to, {}), except);
      for (const socket of sockets) obey(socket, content);
    }
  }

  deliverTo(sid: string, event: NamedEvent): void {
    const socket = this.#nsp.sockets.get(sid);
    if (socket !== undefined) writeEvent(socket, event, readData);
  }

  asked(request: Askable, answer: Answer): void {
    if (request.type === "fetch-sockets") {
      const sockets = this.#matching(optionsOf(request.to, {}));
      answerSockets(sockets, answer, this.#client.warnings);
      return;
    }
    const read = request.type === "event" ? readEvent : readArguments;
    const args = read(request.data);
    if (args === undefined) answer({ type: "none" }, true);
    else if (request.type === "server-event") {
      answerServerEvent(args, answer, this.#client.warnings, (all) =>
        emitServerEvent(this.#nsp, all),
      );
    } else {
      const packet = { type: EVENT, data: args };
      const options = optionsOf(request.to, request.flags);
      answerEvent(this.#nsp, packet, request.timeoutMs, answer, (counted, acked) =>
        super.broadcastWithAck(packet, options, counted, acked),
      );
    }
  }

  joinRooms(sid: string, rooms: readonly string[]): void {
    void super.addAll(sid, new Set(rooms));
  }

  leaveRoom(sid: string, room: string): void {
    void super.del(sid, room);
  }

  /** Sends an event on its way to the others; gives its name where that goes along with the event. */
  #publish(packet: OutgoingPacket, options: BroadcastOptions): EventName | undefined {
    // Only the socket here that is to answer can: its own `emit`, with recovery, comes as a broadcast to it.
    if (packet.id !== undefined) return undefined;
    const { isRecovering } = this.#client;
    const isKept = isRecovering && options.flags?.volatile !== true;
    const data = encodeData(packet.data);
    const sid = isRecovering ? this.#onlySocket(options) : undefined;
    if (sid !== undefined) return isKept ? this.#numberDirect(sid, data) : undefined;
    const { name: nsp } = this.#nsp;
    const name = this.#client.publish({
      type: "event",
      nsp,
      to: addressOf(options),
      flags: flagsOf(options),
      isKept,
      data,
    });
    return isKept ? name : undefined;
  }

  /** Names an event to one socket here, its record going before it where one is due. */
  #numberDirect(sid: string, data: Data): EventName | undefined {
    this.#client.recovery.changed(this.#nsp, sid);
    return this.#client.emitted(this.#socketName(sid), data);
  }

  /** The socket here that an emit goes to, where it goes to that one alone. */
  #onlySocket({ rooms, except }: BroadcastOptions): string | undefined {
    if (rooms.size !== 1 || (except !== undefined && except.size > 0)) return undefined;
    const [room] = rooms;
    const isOwn = room !== undefined && this.#nsp.sockets.has(room);
    return isOwn && this.rooms.get(room)?.size === 1 && this.#isIn(room, room) ? room : undefined;
  }

  #command(
    command:
      { type: "join" | "leave"; rooms: readonly string[] } | { type: "disconnect"; close: boolean },
    options: BroadcastOptions,
  ): void {
    this.#client.publish({ ...command, nsp: this.#nsp.name, to: addressOf(options) });
  }

  #deliverEvent(
    { to, flags, isKept, data }: Extract<Deliverable, { type: "event" }>,
    name: EventName,
    except: readonly string[],
  ): void {
    const options = optionsOf(to, flags);
    const isForSome = to.rooms.length === 0 || to.rooms.some((room) => this.rooms.has(room));
    const args = isForSome && this.sids.size > 0 ? readEvent(data) : undefined;
    if (args === undefined) return;
    this.#nameArguments(args, isKept ? name : undefined);
    if (except.length === 0) super.broadcast({ type: EVENT, data: args }, options);
    else for (const socket of this.#matching(options, except)) writeArguments(socket, args, flags);
  }

  // Clients take the last string of an event for its offset. What isn't kept has none, and says so where it would matter.
  #nameArguments(args: unknown[], name: EventName | undefined): void {
    if (!this.#client.isRecovering) return;
    const last = args.at(-1);
    if (name !== undefined) args.push(formatOffset(name));
    else if (typeof last === "string" && looksLikeOffset(last)) args.push(NO_NAME);
  }

  #matching({ rooms, except }: BroadcastOptions, sidsToo: readonly string[] = []): Socket[] {
    const hidden = new Set(sidsToo);
    for (const room of except ?? []) for (const sid of this.rooms.get(room) ?? []) hidden.add(sid);
    const inRooms = [...rooms].flatMap((room) => [...(this.rooms.get(room) ?? [])]);
    const sids = rooms.size > 0 ? new Set(inRooms) : this.sids.keys();
    const sockets = [...sids].map((sid) =>
      hidden.has(sid) ? undefined : this.#nsp.sockets.get(sid),
    );
    return sockets.filter((socket) => socket !== undefined);
  }

  #isIn(sid: string, room: string): boolean {
    return this.sids.get(sid)?.has(room) === true;
  }

  #socketName(sid: string): SocketName {
    return { nsp: this.#nsp.name, sid };
  }
}

function obey(
  socket: Socket,
  content: Extract<Deliverable, { type: "join" | "leave" | "disconnect" }>,
): void {
  switch (content.type) {
    case "join":
      void socket.join([...content.rooms]);
      break;
    case "leave":
      for (const room of content.rooms) void socket.leave(room);
      break;
    case "disconnect":
      socket.disconnect(content.close);
      break;
  }
}
