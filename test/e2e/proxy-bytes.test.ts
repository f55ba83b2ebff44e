import { once } from "node:events";
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ByteOrigin } from "../support/byte-origin.ts";
import { startEdge, type Edge } from "../support/edge.ts";
import type { RawConnection, RawRequest } from "../support/raw-tcp.ts";
import { connectRaw, requestBytes } from "../support/raw-tcp.ts";

const origin = new ByteOrigin();
let edge: Edge;

beforeAll(async () => {
  await origin.start();
  edge = await startEdge({ origins: [origin.url], vars: { PROXY: "true" } });
});

afterAll(async () => {
  await edge.stop();
  origin.stop();
});

async function ask(asked: RawRequest): Promise<RawConnection> {
  const connection = await connectRaw(edge.url);
  connection.write(Buffer.from(requestBytes(asked), "latin1"));
  return connection;
}

const EMPTY = "Content-Length: 0\r\n\r\n";

describe("an answer's bytes", () => {
  test.each<[string, RawRequest, string, string[]]>([
    [
      "HEAD",
      { method: "HEAD", target: "/" },
      "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nContent-Encoding: gzip\r\n\r\n",
      ["HTTP/1.1 200 OK", "Content-Length: 1234", "Content-Encoding: gzip"],
    ],
    [
      "not modified",
      { target: "/", fields: ['If-None-Match: "a"'] },
      'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
      ["HTTP/1.1 304 Not Modified", 'ETag: "a"'],
    ],
    [
      "a part",
      { target: "/", fields: ["Range: bytes=2-3"] },
      "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 2-3/9\r\nContent-Length: 2\r\n\r\ncd",
      ["HTTP/1.1 206 Partial Content", "Content-Length: 2", "Content-Range: bytes 2-3/9"],
    ],
    [
      "a redirection",
      { target: "/" },
      `HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/x\r\n${EMPTY}`,
      ["HTTP/1.1 302 Found", "Location: http://127.0.0.1:9/x"],
    ],
    [
      "cookies",
      { target: "/" },
      `HTTP/1.1 200 OK\r\nSet-Cookie: a=b, c\r\nSet-Cookie: d=e\r\n${EMPTY}`,
      ["Set-Cookie: a=b, c", "Set-Cookie: d=e"],
    ],
    [
      "a value that is no UTF-8",
      { target: "/" },
      `HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nX-Name: caf\xe9\r\n${EMPTY}`,
      ["X-Name: caf\xe9"],
    ],
    [
      "a status of its own",
      { target: "/" },
      `HTTP/1.1 799 Own\r\nKeep-Alive: timeout=5\r\nX-A: 1\r\n${EMPTY}`,
      ["HTTP/1.1 799 Own", "X-A: 1"],
    ],
    [
      "what follows early hints, which end at the edge",
      { target: "/" },
      `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n${EMPTY}`,
      ["HTTP/1.1 200 OK"],
    ],
  ])("are the origin's: %s", async (_, asked, bytes, lines) => {
    origin.says(bytes);
    const got = await (await ask(asked)).until(/\r\n\r\n/);
    expect(got.split("\r\n")).toEqual(expect.arrayContaining(lines));
  });

  test("lose what is for the next hop alone", async () => {
    const fields = "X-Hop: 1\r\nX-End: 2\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n";
    origin.says(`HTTP/1.1 200 OK\r\nConnection: X-Hop\r\n${fields}Content-Length: 2\r\n\r\nhi`);
    const got = await (await ask({ target: "/" })).until(/hi$/);
    expect(got).toContain("X-End: 2");
    expect(got).not.toMatch(/x-hop|keep-alive|proxy-auth/i);
  });

  test.each([
    ["a length", "Content-Length: 10\r\n\r\nhello"],
    ["chunks", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"],
  ])("that end too early do so at the client: %s", async (_, body) => {
    origin.answer = (connection) => {
      return connection.write(`HTTP/1.1 200 OK\r\n${body}`, () => connection.destroy());
    };
    const got = await (await ask({ target: "/" })).closed();
    expect(got).toContain("hello");
    expect(got).not.toMatch(/\r\n0\r\n/);
  });
});

describe("a request's bytes", () => {
  test.each<[string, RawRequest, RegExp, string[]]>([
    [
      "a body's length",
      { method: "POST", target: "/a?b", fields: ["Content-Length: 5"], body: "hello" },
      /\r\n\r\nhello$/,
      ["POST /a?b HTTP/1.1", "Content-Length: 5"],
    ],
    [
      "a body in chunks",
      {
        method: "PUT",
        target: "/",
        fields: ["Transfer-Encoding: chunked"],
        body: "5\r\nhello\r\n0\r\n\r\n",
      },
      /\r\n0\r\n\r\n$/,
      ["PUT / HTTP/1.1", "Transfer-Encoding: chunked"],
    ],
    [
      "a GET with a body",
      { target: "/", fields: ["Content-Length: 5"], body: "hello" },
      /\r\n\r\nhello$/,
      ["GET / HTTP/1.1", "Content-Length: 5"],
    ],
    [
      "no body",
      { method: "DELETE", target: "/" },
      /\r\n\r\n$/,
      ["DELETE / HTTP/1.1", "Content-Length: 0"],
    ],
    [
      "a value that is no UTF-8",
      { target: "/", fields: ["Cookie: name=caf\xe9"] },
      /\r\n\r\n$/,
      ["Cookie: name=caf\xe9"],
    ],
  ])("reach the origin: %s", async (_, asked, end, lines) => {
    const arrived = origin.asked(end);
    await ask(asked);
    expect((await arrived).split("\r\n")).toEqual(expect.arrayContaining(lines));
  });

  test("say where they came from, whatever the client says", async () => {
    const arrived = origin.asked(/\r\n\r\n$/);
    await ask({ target: "/", fields: ["X-Forwarded-For: 10.0.0.1", "X-Real-IP: 10.0.0.1"] });
    const lines = (await arrived).toLowerCase().split("\r\n");
    expect(lines.filter((line) => /^x-|10\.0\.0\.1/.test(line)).toSorted()).toEqual([
      "x-forwarded-for: 127.0.0.1",
      "x-forwarded-host: edge.example",
      "x-forwarded-proto: http",
    ]);
  });

  test("lose what is for the next hop alone", async () => {
    const arrived = origin.asked(/\r\n\r\n$/);
    const fields = ["Connection: close, X-Hop", "X-Hop: 1", "TE: trailers", "Upgrade: h2c"];
    await ask({ target: "/", fields });
    expect(await arrived).not.toMatch(/^(x-hop|te|upgrade|connection):/im);
  });

  test("follow when the client was told to go on", async () => {
    const arrived = origin.asked(/\r\n\r\nhello$/);
    const fields = ["Content-Length: 5", "Expect: 100-continue"];
    const connection = await ask({ method: "POST", target: "/", fields });
    expect(await connection.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 100 /);
    connection.write("hello");
    expect(await arrived).not.toMatch(/^expect:/im);
    expect(await connection.until(/200 OK/)).toContain("200 OK");
  });

  test("need not be complete for an answer", async () => {
    origin.says("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno");
    const fields = ["Content-Length: 1000000000"];
    const connection = await ask({ method: "POST", target: "/", fields, body: "a" });
    expect(await connection.closed()).toMatch(/^HTTP\/1\.1 413 [^]*no$/);
  });
});

describe("a stream of the server's", () => {
  const HEAD =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

  /** Begins one, with its first event. */
  async function stream(): Promise<{ client: RawConnection; server: Socket }> {
    const server = new Promise<Socket>((resolve) => {
      origin.answer = (connection) => {
        resolve(connection);
        return connection.write(`${HEAD}9\r\ndata: 1\n\n\r\n`);
      };
    });
    const client = await ask({ target: "/events" });
    await client.until(/data: 1\n\n/);
    return { client, server: await server };
  }

  test("reaches the client event by event", async () => {
    const { client, server } = await stream();
    server.write("9\r\ndata: 2\n\n\r\n");
    expect(await client.until(/data: 2\n\n/)).toContain("data: 2");
  });

  test("ends at the origin with the first bytes after its client has gone", async () => {
    const { client, server } = await stream();
    const closed = once(server, "close");
    client.socket.destroy();
    const beat = setInterval(() => server.write("3\r\n:\n\n\r\n"), 20);
    await closed;
    clearInterval(beat);
    expect(server.destroyed).toBe(true);
  });
});
