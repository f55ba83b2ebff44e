import type { IncomingHttpHeaders } from "node:http";
import type { ServerOptions } from "socket.io";
import { describe, expect, test } from "vitest";
import {
  comparable,
  corsFields,
  life,
  preflight,
  shake,
  shakeByWebSocket,
  type Comparable,
} from "../support/cors-exchange.ts";
import { direct, startEdge } from "../support/edge.ts";
import { frontDoor } from "../support/front-door.ts";
import { request } from "../support/raw-http.ts";

const APP = "https://app.example";
const OTHER = "https://other.example";

/** Small, so that a body beyond it is sent in one piece. */
const SMALL = { maxHttpBufferSize: 1000 };

/** Servers that would grant what the edge is set not to grant. */
const SERVERS: { name: string; options: Partial<ServerOptions> }[] = [
  { name: "no cors option", options: {} },
  { name: "everybody named", options: { cors: { origin: true, exposedHeaders: ["x-own"] } } },
  { name: "* for everybody", options: { cors: { origin: "*", maxAge: 600 } } },
  { name: "the other page named", options: { cors: { origin: OTHER, credentials: true } } },
];

/** What a page may ask for besides a session's life. Each is answered by another part of the edge. */
const ASKS = [
  { name: "the client bundle", status: 200, path: "/socket.io/socket.io.js" },
  { name: "an unknown session", status: 400, path: "/socket.io/?EIO=4&transport=polling&sid=a" },
  { name: "an unknown transport", status: 400, path: "/socket.io/?EIO=4&transport=pigeon" },
  { name: "another protocol", status: 400, path: "/socket.io/?EIO=3&transport=polling" },
];

const NAMED = [APP, "https://a.example.org", "https://a-1.b.example.org", "http://localhost:8080"];

const UNNAMED = [
  OTHER,
  "http://app.example",
  "https://app.example:8443",
  "https://app.example.evil.example",
  "https://evil-app.example",
  "https://example.org",
  "https://evilexample.org",
  "http://a.example.org",
  "https://a.example.org:8443",
  "https://evil.example/.example.org",
  "https://a.example.org.evil.example",
  "http://localhost:80801",
  "null",
];

async function get(url: string, origin: string): Promise<Comparable> {
  return comparable(await request(url, { headers: { Origin: origin } }));
}

/** What a page is granted that the setting names, beside its credentials. */
function granted(origin: string): IncomingHttpHeaders {
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
  };
}

describe.skipIf(direct)("pages named by list and pattern, with credentials", () => {
  const door = frontDoor({
    CORS_ORIGINS: `${APP}, https://*.example.org, http://localhost:8080`,
    CORS_CREDENTIALS: "true",
  });

  describe.each(SERVERS)("before a server with $name", ({ options }) => {
    test("a named page is granted every answer of its session", async () => {
      door.serve({ ...SMALL, ...options });
      const answers = Object.values(await life(door.url, { Origin: APP }));
      expect(answers.map(corsFields)).toEqual(answers.map(() => granted(APP)));
      expect(answers.map(({ headers }) => headers.vary)).toEqual(answers.map(() => "Origin"));
    });

    test.each<[string, Record<string, string>]>([
      ["another page", { Origin: OTHER }],
      ["a client that is no page", {}],
    ])("%s is granted none", async (_, fields) => {
      door.serve({ ...SMALL, ...options });
      const answers = Object.values(await life(door.url, fields));
      expect(answers.map(corsFields)).toEqual(answers.map(() => ({})));
      expect(answers.map(({ headers }) => headers.vary)).toEqual(answers.map(() => "Origin"));
    });

    test.each(ASKS)("the answer to $name is for named pages alone", async ({ path, status }) => {
      door.serve(options);
      const named = await get(door.url + path, APP);
      const unnamed = await get(door.url + path, OTHER);
      expect([named.status, unnamed.status]).toEqual([status, status]);
      expect([corsFields(named), corsFields(unnamed)]).toEqual([granted(APP), {}]);
    });

    test("a refusal of the application's is for named pages alone", async () => {
      door.serve({ ...options, allowRequest: (_, answer) => answer("no", false) });
      const named = await shake(door.url, { Origin: APP });
      const unnamed = await shake(door.url, { Origin: OTHER });
      expect(named).toMatchObject({ status: 403, body: '{"code":4,"message":"no"}' });
      expect([corsFields(named), corsFields(unnamed)]).toEqual([granted(APP), {}]);
    });

    test("a WebSocket is opened for whoever asks, as CORS has no say over it", async () => {
      door.serve(options);
      for (const origin of [APP, OTHER]) {
        const answer = await shakeByWebSocket(door.url, { Origin: origin });
        expect(answer.status).toBe(101);
        expect(corsFields(answer)).toEqual({});
      }
    });
  });

  test.each(NAMED)("%s is named", async (origin) => {
    door.serve();
    expect(corsFields(await shake(door.url, { Origin: origin }))).toEqual(granted(origin));
    expect((await preflight(door.url, origin)).headers).toMatchObject(granted(origin));
  });

  test.each(UNNAMED)("%s is not named", async (origin) => {
    door.serve();
    expect(corsFields(await shake(door.url, { Origin: origin }))).toEqual({});
    const { headers } = await preflight(door.url, origin);
    expect(headers).not.toHaveProperty("access-control-allow-origin");
    expect(headers).not.toHaveProperty("access-control-allow-credentials");
  });

  test("a preflight is answered by the edge, and asked of no server", async () => {
    const asked: unknown[] = [];
    door.serve({
      cors: (message, answer) => {
        asked.push(message);
        answer(null, { origin: true });
      },
    });
    const fields = "x-token,authorization";
    const { status, headers, body } = await preflight(door.url, APP, { fields });
    expect({ status, body }).toEqual({ status: 204, body: "" });
    expect(headers).toMatchObject({ ...granted(APP), "access-control-allow-headers": fields });
    expect(headers["access-control-allow-methods"]?.split(",")).toContain("POST");
    expect(headers.vary?.split(/, ?/)).toContain("Origin");
    expect(asked).toEqual([]);
  });
});

