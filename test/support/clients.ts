import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { onTestFinished } from "vitest";

/** How a stock client reaches its server; every suite runs in each. */
export interface ClientMode {
  readonly name: string;
  readonly transports: readonly ("polling" | "websocket")[];
}

export const POLLING: ClientMode = { name: "polling only", transports: ["polling"] };
export const WEBSOCKET: ClientMode = { name: "WebSocket only", transports: ["websocket"] };
export const UPGRADE: ClientMode = {
  name: "polling, then upgraded",
  transports: ["polling", "websocket"],
};

export const CLIENT_MODES = [POLLING, WEBSOCKET, UPGRADE];

export type ClientOptions = Partial<ManagerOptions & SocketOptions>;

/** A client that never comes back by itself, so that what ends it stays visible. It goes when the test does. */
export function createClient(url: string, mode: ClientMode, options: ClientOptions = {}): Socket {
  const socket = io(url, {
    transports: [...mode.transports],
    reconnection: false,
    forceNew: true,
    ...options,
  });
  onTestFinished(() => {
    socket.disconnect();
    socket.io.engine.close();
  });
  return socket;
}

/** Resolves when the namespace is joined and, where the mode has an upgrade, that is done too. */
export async function connected(socket: Socket, mode: ClientMode): Promise<Socket> {
  await Promise.all([joined(socket), mode === UPGRADE ? upgraded(socket) : undefined]);
  return socket;
}

/** Resolves when the namespace is joined; rejects when it is refused. */
export function joined(socket: Socket): Promise<void> {
  if (socket.connected) return Promise.resolve();
  return new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
}

/** Resolves when the client's engine has left polling for the WebSocket. */
export function upgraded(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const { engine } = socket.io;
    if (engine.transport.name === "websocket") {
      resolve();
      return;
    }
    engine.once("upgrade", () => resolve());
    engine.once("upgradeError", reject);
  });
}
