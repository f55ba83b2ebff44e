import { expect, vi } from "vitest";
import { POLLING, UPGRADE, WEBSOCKET } from "./clients.ts";
import { allConnected, ContinuityClient } from "./continuity-client.ts";
import type { ContinuityLine } from "./continuity-orders.ts";
import type { ContinuityPool } from "./continuity-pool.ts";

/** So many clients of both releases, on both transports, all connected, those that upgrade upgraded. */
export async function crew(
  pool: ContinuityPool,
  count: number,
  options: { readonly nsp?: string; readonly reconnection?: boolean } = {},
): Promise<ContinuityClient[]> {
  const clients = Array.from({ length: count }, (_, i) => {
    const mode = [WEBSOCKET, POLLING, UPGRADE][i % 3] ?? WEBSOCKET;
    const release = i % 8 < 6 ? "newest" : "2021";
    return new ContinuityClient(pool.url, { mode, release, ...options });
  });
  await allConnected(clients);
  await vi.waitFor(
    () => {
      for (const { mode, socket } of clients) {
        if (mode === UPGRADE) expect(socket.io.engine.transport.name).toBe("websocket");
      }
    },
    { timeout: 10_000, interval: 10 },
  );
  return clients;
}

/**
 * A client that stays in the middle of its upgrade until `goOn`: its WebSocket is open and probed, its polling has
 * stopped, and what says that it is done has not been sent. It may not have heard yet that it is connected.
 */
export async function upgrading(
  pool: ContinuityPool,
): Promise<{ client: ContinuityClient; goOn: () => void }> {
  const client = new ContinuityClient(pool.url, { mode: UPGRADE });
  const { promise: onward, resolve: goOn } = Promise.withResolvers<void>();
  const { engine } = client.socket.io;
  await new Promise<void>((resolve) => {
    engine.once("upgrading", (transport: { send: (packets: unknown[]) => void }) => {
      const send = transport.send.bind(transport);
      transport.send = (packets) => void onward.then(() => send(packets));
      resolve();
    });
  });
  return { client, goOn };
}

/** The names of the clients whose sockets are at that origin. */
export async function namesAt(pool: ContinuityPool, origin: string): Promise<Set<string>> {
  const sockets = await pool.sockets();
  return new Set(sockets.filter((socket) => socket.origin === origin).map(({ data }) => data.name));
}

/** Resolves when the edge has noticed of so many sessions that they have lost their origin. */
export async function noticed(pool: ContinuityPool, count: number): Promise<void> {
  await vi.waitFor(() => {
    expect(pool.edgeLog.match(/"session-left-origin"/g) ?? []).toHaveLength(count);
  }, SOON);
}

/** What of each client's numbers the servers have written down, in order. */
export function uplinks(lines: readonly ContinuityLine[]): Map<string, number[]> {
  const all = new Map<string, number[]>();
  for (const [, what, , name, n] of lines) {
    if (what !== "up") continue;
    const key = String(name);
    const numbers = all.get(key) ?? [];
    numbers.push(Number(n));
    all.set(key, numbers);
  }
  return all;
}

/** Resolves when each has got a stream's last number, and an answer to everything. */
export async function settled(
  clients: readonly ContinuityClient[],
  label: string,
  last: number,
): Promise<void> {
  await vi.waitFor(
    () => {
      for (const client of clients) {
        if (client.streams.get(label) !== last) {
          throw new Error(
            `${client.name}: ${label} is at ${client.streams.get(label)}, not ${last}`,
          );
        }
        if (client.openEchoes > 0) {
          throw new Error(`${client.name}: ${client.openEchoes} echoes are not answered`);
        }
      }
    },
    { timeout: 10_000, interval: 20 },
  );
}

/** For `vi.waitFor`. */
export const SOON = { timeout: 5000, interval: 20 };

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
