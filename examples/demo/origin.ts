/**
 * One of the demonstration's servers: Socket.IO with connection state recovery, and Mooring's adapter.
 *
 * `node origin.ts NAME PORT PAGE_ORIGIN...` tells its parent on which port it listens, and serves once the parent has said
 * where the edge is. `MOORING_TOKEN` is the edge's.
 */
import { createServer } from "node:http";
import { Server } from "socket.io";
import type { DefaultEventsMap, Socket } from "socket.io";
// An application says "mooring/origin".
import { createAdapter } from "../../src/origin/origin.ts";
import type { ClientEvents, ServerEvents, ServerView } from "./page/facts.ts";

const MAX_TEXT_LENGTH = 500;
const BEAT_MS = 500;
const DRAIN_MS = 5_000;

interface SocketData {
  /** How often a server has counted for this session. It goes along when the session moves. */
  count?: number;
}
type Served = Server<ClientEvents, ServerEvents, DefaultEventsMap, SocketData>;
type ServedSocket = Socket<ClientEvents, ServerEvents, DefaultEventsMap, SocketData>;

const [name = "origin", port = "0", ...pages] = process.argv.slice(2);
const token = process.env["MOORING_TOKEN"] ?? "";

let isServing = false;
const http = createServer((request, response) => {
  response.statusCode = request.url === "/health" && isServing ? 200 : 404;
  response.end();
});
http.listen(Number(port), "127.0.0.1", () => {
  const address = http.address();
  if (address !== null && typeof address === "object") process.send?.(address.port);
});

process.once("message", (edge) => {
  serve(String(edge));
  isServing = true;
  process.send?.("serving");
  // What is left of the channel is its end, which is no reason to live on.
  process.channel?.unref();
});
process.once("disconnect", () => process.exit());
if (!process.connected) process.exit();
// A terminal's Ctrl-C reaches every process at once. The parent decides when this one ends.
process.on("SIGINT", () => undefined);

function serve(edge: string): void {
  const io: Served = new Server(http, {
    // The page comes from another port than the edge, so this is what lets it in.
    cors: { origin: pages },
    connectionStateRecovery: {},
    adapter: createAdapter({ url: edge, token, closeOn: ["SIGTERM"], drainMs: DRAIN_MS }),
  });
  // For a session that has moved here as well: its client can't tell otherwise.
  io.on("connection", (socket) => {
    socket.emit("view", viewOf(socket));
    answer(io, socket);
  });
  beat(io);
}

function answer(io: Served, socket: ServedSocket): void {
  socket.on("probe", (done) => done());
  socket.on("echo", (text, done) => done(text));
  socket.on("chat", (text) => {
    if (typeof text !== "string") return;
    io.emit("chat", { from: socket.id, origin: name, text: text.slice(0, MAX_TEXT_LENGTH) });
  });
}

/** Two streams in which a client sees what it misses: this server's to everybody, and one to each session of its own. */
function beat(io: Served): void {
  let n = 0;
  const timer = setInterval(() => {
    const { sockets } = io.sockets;
    n += 1;
    io.emit("tick", { origin: name, pid: process.pid, n, clients: sockets.size });
    for (const socket of sockets.values()) {
      const count = (socket.data.count ?? 0) + 1;
      socket.data.count = count;
      socket.emit("count", count);
    }
  }, BEAT_MS);
  timer.unref();
}

function viewOf(socket: ServedSocket): ServerView {
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
