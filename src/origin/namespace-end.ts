import type { Content, NamedEvent, Request } from "../wire/hub/content.ts";
import type { EventName } from "../wire/hub/vector.ts";
import type { Answer } from "./answers.ts";

/** Contents for a namespace's sockets and listeners: notices and forwards are the origin machine's own. */
export type Deliverable = Exclude<Content, { type: "notice" | "forward" }>;

/** What others may ask of a namespace; who knows a socket, the origin machine does. */
export type Askable = Exclude<Request, { type: "ask" }>;

/** A namespace of this server, to which the hub's events and requests go. */
export interface NamespaceEnd {
  /** `except`: sids of sockets that have it already. */
  deliver(content: Deliverable, name: EventName, except: readonly string[]): void;
  deliverTo(sid: string, event: NamedEvent): void;
  asked(request: Askable, answer: Answer): void;
  /** Joins rooms, and says nothing of it to the origin machine. */
  joinRooms(sid: string, rooms: readonly string[]): void;
  /** Leaves a room, and says nothing of it to the origin machine. */
  leaveRoom(sid: string, room: string): void;
}
