import type { Server, ServerOptions } from "socket.io";
import { onTestFinished, vi } from "vitest";
import type { HubSettings } from "../../src/core/hub/hub.ts";
import { createAdapter } from "../../src/origin/origin.ts";
import type { AdapterOptions } from "../../src/origin/options.ts";
import type { Warning } from "../../src/origin/warnings.ts";
import { FakeEdge } from "./fake-edge.ts";
import { NodeHub } from "./node-hub.ts";
import { type Origin, startOrigin } from "./origin.ts";
import { type Look, type Order, perform, type Seen, serveRecovery } from "./recovery-orders.ts";

export const TOKEN = "a-token-of-sixteen-or-more";

/** A Socket.IO server of this process that uses mooring/origin. */
export interface RecoveryOrigin {
  readonly url: string;
  readonly io: Server;
  readonly origin: Origin;
  readonly seen: Seen;
  readonly warnings: readonly Warning[];
  do(order: Order): Promise<void>;
  look(sid: string): Promise<Look>;
}

export interface RecoveryOptions {
  readonly hub?: Partial<HubSettings>;
  readonly server?: Partial<ServerOptions>;
  readonly adapter?: Partial<AdapterOptions>;
  /** Called for each server before it takes clients. */
  readonly setup?: (io: Server) => void;
}

/** So many servers with one hub, all linked; they go when the test does. */
export async function recoveryOrigins(
  count: number,
  options: RecoveryOptions = {},
): Promise<{ hub: NodeHub; origins: RecoveryOrigin[] }> {
  const hub = await NodeHub.start(options.hub);
  onTestFinished(() => hub.stop());
  const origins = await Promise.all(
    Array.from({ length: count }, () => recoveryOrigin(hub, options)),
  );
  await Promise.all(origins.map(({ io }) => linked(io, count)));
  return { hub, origins };
}

/** One more server with that hub. */
export async function recoveryOrigin(
  hub: NodeHub,
  { server = {}, adapter = {}, setup = () => {} }: RecoveryOptions = {},
): Promise<RecoveryOrigin> {
  const warnings: Warning[] = [];
  const origin = await startOrigin();
  const io = origin.serve({
    connectionStateRecovery: {},
    adapter: createAdapter({
      url: hub.url,
      token: TOKEN,
      onWarning: (warning) => warnings.push(warning),
      ...adapter,
    }),
    ...server,
  });
  setup(io);
  const seen = serveRecovery(io);
  onTestFinished(async () => {
    for (const name of ["/", "/other"]) void io.of(name).adapter.close();
    await origin.stop();
  });
  return {
    url: origin.url,
    io,
    origin,
    seen,
    warnings,
    do: async (order) => void (await perform(io, seen, order)),
    look: async (sid) => {
      const look = await perform(io, seen, { do: "look", sid });
      if (look === undefined) throw new Error("Expected a look, got nothing.");
      return look;
    },
  };
}

/** Resolves when that server counts so many, itself included. */
export async function linked(io: Server, count: number): Promise<void> {
  await vi.waitUntil(async () => (await io.of("/").adapter.serverCount()) === count, {
    timeout: 5000,
  });
}

/** Two servers with one hub. */
export async function recoveryPair(
  options: RecoveryOptions = {},
): Promise<{ hub: NodeHub; one: RecoveryOrigin; two: RecoveryOrigin }> {
  const { hub, origins } = await recoveryOrigins(2, options);
  const [one, two] = origins;
  if (one === undefined || two === undefined) throw new Error("Expected two servers, got fewer.");
  return { hub, one, two };
}

/** A session of the edge that has its first record. */
export type MooredEdge = FakeEdge & {
  readonly sid: string;
  readonly pid: string;
  readonly record: string;
};

export async function moored(url: string, nsp = "/", token = TOKEN): Promise<MooredEdge> {
  const edge = new FakeEdge(token, nsp);
  onTestFinished(() => edge.cut());
  await edge.connect(url);
  await edge.until(() => edge.record !== undefined);
  if (isMoored(edge)) return edge;
  throw new Error("Expected a session with a record, got none.");
}

function isMoored(edge: FakeEdge): edge is MooredEdge {
  return edge.sid !== undefined && edge.pid !== undefined && edge.record !== undefined;
}
