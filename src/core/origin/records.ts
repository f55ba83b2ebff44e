import type { Content, Data, SessionState } from "../../wire/hub/content.ts";
import type { StreamVector, Uid } from "../../wire/hub/vector.ts";
import { utf8Bytes } from "../../wire/packet.ts";
import type { KnownSocket } from "./known-socket.ts";
import type { OriginPort } from "./origin.ts";
import { isAddressed } from "./past.ts";

/** What a room's length costs in an encoded record. */
const LENGTH_BYTES = 4;

/** A record is written this many times at least in the time for which the past is kept for it. */
const RECORD_SPANS = 4;

/** So many records are written at once in any case. */
const MIN_REFRESHED = 100;

interface RecordSettings {
  readonly uid: Uid;
  readonly keepMs: number;
  readonly maxRecordBytes: number;
}

/**
 * When which socket's record goes to the edge: when something has changed, before the next event to that socket, or else
 * at the end of the turn; and when the last one gets old, since a vector must not fall behind everybody's past.
 */
export class Records {
  readonly #settings: RecordSettings;
  readonly #port: OriginPort;
  readonly #vectorOf: (socket: KnownSocket, now: number) => StreamVector;
  readonly #changed = new Set<KnownSocket>();
  /** The one whose record is the oldest first. */
  readonly #byAge = new Set<KnownSocket>();
  #refreshedAt = -Infinity;

  constructor(
    settings: RecordSettings,
    port: OriginPort,
    vectorOf: (socket: KnownSocket, now: number) => StreamVector,
  ) {
    this.#settings = settings;
    this.#port = port;
    this.#vectorOf = vectorOf;
  }

  change(socket: KnownSocket): void {
    if (socket.cut === undefined) this.#changed.add(socket);
  }

  delete(socket: KnownSocket): void {
    this.#changed.delete(socket);
    this.#byAge.delete(socket);
  }

  /** An event is about to be numbered: whoever gets it and has changed must have a record that is older than it. */
  beforeEvent(content: Content, now: number): void {
    if (this.#changed.size === 0) return;
    for (const socket of this.#changed) if (reaches(content, socket)) this.write(socket, now);
  }

  /** The same, for an event to this socket alone. */
  beforeSingle(socket: KnownSocket, now: number): void {
    if (this.#changed.has(socket)) this.write(socket, now);
  }

  writeChanged(now: number): void {
    for (const socket of this.#changed) this.write(socket, now);
  }

  /**
   * The sockets whose record is old, having been written again; some at a time, twice as fast as they get old: sockets that
   * came together would hold up everything together else.
   */
  refresh(now: number): KnownSocket[] {
    const span = this.#settings.keepMs / RECORD_SPANS;
    const share = Math.min(1, (2 * (now - this.#refreshedAt)) / span);
    const most = Math.max(MIN_REFRESHED, this.#byAge.size * share);
    this.#refreshedAt = now;
    const refreshed: KnownSocket[] = [];
    for (const socket of this.#byAge) {
      if (refreshed.length >= most || now - socket.recordedAt < span) break;
      refreshed.push(socket);
    }
    for (const socket of refreshed) this.write(socket, now);
    return refreshed;
  }

  write(socket: KnownSocket, now: number): void {
    this.delete(socket);
    if (socket.cut !== undefined) return;
    socket.recordedAt = now;
    this.#byAge.add(socket);
    const session = this.stateOf(socket);
    if (session === undefined || bytesOf(session) > this.#settings.maxRecordBytes) {
      if (!socket.isUnrecoverable) this.#port.record(socket.name, undefined);
      socket.isUnrecoverable = true;
      return;
    }
    socket.isUnrecoverable = false;
    this.#port.record(socket.name, {
      nsp: socket.name.nsp,
      session,
      place: socket.place,
      vector: this.#vectorOf(socket, now),
      at: now,
      by: this.#settings.uid,
    });
  }

  /** A socket as it is; `undefined` where the application's data can't be encoded. */
  stateOf(socket: KnownSocket): SessionState | undefined {
    const data = this.#port.dataOf(socket.name);
    if (data === undefined) return undefined;
    const { sid } = socket.name;
    return { sid, pid: socket.pid, rooms: [...socket.rooms.rooms], data };
  }
}

function reaches(content: Content, { name, rooms }: KnownSocket): boolean {
  if (content.nsp !== name.nsp) return false;
  if (content.type === "forward") return content.sid === name.sid;
  return content.type === "event" && content.isKept && isAddressed(content.to, rooms.rooms);
}

function bytesOf({ sid, pid, rooms, data }: SessionState): number {
  const texts = utf8Bytes(rooms.join("")) + sid.length + pid.length;
  return texts + rooms.length * LENGTH_BYTES + dataBytes(data);
}

function dataBytes(data: Data): number {
  return typeof data === "string" ? utf8Bytes(data) : data.byteLength;
}
