import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { CLIENT_MODES, UPGRADE, WEBSOCKET } from "../support/clients.ts";
import { direct } from "../support/edge.ts";
import { frontDoor } from "../support/front-door.ts";
import { request, requestUpgrade, type Answer } from "../support/raw-http.ts";
import { openByPolling, openByWebSocket } from "../support/raw-session.ts";

const door = frontDoor();

describe.each(CLIENT_MODES)("$name", (mode) => {
  test("shows the application the client's headers", async () => {
    const extraHeaders = {
      "X-Trace": "t-1",
      "User-Agent": "tester/1.0",
      "Accept-Language": "da, en;q=0.5",
      Authorization: "Bearer abc",
      Cookie: "session=s-1; theme=dark",
      Origin: "https://app.example",
      Referer: "https://app.example/page?x=1",
    };
    const { server } = await door.pair(door.serve(), mode, { extraHeaders });
    expect(server.handshake.headers).toMatchObject({
      "x-trace": "t-1",
      "user-agent": "tester/1.0",
      "accept-language": "da, en;q=0.5",
      authorization: "Bearer abc",
      cookie: "session=s-1; theme=dark",
      origin: "https://app.example",
      referer: "https://app.example/page?x=1",
    });
    expect(server.handshake).toMatchObject({ xdomain: true, secure: false });
  });

  test("shows the application the client's query and no session id", async () => {
    const query = { token: "a b&c=d/ü?#", empty: "", "key[]": "%2B+" };
    const { server } = await door.pair(door.serve(), mode, { query });
    const { handshake } = server;
    expect(handshake.query).toMatchObject({ ...query, EIO: "4" });
    expect(handshake.query).not.toHaveProperty("sid");
    const { pathname, searchParams } = new URL(handshake.url, door.origin.url);
    expect(pathname).toBe("/socket.io/");
    expect(Object.fromEntries(searchParams)).toEqual(handshake.query);
  });

  test("carries a cookie of 8 KB and a query of 6 KB", async () => {
    const cookie = `a=${"c".repeat(8192)}`;
    const query = { token: "q".repeat(6144) };
    const { server } = await door.pair(door.serve(), mode, { extraHeaders: { cookie }, query });
    expect(server.handshake.headers.cookie).toBe(cookie);
    expect(server.handshake.query.token).toBe(query.token);
  });

  test("shows the application its own host and its peer's address, as behind any proxy", async () => {
    const { server } = await door.pair(door.serve(), mode);
    expect(server.handshake.headers.host).toBe(new URL(door.origin.url).host);
    expect(server.handshake.address).toBe("127.0.0.1");
  });

  test.skipIf(direct)(
    "says who the client is and where it came to (a stock server has no proxy)",
    async () => {
      const { server } = await door.pair(door.serve(), mode);
      expect(server.handshake.headers).toMatchObject({
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "http",
        "x-forwarded-host": new URL(door.url).host,
      });
    },
  );

  test.skipIf(direct)(
    "believes no forwarding header of the client's (a stock server believes all)",
    async () => {
      const extraHeaders = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "elsewhere.example",
        "X-Real-IP": "203.0.113.7",
        "CF-Connecting-IP": "203.0.113.7",
        // By which Miniflare tells workerd what `request.cf` is to be.
        "MF-CF-Blob": '{"clientIp":"203.0.113.7:7"}',
        Forwarded: "for=203.0.113.7",
      };
      const { server } = await door.pair(door.serve(), mode, { extraHeaders });
      expect(server.handshake.headers).toMatchObject({
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "http",
        "x-forwarded-host": new URL(door.url).host,
      });
      for (const name of ["x-real-ip", "cf-connecting-ip", "forwarded"]) {
        expect(server.handshake.headers).not.toHaveProperty(name);
      }
    },
  );

  test.skipIf(direct)(
    "speaks WebSocket to the origin (a stock server sees the client's transport)",
    async () => {
      const { client, server } = await door.pair(door.serve(), mode);
      expect(server.handshake.query.transport).toBe("websocket");
      expect(server.conn.transport.name).toBe("websocket");
      expect(server.conn).not.toMatchObject({ id: client.io.engine.id });
    },
  );
});

