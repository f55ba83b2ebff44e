/**
 * One of the demonstration's servers: stock Socket.IO, and nothing in it knows of Mooring.
 *
 * `node origin.ts NAME PAGE_ORIGIN...` listens on a free port and tells its parent which.
 */
import { createServer } from "node:http";
import { Server } from "socket.io";
import type { Socket } from "socket.io";
import type { ClientEvents, ServerEvents, ServerView } from "./page/facts.ts";

const MAX_TEXT_LENGTH = 500;

const [name = "origin", ...pages] = process.argv.slice(2);

const http = createServer();
// The page comes from another port than the edge, so this is what lets it in.
const io = new Server<ClientEvents, ServerEvents>(http, { cors: { origin: pages } });

io.on("connection", (socket) => {
  socket.emit("view", viewOf(socket));
  io.emit("clients", io.engine.clientsCount);

  socket.on("probe", (answer) => answer());
  socket.on("echo", (text, answer) => answer(text));
  socket.on("chat", (text) => {
    if (typeof text !== "string") return;
    io.emit("chat", { from: socket.id, text: text.slice(0, MAX_TEXT_LENGTH) });
  });
  socket.on("disconnect", () => {
    io.emit("clients", io.engine.clientsCount);
  });
});

http.listen(0, "127.0.0.1", () => {
  const address = http.address();
  if (address !== null && typeof address === "object") process.send?.(address.port);
});

// A terminal's Ctrl-C reaches every process at once. The parent decides when this one ends.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => void stop());
process.on("disconnect", () => void stop());

async function stop(): Promise<void> {
  await io.close();
  process.exit(0);
}

function viewOf(socket: Socket<ClientEvents, ServerEvents>): ServerView {
  const { headers, address } = socket.handshake;
  return {
    name,
    pid: process.pid,
    transport: socket.conn.transport.name,
    // Private in the types, and read by many applications all the same.
    engineId: String(socket.conn["id"]),
    peer: address,
    forwardedFor: headers["x-forwarded-for"]?.toString(),
    forwardedHost: headers["x-forwarded-host"]?.toString(),
    forwardedProto: headers["x-forwarded-proto"]?.toString(),
  };
}
