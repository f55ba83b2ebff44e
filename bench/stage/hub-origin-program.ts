// A Socket.IO server with the hub's adapter, which broadcasts when it is told to: `GET /run?rate=10&seconds=20&bytes=100`.
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { Server } from "socket.io";
import { createAdapter } from "../../src/origin/origin.ts";

const [url = "", token = ""] = process.argv.slice(2);

const http = createServer();
const io = new Server(http, { adapter: createAdapter({ url, token }) });

http.prependListener("request", (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://origin");
  const number = (name: string) => Number(searchParams.get(name) ?? 0);
  if (pathname === "/count") {
    void io
      .of("/")
      .adapter.serverCount()
      .then((count) => response.end(`${count}`));
  } else if (pathname === "/run") {
    const text = "x".repeat(number("bytes"));
    void run(number("rate"), number("seconds"), text).then((sent) => response.end(`${sent}`));
  }
});

/** Each broadcast when it is due, whatever became of the one before. */
async function run(rate: number, seconds: number, text: string): Promise<number> {
  const startedAt = performance.now();
  const total = Math.round(rate * seconds);
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, ((performance.now() - startedAt) / 1000) * rate);
    for (; sent < due; sent += 1) io.emit("news", text);
    await delay(1);
  }
  return sent;
}

http.listen(0, "127.0.0.1", () => {
  const address = http.address();
  const port = typeof address === "object" && address ? address.port : 0;
  console.log(`The origin is ready on http://127.0.0.1:${port}`);
});
