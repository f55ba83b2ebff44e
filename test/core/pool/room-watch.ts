import type { RoomReport } from "../../../src/core/pool/open-rooms.ts";
import type { OpenRoom } from "../../../src/core/pool/snapshot.ts";

const PROMISE_MS = 2000;

/** What callers were told of open rooms, and what is wrong with it: a promise holds for two seconds, or until it is used. */
export class RoomWatch {
  #promises: { object: string; room: number; endsAt: number }[] = [];
  /** Objects that were fresh when a caller asked, with the place of that caller. */
  readonly #planned = new Map<string, RoomReport>();

  /** An object has told of sessions, which were promised, the oldest promises first. */
  opened(object: string, count: number, now: number): void {
    let left = count;
    for (const promise of this.#promises) {
      if (promise.object !== object || promise.endsAt <= now) continue;
      const used = Math.min(left, promise.room);
      promise.room -= used;
      left -= used;
    }
  }

  /** `known`: what objects with a lease have said last. */
  *offered(
    rooms: readonly OpenRoom[],
    ask: { place: string; fresh: readonly OpenRoom[]; known: readonly RoomReport[] },
    now: number,
  ): Iterable<string> {
    const { place } = ask;
    for (const one of ask.fresh) this.#planned.set(one.object, { ...one, place });
    this.#promises = this.#promises.filter(({ endsAt }) => endsAt > now);
    for (const { object, room } of rooms) {
      this.#promises.push({ object, room, endsAt: now + PROMISE_MS });
      const own = this.#promises.filter((one) => one.object === object);
      const sum = own.reduce((total, one) => total + one.room, 0);
      const target = ask.known.find((one) => one.object === object) ?? this.#planned.get(object);
      if (room < 0 || (room > 0 && sum > (target?.room ?? 0))) yield `${sum} rooms were offered`;
      if (target?.place !== place) yield "a room elsewhere was offered";
    }
  }
}
