import { env } from "cloudflare:workers";
import { afterEach, assert, describe, expect, test, vi } from "vitest";
import { createApp } from "../../src/edge/entry/app.ts";
import { parseSettings } from "../../src/edge/env.ts";
import {
  AS_CONFIGURED,
  ask,
  BEARER,
  forgetAfterEach,
  ONE,
  POOL,
  pool,
  poolObjects,
  restart,
  TOKEN,
} from "./management-api.ts";

forgetAfterEach();

const ADD = `${POOL}/origins`;
const URL_EXPECTED = "expected http(s)://HOST[:PORT]";
const WEIGHT = "expected a whole number from 0 to 1000";

/** What is said, with the status it is said with. */
async function refusalOf(method: string, path: string, body?: BodyInit): Promise<unknown> {
  const answer = await ask(method, path, body === undefined ? {} : { body });
  return [answer.status, answer.body];
}

describe("an order that can't be carried out changes nothing and says why", () => {
  afterEach(async () => {
    await restart();
    assert.deepEqual(await pool(), AS_CONFIGURED);
  });

  test.each([
    ["POST", "three/drain", undefined, "three"],
    ["POST", "One/maint", undefined, "One"],
    ["POST", "%E0%A4%A/ready", undefined, "%E0%A4%A"],
    ["DELETE", "a%20b", undefined, "a b"],
    ["DELETE", "constructor", undefined, "constructor"],
    ["PUT", "three/weight", '{"weight":1}', "three"],
  ])("%s of an unknown origin: %s", async (method, path, body, name) => {
    const message = `The pool has no origin named "${name}".`;
    expect(await refusalOf(method, `${ADD}/${path}`, body)).toEqual([
      404,
      { code: "UNKNOWN_ORIGIN", message },
    ]);
  });

  test.each(["/pools/chat/origins/one/drain", "/pools/chat/origins"])(
    "one of an unknown pool: %s",
    async (path) => {
      const message = 'There is no pool named "chat"; there is default.';
      expect(await refusalOf("POST", path)).toEqual([404, { code: "UNKNOWN_POOL", message }]);
    },
  );

  test.each([
    ["", "body: expected a JSON object, got nothing."],
    ["weight=1", 'body: expected a JSON object, got "weight=1".'],
    ["[1]", 'body: expected a JSON object, got "[1]".'],
    ["null", 'body: expected a JSON object, got "null".'],
    ["{}", "weight: expected a value, got nothing."],
    ['{"weight":-1}', `weight: ${WEIGHT}, got -1.`],
    ['{"weight":1.5}', `weight: ${WEIGHT}, got 1.5.`],
    ['{"weight":1001}', `weight: ${WEIGHT}, got 1001.`],
    ['{"weight":null}', `weight: ${WEIGHT}, got null.`],
    ['{"weight":"heavy"}', `weight: ${WEIGHT}, got "heavy".`],
    ['{"wieght":1,"weight":2}', "body: unknown key `wieght`, did you mean `weight`?"],
    ['{"weight":2,"__proto__":1}', "body: unknown key `__proto__`, expected one of `weight`."],
    [new Uint8Array([0x7b, 0xff, 0x7d]), "body: expected UTF-8 to its end, got something else."],
  ])("a weight from %s", async (body, message) => {
    expect(await refusalOf("PUT", `${ONE}/weight`, body)).toEqual([
      400,
      { code: "BAD_BODY", message },
    ]);
  });

  test.each([
    ["{}", "url: expected a value, got nothing."],
    ['{"url":"ws://c"}', `url: ${URL_EXPECTED}, got "ws://c".`],
    ['{"url":"http://c/path"}', `url: ${URL_EXPECTED}, got "http://c/path".`],
    ['{"url":"http://a:password@c"}', `url: ${URL_EXPECTED}, got "http://***@c".`],
    ['{"url":"http://a:password@c"', 'body: expected a JSON object, got "***@c\\"".'],
    [
      '{"url":"http://c","name":"a b"}',
      'name: expected 1 to 64 letters, digits, "_", "." or "-", got "a b".',
    ],
    ['{"url":"http://c","weight":-1}', `weight: ${WEIGHT}, got -1.`],
    [
      '{"url":"http://c","max_connections":0}',
      "max_connections: expected a whole number from 1 to 1000000, got 0.",
    ],
    ['{"url":"http://c","backup":"maybe"}', 'backup: expected "true" or "false", got "maybe".'],
    [
      '{"url":"http://c","maxConnections":1}',
      "body: unknown key `maxConnections`, did you mean `max_connections`?",
    ],
    [
      '{"url":"http://c","colour":1}',
      "body: unknown key `colour`, expected one of `name`, `url`, `weight`, `backup`, `max_connections`.",
    ],
  ])("an origin from %s", async (body, message) => {
    expect(await refusalOf("POST", ADD, body)).toEqual([400, { code: "BAD_BODY", message }]);
  });

  test.each([
    ['{"url":"http://c","name":"one"}', 'The pool already has an origin named "one".'],
    ['{"url":"HTTP://127.1:9/"}', 'The pool already has http://127.0.0.1:9, as "one".'],
  ])("an origin that is there: %s", async (body, message) => {
    expect(await refusalOf("POST", ADD, body)).toEqual([409, { code: "DUPLICATE", message }]);
  });

  test.each([
    ["POST", `${ONE}/drain`, '{"timeout":5}', '"{\\"timeout\\":5}"'],
    ["DELETE", ONE, "please", '"please"'],
  ])("%s %s with a body, which nobody would hear", async (method, path, body, got) => {
    const message = `body: expected none, got ${got}.`;
    expect(await refusalOf(method, path, body)).toEqual([400, { code: "BAD_BODY", message }]);
  });

  test.each([
    ["at once", () => "x".repeat(20_000)],
    ["without an end", endless],
  ])("a body that is too large, %s", async (_, body) => {
    const message = "body: expected at most 16384 bytes.";
    expect(await refusalOf("PUT", `${ONE}/weight`, body())).toEqual([
      413,
      { code: "BAD_BODY", message },
    ]);
  });

  test.each([
    ["POST", "/pools", "GET, HEAD"],
    ["DELETE", POOL, "GET, HEAD"],
    ["GET", ADD, "POST"],
    ["PUT", ONE, "DELETE"],
    ["POST", `${ONE}/weight`, "PUT"],
    ["GET", `${ONE}/drain`, "POST"],
  ])("%s %s, by another method than is served there", async (method, path, allowed) => {
    const { status, headers } = await ask(method, path);
    expect([status, headers.get("allow")]).toEqual([405, allowed]);
  });

  test.each(["/", "/pool", "/pools/", `${ONE}/eject`, `${ONE}/`])(
    "to nothing: %s",
    async (path) => {
      expect(await refusalOf("POST", path)).toMatchObject([404, { code: "NOT_FOUND" }]);
    },
  );
});

