import type { NamedEvent } from "../../wire/hub/content.ts";
import type { Stream } from "../../wire/hub/vector.ts";
import { isDirect } from "../../wire/hub/vector.ts";
import { eventFor } from "./known-socket.ts";
import type { Restoring } from "./origin.ts";
import type { Past } from "./past.ts";
import { isAddressed } from "./past.ts";
import { RoomHistory } from "./room-history.ts";

/** What has happened to a session while it was nowhere. */
export interface Missing {
  readonly isDisconnected: boolean;
  readonly rooms: ReadonlySet<string>;
  readonly events: readonly NamedEvent[];
}

/**
 * What the past has for a session beyond what its client has seen: commands change its rooms at their places among the
 * events. The past must reach back that far.
 */
export function missingFor(restoring: Restoring, past: Past): Missing {
  const rooms = new RoomHistory(restoring.session.rooms);
  if (isDisconnected(restoring, past, rooms)) {
    return { isDisconnected: true, rooms: rooms.rooms, events: [] };
  }
  const events: NamedEvent[] = [];
  const roomsAt = rooms.backward();
  const { nsp, session, seen } = restoring;
  past.backward({ nsp, sid: session.sid, rooms: rooms.everIn() }, past.next, (entry) => {
    const event = eventFor(entry, roomsAt(entry.position));
    if (event !== undefined && event.name.n > (seen.get(event.name.stream) ?? 0)) {
      events.push(event);
    }
    return true;
  });
  return { isDisconnected: false, rooms: rooms.rooms, events: inOrder(events.toReversed()) };
}

/** Applies the commands that the session has not obeyed yet. */
function isDisconnected({ nsp, seen }: Restoring, past: Past, rooms: RoomHistory): boolean {
  for (const { position, name, content } of past.commands(nsp)) {
    if (name.n <= (seen.get(name.stream) ?? 0)) continue;
    if (content.type !== "join" && content.type !== "leave" && content.type !== "disconnect") {
      continue;
    }
    if (!isAddressed(content.to, rooms.rooms)) continue;
    if (content.type === "disconnect") return true;
    for (const room of content.rooms) rooms[content.type](room, position);
  }
  return false;
}

/**
 * What was emitted to the socket alone, once each and in its emitter's order: it may stand in the past as it was emitted,
 * and again, at another place, as it was forwarded.
 */
function inOrder(events: readonly NamedEvent[]): NamedEvent[] {
  const byStream = new Map<Stream, Map<number, NamedEvent>>();
  for (const event of events) {
    if (!isDirect(event.name.stream)) continue;
    const stream = byStream.get(event.name.stream);
    if (stream === undefined) byStream.set(event.name.stream, new Map([[event.name.n, event]]));
    else stream.set(event.name.n, event);
  }
  if (byStream.size === 0) return [...events];
  const queues = new Map<Stream, Iterator<NamedEvent>>();
  for (const [stream, all] of byStream) {
    queues.set(stream, [...all.values()].toSorted((a, b) => a.name.n - b.name.n).values());
  }
  return events.flatMap((event) => {
    const queue = queues.get(event.name.stream);
    if (queue === undefined) return [event];
    const next = queue.next();
    return next.done === true ? [] : [next.value];
  });
}

/** The later of both in the streams of single sockets, raised by events that have been sent. */
export function raiseFloors(floors: Map<Stream, number>, events: readonly NamedEvent[]): void {
  for (const { name } of events) {
    if (isDirect(name.stream) && name.n > (floors.get(name.stream) ?? 0)) {
      floors.set(name.stream, name.n);
    }
  }
}
