import type { Server, Socket } from "socket.io";

/** What a test tells an application to do; plain data, since the application may be another process. */
export type Order =
  | {
      readonly do: "emit";
      readonly args: readonly [string, ...unknown[]];
      readonly to?: readonly string[];
      readonly except?: readonly string[];
      readonly flags?: readonly ("volatile" | "local")[];
      readonly nsp?: string;
    }
  | { readonly do: "emit-to"; readonly sid: string; readonly args: readonly [string, ...unknown[]] }
  | { readonly do: "join" | "leave"; readonly sid: string; readonly room: string }
  | { readonly do: "sockets-join" | "sockets-leave"; readonly of: string; readonly room: string }
  | { readonly do: "disconnect-sockets"; readonly of: string }
  | { readonly do: "set-data"; readonly sid: string; readonly data: Record<string, unknown> }
  | { readonly do: "look"; readonly sid: string }
  | { readonly do: "await-servers"; readonly count: number }
  | { readonly do: "close" };

/** What an application has seen of sockets: which handlers ran, for which. */
export interface Seen {
  readonly log: string[];
}

/** A socket as its application finds it. */
export interface Look {
  readonly isHere: boolean;
  readonly rooms: readonly string[];
  readonly data: unknown;
  readonly log: readonly string[];
}

/** An application that joins rooms and sets data when its clients say so, and tells which of its handlers ran. */
export function serveRecovery(io: Server): Seen {
  const seen: Seen = { log: [] };
  const serve = (socket: Socket): void => {
    const how = socket.recovered ? "recovered" : "new";
    seen.log.push(`${how} ${socket.id}`);
    socket.on("disconnect", (reason) => seen.log.push(`${reason} ${socket.id}`));
    socket.on("join", (room: string) => void socket.join(room));
    socket.on("leave", (room: string) => void socket.leave(room));
    socket.on("data", (data: Record<string, unknown>) => void Object.assign(socket.data, data));
    socket.on("echo", (...args: unknown[]) => socket.emit("echo", ...args));
  };
  io.on("connection", serve);
  io.of("/other").on("connection", serve);
  return seen;
}

/** Does as it is told; the answer is plain data too. */
export async function perform(io: Server, seen: Seen, order: Order): Promise<Look | undefined> {
  switch (order.do) {
    case "emit":
      emit(io, order);
      return undefined;
    case "emit-to":
      io.sockets.sockets.get(order.sid)?.emit(...order.args);
      return undefined;
    case "join":
      await io.sockets.sockets.get(order.sid)?.join(order.room);
      return undefined;
    case "leave":
      await io.sockets.sockets.get(order.sid)?.leave(order.room);
      return undefined;
    case "sockets-join":
      io.in(order.of).socketsJoin(order.room);
      return undefined;
    case "sockets-leave":
      io.in(order.of).socketsLeave(order.room);
      return undefined;
    case "disconnect-sockets":
      io.in(order.of).disconnectSockets();
      return undefined;
    case "set-data":
      Object.assign(io.sockets.sockets.get(order.sid)?.data ?? {}, order.data);
      return undefined;
    case "look":
      return look(io, seen, order.sid);
    case "await-servers":
      // Socket.IO has no event for it.
      while ((await io.of("/").adapter.serverCount()) !== order.count) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return undefined;
    case "close":
      await io.close();
      return undefined;
  }
}

function emit(io: Server, order: Extract<Order, { do: "emit" }>): void {
  let operator = io.of(order.nsp ?? "/").except([...(order.except ?? [])]);
  for (const room of order.to ?? []) operator = operator.to(room);
  for (const flag of order.flags ?? []) operator = operator[flag];
  operator.emit(...order.args);
}

function look(io: Server, { log }: Seen, sid: string): Look {
  const socket = io.sockets.sockets.get(sid);
  const rooms = [...(socket?.rooms ?? [])].filter((room) => room !== sid).toSorted();
  return { isHere: socket !== undefined, rooms, data: socket?.data, log };
}
