import type { SocketName } from "./origin.ts";
import type { KnownSocket } from "./known-socket.ts";

interface Namespace {
  readonly bySid: Map<string, KnownSocket>;
  readonly byPid: Map<string, KnownSocket>;
}

/** The sockets that an origin knows, by name and by pid; one of each name. */
export class Sockets {
  readonly #namespaces = new Map<string, Namespace>();

  get({ nsp, sid }: SocketName): KnownSocket | undefined {
    return this.#namespaces.get(nsp)?.bySid.get(sid);
  }

  byPid(nsp: string, pid: string): KnownSocket | undefined {
    return this.#namespaces.get(nsp)?.byPid.get(pid);
  }

  of(nsp: string): Iterable<KnownSocket> {
    return this.#namespaces.get(nsp)?.bySid.values() ?? [];
  }

  *all(): Iterable<KnownSocket> {
    for (const { bySid } of this.#namespaces.values()) yield* bySid.values();
  }

  /** Takes the place of another of that name. */
  add(socket: KnownSocket): void {
    const { nsp, sid } = socket.name;
    const older = this.get(socket.name);
    if (older !== undefined) this.delete(older);
    let namespace = this.#namespaces.get(nsp);
    if (namespace === undefined) {
      this.#namespaces.set(nsp, (namespace = { bySid: new Map(), byPid: new Map() }));
    }
    namespace.bySid.set(sid, socket);
    namespace.byPid.set(socket.pid, socket);
  }

  delete(socket: KnownSocket): void {
    const namespace = this.#namespaces.get(socket.name.nsp);
    if (namespace === undefined) return;
    if (namespace.bySid.get(socket.name.sid) === socket) namespace.bySid.delete(socket.name.sid);
    if (namespace.byPid.get(socket.pid) === socket) namespace.byPid.delete(socket.pid);
    if (namespace.bySid.size === 0) this.#namespaces.delete(socket.name.nsp);
  }
}
