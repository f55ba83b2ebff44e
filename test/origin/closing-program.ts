// A server that closes upon SIGTERM and has nothing else to end its process: URL of the hub, token.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { createAdapter } from "../../src/origin/origin.ts";

const [, , url = "", token = ""] = process.argv;
const http = createServer();
const io = new Server(http);
io.adapter(createAdapter({ url, token, closeOn: ["SIGTERM"] }));
http.listen(0, "127.0.0.1", () => process.send?.("listening", () => process.disconnect()));