test("the last origin of a pool can't be removed", async () => {
  await ask("DELETE", ONE);
  expect(await refusalOf("DELETE", `${ADD}/two`)).toMatchObject([409, { code: "LAST_ORIGIN" }]);
  expect(await pool()).toMatchObject({ origins: [{ name: "two" }] });
});

describe("while the pool's object can't be reached", () => {
  test.each([
    ["GET", "/pools"],
    ["GET", POOL],
    ["POST", `${ONE}/drain`],
  ])("%s %s is answered 503", async (method, path) => {
    const said = vi.spyOn(console, "log");
    vi.spyOn(poolObjects(), "get").mockImplementation(() => {
      throw new Error("Network connection lost.");
    });
    expect(await refusalOf(method, path)).toMatchObject([503, { code: "POOL_UNREACHABLE" }]);
    expect(said.mock.calls.flat().join("")).toContain("pool-unreachable");
  });

  test("since the Worker has no binding for it, that is said", async () => {
    const { POOL: _, ...rest } = env;
    const app = createApp(rest, parseSettings({ ...rest, MOORING_TOKEN: TOKEN }), []);
    const request = new Request("http://edge.example/mooring/api/pools", { headers: BEARER });
    const response = await app.fetch(request);
    const message = "This Worker has no binding POOL.";
    expect([response.status, await response.json()]).toEqual([
      503,
      { code: "POOL_UNREACHABLE", message },
    ]);
  });
});

function endless(): ReadableStream {
  return new ReadableStream({
    type: "bytes",
    pull: (controller) => controller.enqueue(new Uint8Array(1024)),
  });
}
