import { createHash } from "node:crypto";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer, get, IncomingMessage } from "node:http";
import { setTimeout } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { startEdge, type Edge } from "../support/edge.ts";
import { next } from "../support/events.ts";
import { MemoryWatch } from "../support/memory.ts";
import { portOf } from "../support/origin.ts";
import { request, requestUpgrade } from "../support/raw-http.ts";
import { connectRaw, requestBytes } from "../support/raw-tcp.ts";

const MIB = 1024 * 1024;
const LARGE = 64 * MIB;
/** What the edge may grow by while 64 MiB go through it. */
const MAX_GROWTH = 24 * MIB;

const server = createServer();
let edge: Edge;
/** One whose first origin is a closed port. */
let halfDead: Edge;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${portOf(server)}`;
  const vars = { PROXY: "true", BALANCE: "round-robin" };
  edge = await startEdge({ origins: [origin], vars });
  halfDead = await startEdge({ origins: ["http://127.0.0.1:9", origin], vars });
});

afterAll(async () => {
  await Promise.all([edge.stop(), halfDead.stop()]);
  server.close();
  server.closeAllConnections();
});

function serve(listener: RequestListener): void {
  server.removeAllListeners("request");
  server.on("request", listener);
}

function digestOf(body: Buffer): string {
  return createHash("sha256").update(body).digest("hex");
}

describe("a body's bytes are the origin's", () => {
  const page = Buffer.from("hello world ".repeat(50));
  test.each<[string, Buffer]>([
    ["gzip", gzipSync(page, { level: 1 })],
    ["br", brotliCompressSync(page)],
    ["GZIP", gzipSync(page, { level: 9 })],
    ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 255])],
    ["gzip, br", Buffer.from([1, 2, 3])],
    ["gzip", Buffer.from("no gzip at all")],
  ])("however they are encoded: %s", async (encoding, body) => {
    serve((_, outgoing) => {
      outgoing.writeHead(200, { "content-encoding": encoding, "content-length": body.length });
      outgoing.end(body);
    });
    const headers = { "accept-encoding": "gzip, br, zstd" };
    const got = await request(`${edge.url}/page`, { headers });
    const length = String(body.length);
    expect(got.headers).toMatchObject({ "content-encoding": encoding, "content-length": length });
    expect(got.body).toEqual(body);
  });
});

describe("bodies flow as they come", () => {
  test("an upload reaches the origin before it is complete, and its answer the client", async () => {
    serve((incoming, outgoing) => {
      outgoing.writeHead(200);
      incoming.pipe(outgoing);
    });
    const connection = await connectRaw(edge.url);
    const fields = ["Transfer-Encoding: chunked"];
    connection.write(requestBytes({ method: "POST", target: "/", fields, body: "3\r\none\r\n" }));
    await connection.until(/one/);
    connection.write("3\r\ntwo\r\n0\r\n\r\n");
    expect(await connection.until(/\r\n0\r\n\r\n$/)).toMatch(/one\r\n[^]*two/);
  });

  test("64 MiB go up without being held", async () => {
    serve((incoming, outgoing) => {
      const hash = createHash("sha256");
      incoming.on("data", (chunk: Buffer) => hash.update(chunk));
      incoming.on("end", () => outgoing.end(hash.digest("hex")));
    });
    const body = Buffer.alloc(LARGE, "mooring");
    const memory = new MemoryWatch(edge.port);
    const got = await request(`${edge.url}/upload`, { method: "POST", body });
    expect(got.body.toString()).toBe(digestOf(body));
    expect(memory.growth()).toBeLessThan(MAX_GROWTH);
  });

  test("64 MiB come down without being held, however late the client reads", async () => {
    const body = Buffer.alloc(LARGE, "mooring");
    const sent = new Promise<() => number>((resolve) => {
      serve((_, outgoing) => {
        outgoing.end(body);
        resolve(() => (outgoing.socket?.bytesWritten ?? 0) - outgoing.writableLength);
      });
    });
    const memory = new MemoryWatch(edge.port);
    const [incoming] = await next(get(`${edge.url}/download`, { agent: false }), "response");
    if (!(incoming instanceof IncomingMessage)) throw new TypeError("Expected an answer.");
    expect(await atRest(await sent)).toBeLessThan(LARGE);
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    await once(incoming, "end");
    expect(digestOf(Buffer.concat(chunks))).toBe(digestOf(body));
    expect(memory.growth()).toBeLessThan(MAX_GROWTH);
  });
});

describe("a dead origin", () => {
  beforeEach(() => {
    serve((incoming, outgoing) => void incoming.resume().on("end", () => outgoing.end("alive")));
  });

  test.each(["GET", "HEAD", "OPTIONS"])(
    "isn't noticed by %s while another is up",
    async (method) => {
      for (let i = 0; i < 4; i += 1) {
        const got = await request(`${halfDead.url}/`, { method });
        expect(got.status).toBe(200);
      }
    },
  );

  test("is what a request that may not be repeated ends with", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      const got = await request(`${halfDead.url}/`, { method: "POST", body: "order" });
      statuses.push(got.status);
    }
    expect(statuses).toEqual(statuses[0] === 200 ? [200, 502, 200, 502] : [502, 200, 502, 200]);
  });
});

describe("a WebSocket outside Engine.IO's path", () => {
  test("is the origin's own: subprotocol, text, bytes and close codes", async () => {
    const sockets = webSockets();
    const client = dial("/live?a=b", ["v2", "v1"]);
    const [[, asked]] = await Promise.all([next(sockets, "connection"), next(client, "open")]);
    expect([client.protocol, asked]).toMatchObject(["v2", { url: "/live?a=b" }]);
    client.send("text");
    expect(await next(client, "message")).toEqual([Buffer.from("text"), false]);
    client.send(Buffer.from([0, 255]));
    expect(await next(client, "message")).toEqual([Buffer.from([0, 255]), true]);
    for (const peer of sockets.clients) peer.close(4001, "enough");
    expect(await next(client, "close")).toEqual([4001, Buffer.from("enough")]);
  });

  test("closes at the origin as its client closes it", async () => {
    const sockets = webSockets();
    const closed = new Promise((resolve) => {
      sockets.on("connection", (peer) => {
        peer.on("close", (code, reason) => resolve([code, String(reason)]));
      });
    });
    const client = dial("/live");
    await next(client, "open");
    client.close(4002, "bye");
    expect(await closed).toEqual([4002, "bye"]);
  });

  test("is refused as the origin refuses it", async () => {
    server.removeAllListeners("upgrade");
    server.on("upgrade", (_, connection) => {
      connection.end("HTTP/1.1 401 Unauthorized\r\nX-Why: token\r\nContent-Length: 2\r\n\r\nno");
    });
    const got = await requestUpgrade(`${edge.url}/live`);
    expect([got.status, got.headers["x-why"], got.body.toString()]).toEqual([401, "token", "no"]);
  });
});

/** WebSockets at the origin, which echo. */
function webSockets(): WebSocketServer {
  server.removeAllListeners("upgrade");
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  onTestFinished(() => sockets.close());
  return sockets;
}

function dial(target: string, protocols: string[] = []): WebSocket {
  return new WebSocket(edge.url.replace("http", "ws") + target, protocols);
}

/** Waits until a number that rises has come to rest. */
async function atRest(read: () => number): Promise<number> {
  for (let before = -1; ;) {
    const now = read();
    if (now === before && now > 0) return now;
    before = now;
    await setTimeout(200);
  }
}
