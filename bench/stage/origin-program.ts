// The origin of all benchmarks: a stock Socket.IO server with its default options, which sends `echo` back.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http);

io.on("connection", (socket) => {
  socket.on("echo", (text: unknown) => void socket.emit("echo", text));
});

http.listen(0, "127.0.0.1", () => {
  const address = http.address();
  const port = typeof address === "object" && address ? address.port : 0;
  console.log(`The origin is ready on http://127.0.0.1:${port}`);
});
