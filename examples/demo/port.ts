import { createServer } from "node:http";
import type { Server } from "node:net";

const ATTEMPTS = 20;

/**
 * Listens on `port` of `host`, or on the next free one above it, or on any when all of those are
 * taken. Resolves to the port it got. 0 asks for any.
 */
export async function listenFrom(server: Server, port: number, host: string): Promise<number> {
  const last = port === 0 ? 0 : Math.min(port + ATTEMPTS - 1, 65535);
  for (let candidate = port; candidate <= last; candidate += 1) {
    if (await listen(server, candidate, host)) return portOf(server);
  }
  await listen(server, 0, host);
  return portOf(server);
}

/** A port that was free a moment ago, at or above `port`: for a process that opens it itself. */
export async function freePort(port: number, host: string): Promise<number> {
  if (port === 0) return 0;
  const server = createServer();
  const free = await listenFrom(server, port, host);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  return free;
}

/** False when the port is taken or is one that this user may not open; other faults throw. */
function listen(server: Server, port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (fault: NodeJS.ErrnoException): void => {
      if (fault.code === "EADDRINUSE" || fault.code === "EACCES") resolve(false);
      else reject(fault);
    };
    server.once("error", failed);
    server.listen(port, host, () => {
      server.off("error", failed);
      resolve(true);
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error(`expected the server to listen on a TCP port, got ${String(address)}`);
  }
  return address.port;
}
