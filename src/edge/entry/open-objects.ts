import type { Sessions } from "../contracts.ts";
import type { OpenRoom } from "../../core/pool/snapshot.ts";
import type { Dials } from "../../core/upstream/dial-slots.ts";
import { canDial, dialEnded, dialStarted } from "../../core/upstream/dial-slots.ts";

/** A session object that this isolate gives new sessions to. */
export interface OpenObject {
  readonly id: DurableObjectId;
  dials: Dials;
  /** Sessions given to it, handshakes under way included. */
  given: number;
}

/** More are open only after a burst of handshakes; the oldest, which are the fullest, are kept. */
const MAX_OPEN = 256;

/**
 * The objects with room. One is filled before the next is minted, as far as its dials allow: an object costs its
 * duration for as long as it has a session, and a hundred sessions share that.
 */
export class OpenObjects {
  readonly #namespace: DurableObjectNamespace<Sessions>;
  readonly #sessionsPerObject: number;
  #open: OpenObject[] = [];
  #offered: readonly OpenRoom[] = [];

  constructor(namespace: DurableObjectNamespace<Sessions>, sessionsPerObject: number) {
    this.#namespace = namespace;
    this.#sessionsPerObject = sessionsPerObject;
  }

  /** An object for a handshake that will dial `origin`, none of `tried`. */
  take(origin: string, tried: ReadonlySet<OpenObject>): OpenObject {
    const found = this.#open.find((object) => !tried.has(object) && canDial(object.dials, origin));
    const object = found ?? this.#mint();
    object.dials = dialStarted(object.dials, origin);
    object.given += 1;
    if (object.given >= this.#sessionsPerObject) this.forget(object);
    return object;
  }

  /** Takes in objects that the pool says have room, so that they are refilled before another is minted. */
  offered(rooms: readonly OpenRoom[]): void {
    if (rooms === this.#offered) return;
    this.#offered = rooms;
    for (const { object, room } of rooms) {
      const given = this.#sessionsPerObject - room;
      const known = this.#open.find(({ id }) => id.toString() === object);
      if (known) known.given = Math.max(known.given, given);
      else
        this.#open.unshift({ id: this.#namespace.idFromString(object), dials: new Map(), given });
    }
  }

  /** After the handshake's answer: its dial is over, and without a session its place is free again. */
  release(object: OpenObject, origin: string, isOpened: boolean): void {
    object.dials = dialEnded(object.dials, origin);
    if (!isOpened) object.given -= 1;
  }

  /** For an object that is full, or gone. */
  forget(object: OpenObject): void {
    this.#open = this.#open.filter((other) => other !== object);
  }

  #mint(): OpenObject {
    const object = { id: this.#namespace.newUniqueId(), dials: new Map(), given: 0 };
    this.#open.push(object);
    if (this.#open.length > MAX_OPEN) this.#open.pop();
    return object;
  }
}
