import type { FromHub } from "../../wire/hub/message.ts";
import type { Uid, Vector } from "../../wire/hub/vector.ts";
import type { HubLink } from "./link.ts";

/** A link that has ended, for as long as it may come back. */
interface Away {
  readonly taken: Vector;
  readonly endedAt: number;
}

/** Every origin that is linked, or was lately. */
export class Links {
  readonly #graceMs: number;
  readonly #live = new Map<Uid, HubLink>();
  readonly #away = new Map<Uid, Away>();

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  get(uid: Uid): HubLink | undefined {
    return this.#live.get(uid);
  }

  uids(): Iterable<Uid> {
    return this.#live.keys();
  }

  live(): Iterable<HubLink> {
    return this.#live.values();
  }

  get areAllHere(): boolean {
    return this.#away.size === 0;
  }

  knows(uid: Uid): boolean {
    return this.#live.has(uid) || this.#away.has(uid);
  }

  add(link: HubLink): void {
    this.#away.delete(link.uid);
    this.#live.set(link.uid, link);
  }

  /** Whether there was one. */
  end(uid: Uid, now: number): boolean {
    const link = this.#live.get(uid);
    if (link === undefined) return false;
    this.#live.delete(uid);
    this.#away.set(uid, { taken: link.taken, endedAt: now });
    this.tellOthers(uid, { type: "left", uid });
    return true;
  }

  tellOthers(uid: Uid, message: FromHub): void {
    for (const link of this.#live.values()) if (link.uid !== uid) link.tell(message);
  }

  feed(): void {
    for (const link of this.#live.values()) link.feed();
  }

  /** Nobody gets that publisher's events up to `base` any more: who lacks some is told so, and goes on from there. */
  begin(uid: Uid, base: number): void {
    for (const link of this.#live.values()) if (link.uid !== uid) link.reaches(uid, base);
  }

  /** How far all are in that publisher's events, those included that may come back. */
  takenByAll(uid: Uid, last: number): number {
    let n = last;
    for (const link of this.#live.values()) {
      if (link.uid !== uid) n = Math.min(n, link.takenOf(uid));
    }
    for (const [other, { taken }] of this.#away) {
      if (other !== uid) n = Math.min(n, taken.get(uid) ?? 0);
    }
    return n;
  }

  findSlow(): HubLink | undefined {
    for (const link of this.#live.values()) if (link.isTooSlow) return link;
    return undefined;
  }

  /** Waits no longer for who has been away for too long; whether there was one. */
  giveUp(now: number): boolean {
    let isChanged = false;
    for (const [uid, { endedAt }] of this.#away) {
      if (now - endedAt > this.#graceMs) isChanged = this.#away.delete(uid);
    }
    return isChanged;
  }

  forget(publisher: Uid): void {
    for (const link of this.#live.values()) link.taken.delete(publisher);
  }
}
