// The program of a process that `startOriginProcess` starts: a stock Socket.IO server that echoes.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { portOf } from "./origin.ts";

const http = createServer();
const options: unknown = JSON.parse(process.argv[2] ?? "{}");
if (typeof options !== "object" || options === null) throw new Error("Expected options, got none.");
const io = new Server(http, options);

io.on("connection", (socket) => {
  socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
});

http.listen(Number(process.argv[3] ?? 0), "127.0.0.1", () => process.send?.(portOf(http)));
process.once("disconnect", () => process.exit());
