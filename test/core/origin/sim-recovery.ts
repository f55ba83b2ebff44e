import { comparePlaces } from "../../../src/core/origin/notices.ts";
import type { Known, Restoring } from "../../../src/core/origin/origin.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from "../../../src/wire/hub/content-codec.ts";
import type { Place, SessionRecord } from "../../../src/wire/hub/content.ts";
import type { Body } from "../../../src/wire/hub/message.ts";
import type { Uid } from "../../../src/wire/hub/vector.ts";
import { NSP, readData, sidOf } from "./sim-names.ts";
import type { SimOrigin, Surroundings } from "./sim-origin.ts";
import { SimSocket } from "./sim-socket.ts";
import type { Wire } from "./sim-wire.ts";

/** A client that has come back by itself, while the others are asked. */
interface Ask {
  readonly id: number;
  readonly wire: Wire;
  readonly place: Place;
  readonly pid: string;
  readonly offset: string;
  known: Known[];
  /** Whose answers are waited for; `undefined` before they are asked. */
  waiting: Set<Uid> | undefined;
}

/** A session between `restoring` and `restored`. */
interface Gap {
  readonly wire: Wire;
  readonly restoring: Restoring;
}

/** What the server of one origin does for sessions that come from elsewhere, or come back. */
export class SimRecovery {
  readonly gaps: Gap[] = [];
  readonly #origin: SimOrigin;
  readonly #around: Surroundings;
  #asks: Ask[] = [];
  #lastAsk = 0;
  #isReady = false;
  /** A record that waits until what its socket was restored with is written; `undefined` where none has to. */
  #held: { records: SessionRecord[] } | undefined;

  constructor(origin: SimOrigin, around: Surroundings) {
    this.#origin = origin;
    this.#around = around;
  }

