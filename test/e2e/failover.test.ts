import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  answering,
  startBadOrigin,
  upgrading,
  type BadOrigin,
  type Behaviour,
} from "../support/bad-origin.ts";
import { CLIENT_MODES, connected, createClient, POLLING } from "../support/clients.ts";
import { direct, startEdge, type Edge } from "../support/edge.ts";
import { disconnection, next } from "../support/events.ts";
import { startOrigin, type Origin } from "../support/origin.ts";
import { request, requestUpgrade, type Answer } from "../support/raw-http.ts";

const BY_POLLING = "/socket.io/?EIO=4&transport=polling";
const BY_WEBSOCKET = "/socket.io/?EIO=4&transport=websocket";
const VARS = { DIAL_TIMEOUT_MS: "300" };
const AGAIN = { reconnection: true, reconnectionDelay: 20, randomizationFactor: 0 };
const PAGE = "<!doctype html><title>Welcome</title>";

const FAULTS: { name: string; behaviour: Behaviour | undefined }[] = [
  { name: "is dead", behaviour: undefined },
  { name: "never answers", behaviour: () => {} },
  { name: "hangs up at once", behaviour: (connection) => connection.destroy() },
  {
    name: "hangs up when asked",
    behaviour: (connection) => connection.once("data", () => connection.destroy()),
  },
  { name: "answers with a page", behaviour: answering("200 OK", "text/html", PAGE) },
  { name: "answers 502 with a page", behaviour: answering("502 Bad Gateway", "text/html", PAGE) },
  { name: "answers 503", behaviour: answering("503 Unavailable", "application/json", "{}") },
  { name: "answers with rubbish", behaviour: (connection) => connection.end("rubbish\r\n\r\n") },
  { name: "upgrades and says nothing", behaviour: upgrading() },
  { name: "upgrades and says rubbish", behaviour: upgrading("rubbish") },
  { name: "upgrades and opens nothing", behaviour: upgrading("0{}") },
];

describe.skipIf(direct)("one bad origin of three (direct has one)", () => {
  let bad: BadOrigin;
  let healthy: Origin[] = [];
  let edge: Edge;

  beforeAll(async () => {
    bad = await startBadOrigin();
    healthy = await Promise.all([startOrigin(), startOrigin()]);
    edge = await startEdge({ origins: [bad.url, ...healthy.map(({ url }) => url)], vars: VARS });
  });

  afterAll(async () => {
    await edge.stop();
    await Promise.all([bad, ...healthy].map((origin) => origin.stop()));
  });

  test.each(FAULTS)("that $name never reaches a client", async ({ behaviour }) => {
    await bad.behave(behaviour);
    const servers = healthy.map((origin) => origin.serve());
    const clients = Array.from({ length: 4 }, () =>
      CLIENT_MODES.map((mode) => connected(createClient(edge.url, mode), mode)),
    ).flat();
    await Promise.all(clients);
    const counts = servers.map((io) => io.engine.clientsCount);
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBeGreaterThan(0);
    expect(counts.reduce((sum, count) => sum + count)).toBe(clients.length);
  });
});

