import type { Sessions } from "../contracts.ts";
import type { OpenRoom } from "../../core/pool/snapshot.ts";
import type { Dials } from "../../core/upstream/dial-slots.ts";
import { canDial, dialEnded, dialStarted } from "../../core/upstream/dial-slots.ts";

/** A session object that this isolate gives new sessions to. */
export interface OpenObject {
  readonly id: DurableObjectId;
  /** What this isolate dials from it, whether the object was minted here, is offered, or both. */
  readonly dialling: { dials: Dials };
  /** Sessions that it may still be given, handshakes under way not among them. */
  room: number;
  /** Whether it is offered without a promise. */
  readonly isSpare: boolean;
}

/** More are minted only in a burst of handshakes; the oldest, which are the fullest, are kept. */
const MAX_MINTED = 256;

/**
 * An offer is but as much room as was asked for, and its last object mostly has more. Who finds it full after all asks
 * another object, which costs less than a new one.
 */
const MAX_OVERDRAWN = 8;

/**
 * Handshakes don't go around for long: who was refused so often asks one of the isolate's own, which few others know of,
 * and is given a new one then.
 */
const MAX_REFUSED = 3;

/**
 * The objects with room. One is filled before the next is minted, as far as its dials allow: an object costs its
 * duration for as long as it has a session, and a hundred sessions share that. Those that the pool offers come first,
 * since all isolates' sessions go into them; one's own are for what comes beyond that.
 */
export class OpenObjects {
  readonly #namespace: DurableObjectNamespace<Sessions>;
  readonly #sessionsPerObject: number;
  #rooms: readonly OpenRoom[] = [];
  /** Fullest first. An offer is good until the next one: then the room is promised to others. */
  #offered: readonly OpenObject[] = [];
  #minted: readonly OpenObject[] = [];

  constructor(namespace: DurableObjectNamespace<Sessions>, sessionsPerObject: number) {
    this.#namespace = namespace;
    this.#sessionsPerObject = sessionsPerObject;
  }

  /** An object for a handshake that will dial `origin`, none of `tried`. */
  take(origin: string, tried: ReadonlySet<OpenObject>): OpenObject {
    const triedObjects = new Set([...tried].map(({ dialling }) => dialling));
    const canTake = ({ dialling }: OpenObject) =>
      !triedObjects.has(dialling) && canDial(dialling.dials, origin);
    const offered = tried.size < MAX_REFUSED ? this.#offer(canTake) : undefined;
    const own = tried.size <= MAX_REFUSED ? this.#minted.find(canTake) : undefined;
    const object = offered ?? own ?? this.#mint();
    object.dialling.dials = dialStarted(object.dialling.dials, origin);
    object.room -= 1;
    if (object.room === 0) this.#minted = this.#minted.filter((other) => other !== object);
    return object;
  }

  /** Takes in objects that the pool says have room, so that they are refilled before another is minted. */
  offered(rooms: readonly OpenRoom[]): void {
    if (rooms === this.#rooms) return;
    this.#rooms = rooms;
    const known = new Map(
      [...this.#minted, ...this.#offered].map((object) => [object.id.toString(), object]),
    );
    this.#offered = rooms.map(({ object, room }) => {
      const { id, dialling } = known.get(object) ?? {
        id: this.#namespace.idFromString(object),
        dialling: { dials: new Map() },
      };
      return { id, dialling, room, isSpare: room === 0 };
    });
  }

  /** After the handshake's answer: its dial is over, and without a session its place is free again. */
  release(object: OpenObject, origin: string, isOpened: boolean): void {
    object.dialling.dials = dialEnded(object.dialling.dials, origin);
    if (!isOpened) object.room += 1;
  }

  /** For an object that is full, or gone. */
  forget({ dialling }: OpenObject): void {
    const isAnother = (other: OpenObject) => other.dialling !== dialling;
    this.#offered = this.#offered.filter(isAnother);
    this.#minted = this.#minted.filter(isAnother);
  }

  #offer(canTake: (object: OpenObject) => boolean): OpenObject | undefined {
    const withMore = this.#offered.filter(({ room }) => room > -MAX_OVERDRAWN);
    return (
      withMore.find((one) => one.room > 0 && canTake(one)) ??
      withMore.findLast((one) => !one.isSpare && canTake(one)) ??
      withMore.find((one) => one.isSpare && canTake(one))
    );
  }

  #mint(): OpenObject {
    const object = {
      id: this.#namespace.newUniqueId(),
      dialling: { dials: new Map() },
      room: this.#sessionsPerObject,
      isSpare: false,
    };
    this.#minted = [...this.#minted, object].slice(0, MAX_MINTED);
    return object;
  }
}
