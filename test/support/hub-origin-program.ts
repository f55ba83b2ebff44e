// The program of a process that `startHubOrigin` starts: a Socket.IO server with mooring/origin.
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { Server } from "socket.io";
import { createAdapter } from "../../src/origin/origin.ts";
import type { HubOriginOrder } from "./hub-origin.ts";
import { portOf } from "./origin.ts";

const [, , url = "", token = "", optionsText = "{}", port = "0"] = process.argv;
const options: unknown = JSON.parse(optionsText);
if (typeof options !== "object" || options === null) throw new Error("Expected options, got none.");
const warnings: string[] = [];
const onWarning = ({ code }: { code: string }): void => void warnings.push(code);
const http = createServer();
const io = new Server(http, {
  ...options,
  adapter: createAdapter({ url, token, onWarning, closeOn: ["SIGTERM"] }),
});

io.on("connection", (socket) => {
  socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
  socket.on("join", async (room: string, answer: () => void) => {
    await socket.join(room);
    answer();
  });
});

async function perform(order: HubOriginOrder): Promise<unknown> {
  switch (order.do) {
    case "count": {
      const servers = await io.of("/").adapter.serverCount();
      return { servers, sockets: io.of("/").sockets.size };
    }
    case "emit":
      return io.emit(...order.args);
    case "emit-numbers":
      return emitNumbers(order);
    case "fetch-sockets":
      return io.fetchSockets().then(
        (sockets) => sockets.map(({ id }) => id),
        (error: unknown) => (error instanceof Error ? error.message : "an unknown error"),
      );
    case "warnings":
      return warnings;
  }
}

async function emitNumbers({
  label,
  from,
  count,
  pauseMs,
}: Extract<HubOriginOrder, { do: "emit-numbers" }>): Promise<void> {
  for (let n = from; n < from + count; n++) {
    io.emit("broadcast", label, n);
    for (const socket of io.of("/").sockets.values()) socket.emit("direct", label, n);
    await pause(pauseMs);
  }
}

async function obey({ id, order }: { id: number; order: HubOriginOrder }): Promise<void> {
  process.send?.({ id, answer: await perform(order) });
}

process.on("message", (message: { id: number; order: HubOriginOrder }) => void obey(message));
http.listen(Number(port), "127.0.0.1", () => process.send?.(portOf(http)));
process.once("disconnect", () => process.exit());
// What tells us what to do shall not keep alive what has closed.
process.once("SIGTERM", () => process.channel?.unref());
