// The program of a `ChaosOrigin`: a Socket.IO server with mooring/origin that emits numbered events all the time.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { createAdapter } from "../../src/origin/origin.ts";
import type { ChaosLook, ChaosOrder } from "./chaos-orders.ts";
import { BROADCAST, DIRECT } from "./chaos-orders.ts";
import { portOf } from "./origin.ts";

const BROADCAST_EVERY_MS = 200;
/** Each socket gets one in so many broadcasts. */
const DIRECT_EVERY = 2;

const [, , url = "", token = "", recovery = "", port = "0"] = process.argv;
const name = randomUUID();
const warnings: string[] = [];
const directs = new Map<string, number>();
let broadcasts = 0;
let timer: NodeJS.Timeout | undefined;

const http = createServer();
const io = new Server(http, {
  adapter: createAdapter({ url, token, onWarning: ({ code }) => void warnings.push(code) }),
  ...(recovery === "recovery"
    ? { connectionStateRecovery: { maxDisconnectionDuration: 120_000 } }
    : {}),
});

function emitAll(): void {
  broadcasts += 1;
  io.emit(BROADCAST, name, broadcasts);
  if (broadcasts % DIRECT_EVERY > 0) return;
  for (const socket of io.sockets.sockets.values()) {
    const n = (directs.get(socket.id) ?? 0) + 1;
    directs.set(socket.id, n);
    socket.emit(DIRECT, name, n);
  }
}

async function look(): Promise<ChaosLook> {
  const servers = await io.of("/").adapter.serverCount();
  const sids = [...io.sockets.sockets.keys()];
  return { name, broadcasts, directs: Object.fromEntries(directs), sids, servers, warnings };
}

async function obey({ id, order }: { id: number; order: ChaosOrder }): Promise<void> {
  if (order.do === "emit") {
    clearInterval(timer);
    if (order.isOn) timer = setInterval(emitAll, BROADCAST_EVERY_MS);
  }
  process.send?.({ id, look: await look() });
}

process.on("message", (message: { id: number; order: ChaosOrder }) => void obey(message));
process.once("disconnect", () => process.exit());
http.listen(Number(port), "127.0.0.1", () => process.send?.(portOf(http)));
