import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerOptions } from "socket.io";
import { describe, expect, test } from "vitest";
import { CLIENT_MODES } from "../support/clients.ts";
import { direct } from "../support/edge.ts";
import { next } from "../support/events.ts";
import { frontDoor } from "../support/front-door.ts";
import { request, requestUpgrade, type Answer } from "../support/raw-http.ts";

const POLLING = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET = "/socket.io/?EIO=4&transport=websocket";

const door = frontDoor();

function refusingWith(message: string | null): Partial<ServerOptions> {
  return { allowRequest: (_request, decide) => decide(message, false) };
}

function refuse(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(401, { "Content-Type": "text/plain", "WWW-Authenticate": "Bearer" });
  response.end("who are you?");
}

function contentOf({ status, headers, body }: Answer): unknown {
  return { status, type: headers["content-type"], body: body.toString() };
}

describe("allowRequest", () => {
  test.each([
    { message: "no entry: ü", seen: "no entry: ü" },
    { message: null, seen: "Forbidden" },
  ])("refuses a polling handshake with 403 and says $seen", async ({ message, seen }) => {
    door.serve(refusingWith(message));
    expect(contentOf(await request(door.url + POLLING))).toEqual({
      status: 403,
      type: "application/json",
      body: JSON.stringify({ code: 4, message: seen }),
    });
  });

  test.each([
    { message: "no entry: ü", seen: "no entry: ü" },
    { message: null, seen: "Forbidden" },
  ])("refuses a WebSocket handshake with 400 and the bare $seen", async ({ message, seen }) => {
    door.serve(refusingWith(message));
    expect(contentOf(await requestUpgrade(door.url + WEBSOCKET))).toEqual({
      status: 400,
      type: "text/html",
      body: seen,
    });
  });

  describe.each(CLIENT_MODES)("$name", (mode) => {
    test("shows a stock client a connect_error", async () => {
      door.serve(refusingWith("no entry"));
      const [error] = await next(door.client(mode), "connect_error");
      expect(error).toMatchObject(
        mode.transports[0] === "polling"
          ? { message: "xhr poll error", description: 403 }
          : { message: "websocket error" },
      );
    });

    test("judges by the client's own headers and query, and may take its time", async () => {
      door.serve({
        allowRequest: ({ headers, url }, decide) => {
          const isWelcome = headers["x-badge"] === "gold" && url?.includes("name=ada") === true;
          setImmediate(() => decide(null, isWelcome));
        },
      });
      const badge = { "X-Badge": "gold" };
      await door.connect(mode, { extraHeaders: badge, query: { name: "ada" } });
      const stranger = door.client(mode, { extraHeaders: badge, query: { name: "eve" } });
      expect(await next(stranger, "connect_error")).toHaveLength(1);
    });
  });
});

describe("an engine middleware", () => {
  test("refuses a polling client with its own status, headers and body", async () => {
    door.serve().engine.use(refuse);
    const answer = await request(door.url + POLLING);
    expect(contentOf(answer)).toEqual({ status: 401, type: "text/plain", body: "who are you?" });
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
  });

  test.skipIf(direct)("refuses a WebSocket client with 401 (a stock server hangs up)", async () => {
    door.serve().engine.use(refuse);
    const answer = await requestUpgrade(door.url + WEBSOCKET);
    expect(answer.status).toBe(401);
  });

  test("that fails is a bad request", async () => {
    door.serve().engine.use((_req: unknown, _res: unknown, proceed: (error: Error) => void) => {
      proceed(new Error("the session store is away"));
    });
    expect(contentOf(await request(door.url + POLLING))).toEqual({
      status: 400,
      type: "application/json",
      body: '{"code":3,"message":"Bad request"}',
    });
    expect(contentOf(await requestUpgrade(door.url + WEBSOCKET))).toEqual({
      status: 400,
      type: "text/html",
      body: "Bad request",
    });
  });

  describe.each(CLIENT_MODES)("$name", (mode) => {
    test("shows a stock client a connect_error", async () => {
      door.serve().engine.use(refuse);
      const [error] = await next(door.client(mode), "connect_error");
      expect(error).toMatchObject(
        mode.transports[0] === "polling"
          ? { message: "xhr poll error", description: 401 }
          : { message: "websocket error" },
      );
    });

    test("sees the client's headers and leaves its mark on the request", async () => {
      const io = door.serve();
      io.engine.use((req: MarkedRequest, _res: unknown, proceed: () => void) => {
        req.user = `user of ${req.headers.authorization ?? "nothing"}`;
        proceed();
      });
      const extraHeaders = { Authorization: "Bearer abc" };
      const { server } = await door.pair(io, mode, { extraHeaders });
      expect(server.request).toHaveProperty("user", "user of Bearer abc");
    });
  });
});

interface MarkedRequest extends IncomingMessage {
  user?: string;
}

describe("a server without WebSocket", () => {
  test.skipIf(direct)("is refused with the reason (a stock client could poll it)", async () => {
    door.serve({ transports: ["polling"] });
    const { status, body } = await request(door.url + POLLING);
    expect(status).toBe(400);
    expect(body.toString()).toMatch(/^\{"code":0,"message":".*websocket.*"\}$/);
  });
});

const REQUESTS: { name: string; path: string; method?: string; upgrade?: true }[] = [
  { name: "no query", path: "/socket.io/" },
  { name: "no transport", path: "/socket.io/?EIO=4" },
  { name: "an unknown transport", path: "/socket.io/?EIO=4&transport=carrier-pigeon" },
  { name: "a transport of Object's", path: "/socket.io/?EIO=4&transport=constructor" },
  { name: "WebTransport by polling", path: "/socket.io/?EIO=4&transport=webtransport" },
  { name: "protocol 3", path: "/socket.io/?EIO=3&transport=polling" },
  { name: "no protocol", path: "/socket.io/?transport=polling" },
  { name: "an unknown sid", path: `${POLLING}&sid=nobody` },
  { name: "an unknown sid of our length", path: `${POLLING}&sid=${"A".repeat(59)}` },
  { name: "an unknown sid by POST", path: `${POLLING}&sid=nobody`, method: "POST" },
  { name: "an unknown sid by WebSocket", path: `${WEBSOCKET}&sid=nobody`, upgrade: true },
  { name: "a handshake by POST", path: POLLING, method: "POST" },
  { name: "a handshake by DELETE", path: POLLING, method: "DELETE" },
  { name: "a WebSocket handshake without upgrade", path: WEBSOCKET },
  { name: "an upgrade to no transport", path: "/socket.io/?EIO=4", upgrade: true },
  { name: "a file that isn't there", path: "/socket.io/socket.io.ts" },
];

describe.skipIf(direct)("answers as the stock server does (which it is compared with)", () => {
  test.each(REQUESTS)("$name", async ({ path, method = "GET", upgrade }) => {
    door.serve();
    const ask = upgrade === true ? requestUpgrade : request;
    const stock = await ask(door.origin.url + path, { method });
    const answer = await ask(door.url + path, { method });
    expect(contentOf(answer)).toEqual(contentOf(stock));
  });
});
