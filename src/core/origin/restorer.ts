import type { Content, Place } from "../../wire/hub/content.ts";
import { floorsOf } from "./floors.ts";
import { KnownSocket } from "./known-socket.ts";
import { missingFor, raiseFloors } from "./missing-events.ts";
import { comparePlaces, Notices } from "./notices.ts";
import type { OriginPort, OriginSettings, Refusal, Restored, Restoring } from "./origin.ts";
import type { SocketName } from "./origin.ts";
import type { Past } from "./past.ts";
import type { Publishers } from "./publishers.ts";
import type { Sessions } from "./sessions.ts";

/** What it needs of the machine. */
interface Parts {
  readonly past: Past;
  readonly publishers: Publishers;
  readonly sessions: Sessions;
  /** Publishes. */
  readonly tell: (content: Content, now: number) => void;
}

interface Pending {
  readonly restoring: Restoring;
  readonly at: number;
}

const DISCONNECTED: Restored = { join: [], leave: [], missed: [], isDisconnected: true };

/** Restores sessions, tells the others so, and obeys when they tell. */
export class Restorer {
  readonly notices = new Notices();
  readonly #settings: OriginSettings;
  readonly #port: OriginPort;
  readonly #past: Past;
  readonly #publishers: Publishers;
  readonly #sessions: Sessions;
  readonly #tell: (content: Content, now: number) => void;
  /** Sessions between `restoring` and `restored`, by sid. */
  readonly #pending = new Map<string, Pending>();

  constructor(settings: OriginSettings, port: OriginPort, parts: Parts) {
    this.#settings = settings;
    this.#port = port;
    this.#past = parts.past;
    this.#publishers = parts.publishers;
    this.#sessions = parts.sessions;
    this.#tell = parts.tell;
  }

  restoring(restoring: Restoring, now: number): Refusal | undefined {
    const name = { nsp: restoring.nsp, sid: restoring.session.sid };
    const pending = this.#pending.get(name.sid);
    const refusal =
      pending !== undefined && comparePlaces(pending.restoring.place, restoring.place) > 0
        ? "moved"
        : this.#refusalOf(restoring, name, now);
    if (refusal !== undefined) return refusal;
    this.#pending.delete(name.sid);
    this.#pending.set(name.sid, { restoring, at: now });
    const older = this.#sessions.get(name);
    const isHere = older !== undefined && older.lost === undefined;
    // It stays remembered until the restoring is done: that connection may end too, and the client come again.
    if (isHere) this.#sessions.supersede(older, now);
    if (isHere || pending !== undefined) this.#port.end(name);
    return undefined;
  }

  restored(name: SocketName, now: number): Restored | undefined {
    const restoring = this.#pending.get(name.sid)?.restoring;
    if (restoring?.nsp !== name.nsp) return undefined;
    this.#pending.delete(name.sid);
    // Much may have come between.
    const refusal = this.#refusalOf(restoring, name, now);
    if (refusal === "disconnected") return DISCONNECTED;
    if (refusal !== undefined) return undefined;
    const { place, seen, session, last, tail } = restoring;
    const missing = missingFor(restoring, this.#past);
    const missed = [...tail, ...missing.events];
    const floors = floorsOf(seen, this.#publishers, this.#settings.uid);
    raiseFloors(floors, missing.events);
    const beginning = { pid: session.pid, place, rooms: missing.rooms, floors, last };
    const older = this.#sessions.get(name);
    const socket = new KnownSocket(
      name,
      { ...beginning, restoredWith: missed },
      this.#past.next,
      now,
    );
    socket.forgotten = older?.forgotten ?? 0;
    this.#sessions.add(socket, now);
    this.#sessions.records.write(socket, now);
    this.#tell({ type: "notice", nsp: name.nsp, sid: name.sid, place, seen }, now);
    const had = new Set(session.rooms);
    return {
      join: [...missing.rooms].filter((room) => !had.has(room)),
      leave: session.rooms.filter((room) => !missing.rooms.has(room)),
      missed,
      isDisconnected: false,
    };
  }

  /** Another origin has restored a session: what is here by its name is over. */
  noticed(notice: Content & { type: "notice" }, now: number): void {
    const { nsp, sid, place } = notice;
    const pending = this.#pending.get(sid);
    const isPendingOver = pending !== undefined && isEarlier(pending.restoring.place, place);
    if (isPendingOver) this.#pending.delete(sid);
    const socket = this.#sessions.get({ nsp, sid });
    const isOver = socket !== undefined && isEarlier(socket.place, place);
    const isHere = isOver && socket.lost === undefined;
    if (isOver) this.#sessions.forget(socket);
    if (isHere || isPendingOver) this.#port.end({ nsp, sid });
    if (this.notices.isOutdone(sid, place) || (socket !== undefined && !isOver)) return;
    const { stream } = this.#sessions;
    if (socket !== undefined && socket.forgotten > (notice.seen.get(stream) ?? 0)) {
      this.#revoke(notice, now);
    } else this.#passOn(notice, now);
  }

  timePassed(now: number): void {
    for (const [sid, { at }] of this.#pending) {
      if (now - at <= this.#settings.keepMs) return;
      this.#pending.delete(sid);
    }
  }

  /**
   * Its client lacks something that was emitted to it alone and is forgotten here: it is not restored after all. To its
   * new place, a notice of a later one says so; the client comes back with a place that is later still, and begins anew.
   */
  #revoke({ nsp, sid, place, seen }: Content & { type: "notice" }, now: number): void {
    this.#port.dropped(1, 0);
    const never = { birth: place.birth, moorings: Number.MAX_SAFE_INTEGER };
    this.#tell({ type: "notice", nsp, sid, place: never, seen }, now);
  }

  /** Publishes what was emitted to that socket alone and its client has not seen. */
  #passOn({ nsp, sid, seen }: Content & { type: "notice" }, now: number): void {
    const after = seen.get(this.#sessions.stream) ?? 0;
    const unseen = [...this.#past.singles(nsp, sid)].filter(({ content: { type, inner } }) => {
      return type === "direct" && inner.n > after;
    });
    for (const { content } of unseen) {
      const { inner, data } = content;
      this.#tell({ type: "forward", nsp, sid, name: inner, data }, now);
    }
  }

  #refusalOf(restoring: Restoring, name: SocketName, now: number): Refusal | undefined {
    const { place, seen } = restoring;
    const known = this.#sessions.get(name);
    if (this.notices.isPast(name.sid, place)) return "moved";
    if (known !== undefined && isEarlier(place, known.place)) return "moved";
    if (!this.#publishers.reaches(seen, now)) return "young";
    const direct = seen.get(this.#sessions.stream) ?? 0;
    if (known !== undefined && known.forgotten > direct) return "young";
    return missingFor(restoring, this.#past).isDisconnected ? "disconnected" : undefined;
  }
}

function isEarlier(place: Place, than: Place): boolean {
  return comparePlaces(place, than) < 0;
}
