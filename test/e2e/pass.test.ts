import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createClient, joined, POLLING, upgraded, UPGRADE, WEBSOCKET } from "../support/clients.ts";
import { startEdge, type Edge } from "../support/edge.ts";
import { disconnection, next } from "../support/events.ts";
import { serverSide } from "../support/front-door.ts";
import { startOrigin, type Origin } from "../support/origin.ts";
import { request, requestUpgrade } from "../support/raw-http.ts";

let origin: Origin;
let edge: Edge;
/** One whose first origin is a closed port. */
let halfDead: Edge;

beforeAll(async () => {
  origin = await startOrigin();
  const vars = { WEBSOCKET: "pass", BALANCE: "round-robin" };
  edge = await startEdge({ origins: [origin.url], vars });
  halfDead = await startEdge({ origins: ["http://127.0.0.1:9", origin.url], vars });
});

afterAll(async () => {
  await Promise.all([edge.stop(), halfDead.stop()]);
  await origin.stop();
});

const OURS = /^[\w-]{59}$/;

describe("a client that starts with a WebSocket", () => {
  test("has the origin's own session", async () => {
    const io = origin.serve();
    const client = createClient(edge.url, WEBSOCKET, { query: { room: "1", sid: "" } });
    await joined(client);
    const { conn, handshake } = serverSide(io, client);
    expect(Reflect.get(conn, "id")).toBe(client.io.engine.id);
    expect(client.io.engine.id).not.toMatch(OURS);
    expect(handshake.query).toMatchObject({ room: "1", EIO: "4", transport: "websocket" });
    expect(handshake.headers).toMatchObject({
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": new URL(edge.url).host,
    });
  });

  test("talks to it both ways, in text and in bytes", async () => {
    const io = origin.serve();
    io.on("connection", (socket) => {
      socket.on("up", (...values: unknown[]) => socket.emit("down", ...values));
    });
    const client = createClient(edge.url, WEBSOCKET);
    client.emit("up", "text", Buffer.from([0, 255]), { n: 1 });
    expect(await next(client, "down")).toEqual(["text", Buffer.from([0, 255]), { n: 1 }]);
  });

  test("is held by the origin's own heartbeat", async () => {
    origin.serve({ pingInterval: 50, pingTimeout: 2000 });
    const client = createClient(edge.url, WEBSOCKET);
    await joined(client);
    await next(client.io.engine, "ping");
    await next(client.io.engine, "ping");
    expect(client.connected).toBe(true);
  });

  test("ends as the origin ends it", async () => {
    const io = origin.serve();
    const client = createClient(edge.url, WEBSOCKET);
    await joined(client);
    const ended = disconnection(client);
    io.engine.close();
    expect(await ended).toBe("transport close");
  });

  test("ends at the origin when it goes", async () => {
    const io = origin.serve();
    const client = createClient(edge.url, WEBSOCKET);
    await joined(client);
    const ended = disconnection(serverSide(io, client));
    client.io.engine.close();
    expect(await ended).toBe("transport close");
  });

  test("gets the application's refusal, and the next client a session", async () => {
    let isAllowed = false;
    origin.serve({ allowRequest: (_, decide) => decide("not you", isAllowed) });
    const target = "/socket.io/?EIO=4&transport=websocket";
    const refused = await requestUpgrade(edge.url + target);
    expect(refused).toEqual(expect.objectContaining({ status: 400, body: Buffer.from("not you") }));
    isAllowed = true;
    expect(await requestUpgrade(edge.url + target)).toMatchObject({ status: 101 });
  });

  test("doesn't notice a dead origin while another is up", async () => {
    origin.serve();
    for (let i = 0; i < 4; i += 1) {
      const client = createClient(halfDead.url, WEBSOCKET);
      await joined(client);
      expect(client.connected).toBe(true);
    }
  });
});

describe("a client that polls", () => {
  beforeEach(() => void origin.serve());

  test("has a session of the edge's", async () => {
    const client = createClient(edge.url, POLLING);
    await joined(client);
    expect(client.io.engine.id).toMatch(OURS);
  });

  test("keeps it when it upgrades", async () => {
    const client = createClient(edge.url, UPGRADE);
    await Promise.all([joined(client), upgraded(client)]);
    expect(client.io.engine.id).toMatch(OURS);
  });

  test("can't poll the session that a WebSocket has at the origin", async () => {
    const client = createClient(edge.url, WEBSOCKET);
    await joined(client);
    const target = `/socket.io/?EIO=4&transport=polling&sid=${client.io.engine.id}`;
    const got = await request(edge.url + target);
    expect(got.status).toBe(400);
    expect(JSON.parse(got.body.toString())).toEqual({ code: 1, message: "Session ID unknown" });
  });
});

test("answers 503, and when to come back, to a WebSocket that no origin takes", async () => {
  const alone = await startEdge({
    origins: ["http://127.0.0.1:9"],
    vars: { WEBSOCKET: "pass" },
  });
  const got = await requestUpgrade(`${alone.url}/socket.io/?EIO=4&transport=websocket`);
  await alone.stop();
  expect([got.status, got.headers["retry-after"]]).toEqual([503, "5"]);
  expect(JSON.parse(got.body.toString())).toMatchObject({ code: "NO_ORIGIN" });
});

test("sets the cookie by which a client comes back to its origin, beside the origin's own", async () => {
  const io = origin.serve();
  io.engine.on("initial_headers", (headers: Record<string, string>) => {
    headers["set-cookie"] = "own=1";
  });
  const vars = { WEBSOCKET: "pass", AFFINITY: "cookie", MOORING_TOKEN: "a-token-of-this-test" };
  const sticky = await startEdge({ origins: [origin.url], vars });
  const got = await requestUpgrade(`${sticky.url}/socket.io/?EIO=4&transport=websocket`);
  await sticky.stop();
  expect([got.status, got.headers["set-cookie"]?.length]).toEqual([101, 2]);
  expect(got.headers["set-cookie"]).toContain("own=1");
});
