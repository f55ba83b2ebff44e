import type { Packet } from "../../wire/packet.ts";
import { keptBytes } from "../../wire/packet.ts";

/**
 * Packets that wait for the client, first in, first out, as plain data.
 *
 * A queue is never changed, yet appending costs the same at any length: the newest queue and the one that it was
 * made from share `packets`, and each sees only `start` to `end`. Copying them instead made a session that gets
 * 80,000 small packets between two polls spend seconds on it.
 */
export interface Queue {
  readonly packets: Packet[];
  readonly start: number;
  readonly end: number;
  /** Bytes of all that waits, as WebSocket frames would carry it. */
  readonly bytes: number;
}

export function emptyQueue(): Queue {
  return { packets: [], start: 0, end: 0, bytes: 0 };
}

export function isEmpty(queue: Queue): boolean {
  return queue.start === queue.end;
}

export function includes(queue: Queue, packet: Packet): boolean {
  const found = queue.packets.indexOf(packet, queue.start);
  return found !== -1 && found < queue.end;
}

/** The queue with `packet` at its end. */
export function append(queue: Queue, packet: Packet): Queue {
  const isNewest = queue.end === queue.packets.length;
  const packets = isNewest ? queue.packets : queue.packets.slice(queue.start, queue.end);
  const start = isNewest ? queue.start : 0;
  packets.push(packet);
  return { packets, start, end: packets.length, bytes: queue.bytes + keptBytes(packet) };
}

/** What stands first, as much as fits `limit` by `measure`, but one packet at least; and the queue without it. */
export function take(
  queue: Queue,
  limit: number,
  measure: (packet: Packet) => number,
): { taken: Packet[]; rest: Queue } {
  const taken: Packet[] = [];
  let measured = 0;
  let bytes = 0;
  for (let i = queue.start; i < queue.end; i++) {
    const packet = queue.packets[i];
    if (packet === undefined) break;
    measured += measure(packet);
    if (taken.length > 0 && measured > limit) break;
    taken.push(packet);
    bytes += keptBytes(packet);
  }
  return { taken, rest: without(queue, taken.length, bytes) };
}

// What was taken stays in memory until it is the larger part: then what is left moves to an array of its own.
function without(queue: Queue, count: number, bytes: number): Queue {
  const start = queue.start + count;
  if (start === queue.end) return emptyQueue();
  if (start * 2 < queue.packets.length) return { ...queue, start, bytes: queue.bytes - bytes };
  const packets = queue.packets.slice(start, queue.end);
  return { packets, start: 0, end: packets.length, bytes: queue.bytes - bytes };
}
