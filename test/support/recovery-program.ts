// The program of a process that `startRecoveryProcess` starts: a Socket.IO server with mooring/origin that does as it is told.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { createAdapter } from "../../src/origin/origin.ts";
import { portOf } from "./origin.ts";
import { type Order, perform, serveRecovery } from "./recovery-orders.ts";

const [, , optionsText = "{}", url = "", token = ""] = process.argv;
const options: unknown = JSON.parse(optionsText);
if (typeof options !== "object" || options === null) throw new Error("Expected options, got none.");
const http = createServer();
const io = new Server(http, { ...options, adapter: createAdapter({ url, token }) });
const seen = serveRecovery(io);

async function answer({ id, order }: { id: number; order: Order }): Promise<void> {
  process.send?.({ id, answer: await perform(io, seen, order) });
}

process.on("message", (message: { id: number; order: Order }) => void answer(message));
http.listen(0, "127.0.0.1", () => process.send?.(portOf(http)));
process.once("disconnect", () => process.exit());
