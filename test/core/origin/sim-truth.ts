import type { Address, NamedEvent, SessionRecord } from "../../../src/wire/hub/content.ts";
import type { EventName, StreamVector, Uid } from "../../../src/wire/hub/vector.ts";
import { publisherOf } from "../../../src/wire/hub/vector.ts";

/** What was really published or emitted. */
export interface TrueEvent {
  readonly id: number;
  readonly type: "event" | "join" | "leave" | "disconnect" | "direct";
  readonly name: EventName;
  readonly to: Address | string;
  readonly at: number;
  /** Where it may be missing: its emitter forgot it, as it may. */
  isExcused: boolean;
  isAtHub: boolean;
}

/** A change of rooms by the application, and whether the edge has a record of it. */
export interface RoomMark {
  readonly room: string;
  readonly isJoined: boolean;
  readonly version: number;
  isGhost: boolean;
  isBound: boolean;
}

/** What is true of one session. */
export interface TrueSession {
  readonly pid: string;
  /** How far its origin was when it was born. */
  readonly bornWith: StreamVector;
  readonly marks: RoomMark[];
  version: number;
  /**
   * It was handed over by a leftover, while the origin that really had it was cut off from the hub: the leftover had sent
   * the client's last event as well, to a dead connection, and takes what it had sent around it for seen.
   */
  isGuessed: boolean;
}

/** What happened in the world, by which it is judged. */
export class Truth {
  readonly events: TrueEvent[] = [];
  readonly sessions = new Map<string, TrueSession>();
  readonly resetsAt: number[] = [];
  readonly troubles: string[] = [];
  readonly counts = { moved: 0, returned: 0, restored: 0, holes: 0, refused: 0, kills: 0 };
  readonly #byName = new Map<string, TrueEvent>();

  add(event: Omit<TrueEvent, "isExcused" | "isAtHub">): void {
    const whole = { ...event, isExcused: false, isAtHub: false };
    this.events.push(whole);
    this.#byName.set(`${event.name.stream}:${event.name.n}`, whole);
  }

  nextId(): number {
    return this.events.length + 1;
  }

  atHub(uid: Uid, n: number): void {
    const event = this.#byName.get(`${uid}:${n}`);
    if (event !== undefined) event.isAtHub = true;
  }

  named({ name }: NamedEvent): TrueEvent | undefined {
    return this.#byName.get(`${name.stream}:${name.n}`);
  }

  trouble(text: string): void {
    this.troubles.push(text);
  }

  /** The edge has a record: the changes of rooms before it will last. */
  recorded(record: SessionRecord, version: number): void {
    for (const mark of this.sessions.get(record.session.pid)?.marks ?? []) {
      if (mark.version <= version && !mark.isGhost) mark.isBound = true;
    }
  }

  /** Whether everybody must have got it in the end: its process lives, or the hub had it and has lost nothing since. */
  isOwed(event: TrueEvent, living: ReadonlySet<Uid>): boolean {
    if (event.isExcused) return false;
    if (living.has(publisherOf(event.name.stream))) return true;
    return event.isAtHub && !this.resetsAt.some((at) => at >= event.at);
  }
}
