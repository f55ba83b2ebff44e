// oxlint-disable no-underscore-dangle -- Those are their names.
import type { Namespace, Socket } from "socket.io";
import type { EmitFlags } from "../wire/hub/content.ts";

// What an adapter needs of the insides of Socket.IO's server that its documentation doesn't name, as the project's own
// adapters use them; checked against 4.8. For recovery's, see socket-insides.ts.

/** Gives a server's event to the namespace's listeners. */
export function emitServerEvent(nsp: Namespace, [name, ...args]: readonly unknown[]): void {
  if (typeof name === "string") nsp._onServerSideEmit([name, ...args]);
}

/** Writes an event to one socket, as a broadcast does. */
export function writeArguments(socket: Socket, args: readonly unknown[], flags: EmitFlags): void {
  for (const listener of socket.listenersAnyOutgoing()) listener(...args);
  const packet = { type: EVENT as number, nsp: socket.nsp.name, data: [...args] };
  socket.client._packet(packet, { ...flags });
}

/** Socket.IO's type of an event's packet. */
export const EVENT = 2;

/** A packet as Socket.IO's servers give it to an adapter. */
export interface OutgoingPacket {
  readonly type: number;
  /** The event's name and arguments, without an ack. */
  readonly data: unknown[];
  /** Of the ack that is wanted. */
  id?: number;
}

/** Has sockets wait for this ack no longer, as Socket.IO does it where the broadcast began. */
export function forgetAcks(nsp: Namespace, id: number | undefined): void {
  for (const socket of nsp.sockets.values()) {
    const acks: unknown = Reflect.get(socket, "acks");
    if (acks instanceof Map) acks.delete(id);
  }
}