  /** A client dials, with what it has of a former session. */
  dial(wire: Wire, place: Place, pid: string | undefined, offset: string): void {
    if (!wire.isOpen) return;
    if (pid === undefined) {
      this.#origin.serve(wire, place);
      return;
    }
    this.#lastAsk += 1;
    const ask = { id: this.#lastAsk, wire, place, pid, offset, known: [], waiting: undefined };
    this.#asks.push(ask);
    if (this.#isReady) this.#send(ask);
  }

  /** The edge dials, with a record that was written at `at`. */
  replay(wire: Wire, restoring: Restoring, at: number): void {
    const now = this.#around.now();
    const refusal =
      now - at > 2 * this.#origin.keepMs
        ? "expired"
        : this.#origin.machine.restoring(restoring, now);
    if (refusal !== undefined) wire.send({ type: "refused", why: refusal });
    else this.gaps.push({ wire, restoring });
  }

  /** The socket of a restoring is there; unless its connection has died between. */
  finishGap(): void {
    const gap = this.gaps.shift();
    if (gap === undefined) return;
    const { wire, restoring } = gap;
    const { session, place } = restoring;
    const socket = new SimSocket(session.pid, wire, place, session.rooms);
    const { pid, version } = readData(session.data);
    if (pid !== session.pid) this.#around.truth.trouble(`${session.pid} got the data of ${pid}`);
    socket.version = version;
    const { sockets } = this.#origin;
    const before = sockets.get(socket.sid);
    if (before !== undefined) this.#around.truth.trouble(`two sockets of ${socket.sid} here`);
    sockets.set(socket.sid, socket);
    const held = { records: [] };
    this.#held = held;
    const restored = this.#origin.machine.restored(socket.name, this.#around.now());
    this.#held = undefined;
    if (restored === undefined || restored.isDisconnected) {
      sockets.delete(socket.sid);
      wire.send({ type: "refused", why: restored === undefined ? "moved" : "disconnected" });
      return;
    }
    this.#begin(socket, restored.join, restored.leave);
    for (const event of restored.missed) wire.send({ type: "event", event });
    for (const record of held.records) this.record(socket, record);
    wire.send({ type: "connect", pid: session.pid });
  }

  #begin(socket: SimSocket, join: readonly string[], leave: readonly string[]): void {
    for (const room of join) socket.rooms.add(room);
    for (const room of leave) socket.rooms.delete(room);
    const { truth } = this.#around;
    truth.counts.restored += 1;
    for (const mark of truth.sessions.get(socket.pid)?.marks ?? []) {
      if (mark.version > socket.version) mark.isGhost = true;
    }
  }

  record(socket: SimSocket, record: SessionRecord): void {
    if (this.#held === undefined) {
      socket.wire.send({ type: "record", record, version: socket.version });
    } else this.#held.records.push(record);
  }

  /** Whatever waits to be restored by that name is over. */
  end(sid: string): void {
    for (let i = this.gaps.length - 1; i >= 0; i -= 1) {
      const gap = this.gaps[i];
      if (gap?.restoring.session.sid !== sid) continue;
      gap.wire.send({ type: "refused", why: "moved" });
      this.gaps.splice(i, 1);
    }
  }

  linkLost(): void {
    this.#isReady = false;
    for (const ask of this.#asks) {
      ask.waiting = undefined;
      ask.known = [];
    }
  }

  killed(): void {
    for (const { wire } of [...this.#asks, ...this.gaps]) wire.close();
  }

  peers(uids: ReadonlySet<Uid>): void {
    this.#isReady = this.#origin.isUp;
    for (const { waiting } of this.#asks) {
      for (const uid of waiting ?? []) if (!uids.has(uid)) waiting?.delete(uid);
    }
  }

  asked(shard: number, from: Uid, id: number, body: Body): void {
    const request = decodeRequest(body);
    if (request?.type !== "ask") throw new Error("Expected an ask, got something else.");
    const { nsp, pid, offset } = request;
    const known = this.#origin.machine.knows(nsp, pid, offset, this.#around.now());
    const response = encodeResponse(known ? { type: "known", ...known } : { type: "none" });
    this.#origin.machine.respond(shard, from, id, true, response);
  }

  answered(from: Uid, id: number, isLast: boolean, body: Body): void {
    const ask = this.#asks.find((one) => one.id === id);
    const response = decodeResponse(body);
    if (ask?.waiting?.has(from) !== true || response === undefined) return;
    if (response.type === "known") ask.known.push(response);
    if (isLast) ask.waiting.delete(from);
  }

  /** Asks that have not been sent are; those that are answered are decided. */
  decide(): void {
    if (this.#isReady) {
      for (const ask of this.#asks) if (ask.waiting === undefined) this.#send(ask);
    }
    for (const ask of this.#asks.filter(({ waiting }) => waiting?.size === 0)) {
      this.#asks = this.#asks.filter((one) => one !== ask);
      if (ask.wire.isOpen) this.#decide(ask);
    }
  }

  #send(ask: Ask): void {
    const { pid, offset } = ask;
    const body = encodeRequest({ type: "ask", nsp: NSP, pid, offset });
    ask.waiting = new Set(this.#origin.machine.request(ask.id, body));
  }

  #decide({ wire, place, pid, offset, known }: Ask): void {
    const own = this.#origin.machine.knows(NSP, pid, offset, this.#around.now());
    const [best] = [...known, ...(own ? [own] : [])]
      .filter(({ handover }) => handover !== undefined)
      .toSorted((one, other) => comparePlaces(other.place, one.place));
    const handover = best?.handover;
    if (best === undefined || handover === undefined) {
      this.#around.truth.counts.refused += 1;
      this.#origin.serve(wire, place);
      return;
    }
    const { session, vector, tail } = handover;
    const latest = this.#around.latestPlace(pid);
    const truth = this.#around.truth.sessions.get(pid);
    if (truth !== undefined && latest !== undefined && comparePlaces(latest, best.place) > 0) {
      truth.isGuessed = true;
    }
    if (session.pid !== pid || session.sid !== sidOf(pid)) {
      this.#around.truth.trouble(`${pid} was handed the session of ${session.pid}`);
    }
    const restoring = {
      nsp: NSP,
      session,
      place,
      seen: vector,
      vector,
      last: offset,
      tail: this.#around.fault === "forgets-tails" ? [] : tail,
    };
    const refusal = this.#origin.machine.restoring(restoring, this.#around.now());
    if (refusal === undefined) this.gaps.push({ wire, restoring });
    else {
      this.#around.truth.counts.refused += 1;
      this.#origin.serve(wire, place);
    }
  }
}