/** A bare handshake on each transport; the edge speaks WebSocket to its origin for both. */
const HANDSHAKES: { name: string; shake: (headers?: Record<string, string>) => Promise<Answer> }[] =
  [
    {
      name: "polling",
      shake: (headers = {}) =>
        request(`${door.url}/socket.io/?EIO=4&transport=polling`, { headers }),
    },
    {
      name: "WebSocket",
      shake: (headers = {}) =>
        requestUpgrade(`${door.url}/socket.io/?EIO=4&transport=websocket`, { headers }),
    },
  ];

describe.each(HANDSHAKES)("the handshake by $name", ({ shake }) => {
  test("carries a cookie and headers that the application sets on it", async () => {
    const io = door.serve();
    io.engine.on("initial_headers", (headers: Record<string, string>) => {
      headers["Set-Cookie"] = "lb=1; Path=/; HttpOnly; SameSite=Strict";
    });
    io.engine.on("headers", (headers: Record<string, string>, incoming: IncomingMessage) => {
      headers["X-Greeting"] = `hello ${incoming.headers.cookie ?? "stranger"}`;
    });
    const { headers } = await shake({ Cookie: "name=ada" });
    expect(headers["set-cookie"]).toEqual(["lb=1; Path=/; HttpOnly; SameSite=Strict"]);
    expect(headers["x-greeting"]).toBe("hello name=ada");
  });

  test("carries the headers that an engine middleware sets", async () => {
    const io = door.serve();
    io.engine.use((_request: unknown, response: ServerResponse, proceed: () => void) => {
      response.setHeader("X-Frame-Options", "SAMEORIGIN");
      response.setHeader("Set-Cookie", "sid=s%3A1; Path=/; HttpOnly");
      proceed();
    });
    const { headers } = await shake();
    expect(headers["x-frame-options"]).toBe("SAMEORIGIN");
    expect(headers["set-cookie"]).toEqual(["sid=s%3A1; Path=/; HttpOnly"]);
  });
});

test.each([WEBSOCKET, UPGRADE])("agrees on the first subprotocol: $name", async (mode) => {
  const client = await door.connect(mode, { protocols: ["chat", "other"] });
  expect(client.io.engine.transport).toMatchObject({ ws: { protocol: "chat" } });
});

describe.skipIf(direct)("with TRUST_FORWARDED (a stock server sees the header as it is)", () => {
  const trusting = frontDoor({ TRUST_FORWARDED: "true" });

  test.each(CLIENT_MODES)("passes on what a proxy in front says: $name", async (mode) => {
    const extraHeaders = {
      "X-Forwarded-For": "203.0.113.7, 198.51.100.2",
      "X-Forwarded-Proto": "https",
      "X-Forwarded-Host": "app.example",
    };
    const { server } = await trusting.pair(trusting.serve(), mode, { extraHeaders });
    expect(server.handshake.headers).toMatchObject({
      "x-forwarded-for": "203.0.113.7, 198.51.100.2, 127.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "app.example",
    });
  });
});

const TIMES = { pingInterval: 7000, pingTimeout: 3000, maxHttpBufferSize: 12_345 };
const SEEN = { pingInterval: 7000, pingTimeout: 3000, maxPayload: 12_345 };

test("tells a polling client the server's own times and limit", async () => {
  door.serve(TIMES);
  const { open } = await openByPolling(door.url);
  expect(open).toMatchObject({ ...SEEN, upgrades: ["websocket"] });
});

test("tells a WebSocket client the server's own times and limit", async () => {
  door.serve(TIMES);
  const { open } = await openByWebSocket(door.url);
  expect(open).toMatchObject({ ...SEEN, upgrades: [] });
});

test.skipIf(direct)(
  "offers the upgrade whatever allowUpgrades says (a stock server wouldn't)",
  async () => {
    door.serve({ allowUpgrades: false });
    const { open } = await openByPolling(door.url);
    expect(open.upgrades).toEqual(["websocket"]);
  },
);

test.skipIf(direct)(
  "doesn't see the server's cookie option (a stock server sets it on polling)",
  async () => {
    door.serve({ cookie: true });
    const { headers } = await request(`${door.url}/socket.io/?EIO=4&transport=polling`);
    expect(headers).not.toHaveProperty("set-cookie");
  },
);
