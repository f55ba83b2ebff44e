import type { Stream, StreamVector, Uid } from "../../wire/hub/vector.ts";
import { isDirect, publisherOf } from "../../wire/hub/vector.ts";
import type { KnownSocket } from "./known-socket.ts";
import type { Publishers } from "./publishers.ts";

const NONE: readonly KnownSocket[] = [];

/**
 * Sockets whose clients are further in somebody's events than this origin is: they don't get those again when they come
 * here too. Few have any, and none for long.
 */
export class Floors {
  readonly #byUid = new Map<Uid, Set<KnownSocket>>();

  /** Its floors begin to hold. */
  add(socket: KnownSocket): void {
    for (const stream of socket.floors.keys()) {
      if (isDirect(stream)) continue;
      const uid = publisherOf(stream);
      const sockets = this.#byUid.get(uid);
      if (sockets === undefined) this.#byUid.set(uid, new Set([socket]));
      else sockets.add(socket);
    }
  }

  delete(socket: KnownSocket): void {
    for (const stream of socket.floors.keys()) {
      if (!isDirect(stream)) this.#remove(publisherOf(stream), socket);
    }
  }

  /** Who has this event already; floors that are reached by it hold no more. */
  above(uid: Uid, n: number): readonly KnownSocket[] {
    const sockets = this.#byUid.get(uid);
    if (sockets === undefined) return NONE;
    const above: KnownSocket[] = [];
    for (const socket of sockets) {
      const floor = socket.floors.get(uid) ?? 0;
      if (floor >= n) above.push(socket);
      if (floor > n) continue;
      socket.floors.delete(uid);
      this.#remove(uid, socket);
    }
    return above;
  }

  #remove(uid: Uid, socket: KnownSocket): void {
    const sockets = this.#byUid.get(uid);
    if (sockets?.delete(socket) === true && sockets.size === 0) this.#byUid.delete(uid);
  }
}

/** What of a vector is further than this origin, or a stream that it doesn't get. */
export function floorsOf(
  seen: StreamVector,
  publishers: Publishers,
  own: Uid,
): Map<Stream, number> {
  const floors = new Map<Stream, number>();
  for (const [stream, n] of seen) {
    const uid = publisherOf(stream);
    if (uid !== own && (isDirect(stream) || n > publishers.lastOf(uid))) floors.set(stream, n);
  }
  return floors;
}
