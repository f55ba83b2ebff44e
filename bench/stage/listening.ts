import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const START_MS = 5_000;
const LOOK_MS = 20;

/** A port of the loopback that nobody listens on, for a program that can't choose one itself. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}

/** Resolves when `what`, which says nothing itself, listens. */
export async function listening(what: string, port: number): Promise<void> {
  const until = Date.now() + START_MS;
  while (!(await isListening(port))) {
    if (Date.now() > until) throw new Error(`Expected ${what} to listen on ${port}, got nothing.`);
    await delay(LOOK_MS);
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