describe.skipIf(direct)("the only origin (direct has no edge that could answer for it)", () => {
  let bad: BadOrigin;
  let edge: Edge;

  beforeAll(async () => {
    bad = await startBadOrigin();
    edge = await startEdge({ origins: [bad.url], vars: VARS });
  });

  afterAll(async () => {
    await edge.stop();
    await bad.stop();
  });

  test.each(FAULTS)("that $name is answered for with 503", async ({ behaviour }) => {
    await bad.behave(behaviour);
    const answers = await Promise.all([
      request(edge.url + BY_POLLING),
      requestUpgrade(edge.url + BY_WEBSOCKET),
    ]);
    for (const { status, headers, body } of answers) {
      expect(status).toBe(503);
      expect(Number(headers["retry-after"])).toBeGreaterThan(0);
      expect(headers["content-type"]).toMatch(/^application\/json/);
      expect(JSON.parse(body.toString())).toEqual({
        code: "NO_ORIGIN",
        message: expect.any(String) as unknown,
      });
    }
  });

  test.each(CLIENT_MODES)("that is dead is a connect_error: $name", async (mode) => {
    await bad.behave(undefined);
    const [error] = await next(createClient(edge.url, mode), "connect_error");
    expect(error).toBeInstanceOf(Error);
  });

  test("is found again as soon as it is there", async () => {
    await bad.behave(undefined);
    const client = createClient(edge.url, POLLING, AGAIN);
    await next(client, "connect_error");
    const origin = await startOrigin({}, () => {}, bad.port);
    onTestFinished(() => origin.stop());
    await next(client, "connect");
    expect(client.connected).toBe(true);
  });
});

describe.skipIf(direct)("an application's refusal (direct has no second origin)", () => {
  let origins: Origin[] = [];
  let edge: Edge;

  beforeAll(async () => {
    origins = await Promise.all([startOrigin(), startOrigin(), startOrigin()]);
    edge = await startEdge({ origins: origins.map(({ url }) => url) });
  });

  afterAll(async () => {
    await edge.stop();
    await Promise.all(origins.map((origin) => origin.stop()));
  });

  const ASKS: { name: string; ask: () => Promise<Answer> }[] = [
    { name: "polling", ask: () => request(edge.url + BY_POLLING) },
    { name: "WebSocket", ask: () => requestUpgrade(edge.url + BY_WEBSOCKET) },
  ];

  test.each(ASKS)("by allowRequest is final: $name", async ({ ask }) => {
    const asked = new Set<number>();
    for (const [n, origin] of origins.entries()) {
      origin.serve({
        allowRequest: (_request, decide) => {
          asked.add(n);
          decide("no entry", false);
        },
      });
    }
    expect((await ask()).body.toString()).toContain("no entry");
    expect(asked.size).toBe(1);
  });

  test.each(ASKS)("by a middleware's 401 is final: $name", async ({ ask }) => {
    const asked = new Set<number>();
    for (const [n, origin] of origins.entries()) {
      origin.serve().engine.use((_request: IncomingMessage, response: ServerResponse) => {
        asked.add(n);
        response.writeHead(401);
        response.end("who are you?");
      });
    }
    expect((await ask()).status).toBe(401);
    expect(asked.size).toBe(1);
  });
});

describe.skipIf(direct)("one of two origins that dies (direct has one)", () => {
  let dying: Origin;
  let living: Origin;
  let edge: Edge;

  beforeAll(async () => {
    dying = await startOrigin();
    living = await startOrigin();
    edge = await startEdge({ origins: [dying.url, living.url] });
  });

  afterAll(async () => {
    await edge.stop();
    await Promise.all([dying.stop(), living.stop()]);
  });

  test.each(CLIENT_MODES)(
    "ends its own sessions only, and they find the other: $name",
    async (mode) => {
      const lostTo = dying.serve();
      const foundAt = living.serve();
      onTestFinished(() => dying.reopen());
      const clients = await Promise.all(
        Array.from({ length: 20 }, () => connected(createClient(edge.url, mode, AGAIN), mode)),
      );
      const lost = clients.filter(({ id }) => lostTo.sockets.sockets.has(id ?? ""));
      const ended: unknown[] = [];
      for (const client of clients) client.on("disconnect", () => ended.push(client.id));
      const reasons = Promise.all(lost.map(disconnection));
      const returns = Promise.all(lost.map((client) => next(client, "connect")));
      await dying.stop();
      expect(new Set(await reasons)).toEqual(new Set(["transport close"]));
      await returns;
      expect(ended).toHaveLength(lost.length);
      expect(foundAt.sockets.sockets.size).toBe(clients.length);
    },
  );
});
