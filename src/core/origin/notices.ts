import type { Place } from "../../wire/hub/content.ts";

/** Below zero when `one` is the earlier place, above when it is the later. */
export function comparePlaces(one: Place, other: Place): number {
  return one.birth - other.birth || one.moorings - other.moorings;
}

/**
 * At which place each session was restored last, as far as the past tells: who comes with an earlier one is a leftover. A
 * notice that the past has dropped is not missed: who has not seen it is refused by the past's beginning.
 */
export class Notices {
  readonly #places = new Map<string, { place: Place; position: number }>();

  add(sid: string, place: Place, position: number): void {
    const noticed = this.#places.get(sid);
    if (noticed === undefined || comparePlaces(place, noticed.place) > 0) {
      this.#places.set(sid, { place, position });
    }
  }

  /** Whether a session at that place has been restored since, or already. */
  isPast(sid: string, place: Place): boolean {
    const noticed = this.#places.get(sid);
    return noticed !== undefined && comparePlaces(place, noticed.place) <= 0;
  }

  /** Whether it has been restored at a later place. */
  isOutdone(sid: string, place: Place): boolean {
    const noticed = this.#places.get(sid);
    return noticed !== undefined && comparePlaces(place, noticed.place) < 0;
  }

  forget(sid: string, position: number): void {
    if (this.#places.get(sid)?.position === position) this.#places.delete(sid);
  }
}