describe.skipIf(direct)("a page named by list, without credentials", () => {
  const door = frontDoor({ CORS_ORIGINS: APP });

  test("is granted every answer, and no credentials", async () => {
    door.serve({ ...SMALL, cors: { origin: true, credentials: true } });
    const answers = Object.values(await life(door.url, { Origin: APP }));
    answers.push(...(await Promise.all(ASKS.map(({ path }) => get(door.url + path, APP)))));
    expect(answers.map(corsFields)).toEqual(
      answers.map(() => ({ "access-control-allow-origin": APP })),
    );
    const { headers } = await preflight(door.url, APP);
    expect(headers).toMatchObject({ "access-control-allow-origin": APP });
    expect(headers).not.toHaveProperty("access-control-allow-credentials");
  });

  test("can read that no origin answers", async () => {
    await door.origin.stop();
    const answer = await shake(door.url, { Origin: APP });
    expect(answer).toMatchObject({ status: 503, headers: { "access-control-allow-origin": APP } });
    expect(answer.body).toContain("NO_ORIGIN");
    expect(await preflight(door.url, APP)).toMatchObject({ status: 204 });
    await door.origin.reopen();
  });
});

describe.skipIf(direct)("every page, by *", () => {
  const door = frontDoor({ CORS_ORIGINS: "*" });

  test.each([APP, "null"])("%s is granted every answer, by no name", async (origin) => {
    door.serve({ ...SMALL, cors: { origin: true, credentials: true } });
    const answers = Object.values(await life(door.url, { Origin: origin }));
    answers.push(...(await Promise.all(ASKS.map(({ path }) => get(door.url + path, origin)))));
    expect(answers.map(corsFields)).toEqual(
      answers.map(() => ({ "access-control-allow-origin": "*" })),
    );
  });

  test("a preflight is granted by no name either", async () => {
    door.serve();
    const { headers } = await preflight(door.url, APP);
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(headers).not.toHaveProperty("access-control-allow-credentials");
  });
});

test.each([
  ["* with credentials", { CORS_ORIGINS: "*", CORS_CREDENTIALS: "true" }, /CORS_CREDENTIALS: .*\*/],
  ["a page with a path", { CORS_ORIGINS: `${APP}/app` }, /CORS_ORIGINS: expected an origin/],
])("%s is refused before anything is served", async (_, vars, complaint) => {
  const started = startEdge({ origins: ["http://127.0.0.1:9"], vars });
  await expect(started).rejects.toThrow(complaint);
});
