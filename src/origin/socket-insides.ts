// oxlint-disable no-underscore-dangle -- Those are their names.
import type { Namespace, Server, Socket } from "socket.io";

// What is used of the insides of Socket.IO's and Engine.IO's servers that their documentation doesn't name; checked against
// 4.8 and 6.6. Everything else in this room keeps to what they have made public.

/** The Engine.IO session that a socket is on; its namespaces share it. */
export type Connection = Socket["conn"];

/** Tells, while a namespace asks to restore a session, which connection it asks for. */
export class Arrivals {
  #connection: Connection | undefined;

  /** `undefined` but in the turn in which a CONNECT is taken. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** `arrived` gets each connection that asks for the namespace, before that is done. */
  watch(nsp: Namespace, arrived: (connection: Connection) => void): void {
    const add = nsp._add.bind(nsp);
    nsp._add = (client, auth, joined) => {
      this.#connection = client.conn;
      try {
        arrived(client.conn);
        return add(client, auth, joined);
      } finally {
        this.#connection = undefined;
      }
    };
  }
}

/** Calls `first` with each request to the server's engine, before anything but its query is looked at. */
export function beforeRequests(
  server: Server,
  first: (request: Connection["request"]) => void,
): void {
  prepareBy(server.engine, first);
  const bind = server.bind.bind(server);
  server.bind = (engine: unknown) => {
    prepareBy(engine, first);
    return bind(engine);
  };
}

/** A namespace that is there already; `Server.of` would make one. */
export function namespaceOf(server: Server, name: string): Namespace | undefined {
  return server._nsps.get(name);
}

export function namespacesOf(server: Server): Iterable<Namespace> {
  return server._nsps.values();
}

/** How long the server keeps what a client may have missed; 0 where it recovers no sessions. */
export function keepMsOf(server: Server): number {
  return server._opts.connectionStateRecovery?.maxDisconnectionDuration ?? 0;
}

/** The private id by which a client asks for its session; "" where the server recovers none. */
export function pidOf(socket: Socket): string {
  const pid: unknown = Reflect.get(socket, "pid");
  return typeof pid === "string" ? pid : "";
}

/** A socket that waits for its namespace's middlewares. */
export function waitingSocket(nsp: Namespace, sid: string): Socket | undefined {
  const waiting: unknown = Reflect.get(nsp, "_preConnectSockets");
  return isSocketMap(waiting) ? waiting.get(sid) : undefined;
}

/** Ends a socket that waits for middlewares; what they still do with it reaches none that has its id by then. */
export function disown(waiting: Socket): void {
  waiting._cleanup();
  waiting._cleanup = () => {};
}

/** Puts a noop with this payload behind what the connection has been sent; stock clients pass over it. */
export function sendAside(connection: Connection, payload: string): void {
  const send: unknown = Reflect.get(connection, "sendPacket");
  if (typeof send === "function") Reflect.apply(send, connection, ["noop", payload]);
}

/**
 * Ends a socket as if its connection had been lost: at once, so that nothing is left of it when this returns. What the
 * application's handlers throw is thrown where Socket.IO would have, out of nobody's call.
 */
export function endAsLost(socket: Socket): void {
  try {
    socket._onclose("transport close");
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
  if (!socket.connected) return;
  // A handler of `disconnecting` threw, and has kept Socket.IO from the rest.
  socket._cleanup();
  socket.client._remove(socket);
  socket.connected = false;
}

function prepareBy(engine: unknown, first: (request: Connection["request"]) => void): void {
  if (!isEngine(engine)) return;
  const prepare = engine.prepare.bind(engine);
  engine.prepare = (request, ...others) => {
    // With uWebSockets.js the headers are there only then.
    prepare(request, ...others);
    first(request);
  };
}

/** One of Engine.IO's own, which prepares each request for middlewares and `allowRequest`. */
function isEngine(value: unknown): value is Engine {
  return (
    typeof value === "object" &&
    value !== null &&
    "prepare" in value &&
    typeof value.prepare === "function"
  );
}

interface Engine {
  prepare: (request: Connection["request"], ...others: unknown[]) => void;
}

function isSocketMap(value: unknown): value is ReadonlyMap<string, Socket> {
  return value instanceof Map;
}
