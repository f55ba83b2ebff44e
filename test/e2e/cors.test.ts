import type { ServerOptions } from "socket.io";
import { describe, expect, test } from "vitest";
import {
  corsFields,
  life,
  overlap,
  shake,
  shakeByWebSocket,
  type Life,
} from "../support/cors-exchange.ts";
import { APP, CORS_FORMS, OTHER } from "../support/cors-forms.ts";
import { POLLING, UPGRADE } from "../support/clients.ts";
import { frontDoor } from "../support/front-door.ts";
import { request } from "../support/raw-http.ts";

/** Small, so that a body beyond it is sent in one piece. */
const SERVER = { maxHttpBufferSize: 1000 };

const door = frontDoor();

function allowed(answers: Life): unknown[] {
  return Object.values(answers).map(({ headers }) => headers["access-control-allow-origin"]);
}

describe.each(CORS_FORMS)("with a server whose cors option is $name", ({ cors, app, other }) => {
  test.each([
    ["a page that is named", { Origin: APP }, app],
    ["another page", { Origin: OTHER }, other],
  ])("%s gets the server's own headers on every answer", async (_, fields, expected) => {
    door.serve({ ...SERVER, cors });
    const answers = await life(door.url, fields);
    expect(answers).toEqual(await life(door.origin.url, fields));
    expect(allowed(answers)).toEqual([expected, expected, expected, expected]);
  });

  test("a client that is no page gets them as the server gives them", async () => {
    door.serve({ ...SERVER, cors });
    expect(await life(door.url)).toEqual(await life(door.origin.url));
  });

  test.each([APP, OTHER])("a WebSocket from %s is opened with them", async (origin) => {
    door.serve({ ...SERVER, cors });
    const through = await shakeByWebSocket(door.url, { Origin: origin });
    const asked = await shakeByWebSocket(door.origin.url, { Origin: origin });
    expect(through.status).toBe(101);
    expect(corsFields(through)).toEqual(corsFields(asked));
    expect(through.headers.vary).toBe(asked.headers.vary);
  });
});

test("grants nothing where the server has no cors option", async () => {
  door.serve(SERVER);
  const answers = await life(door.url, { Origin: APP });
  expect(answers).toEqual(await life(door.origin.url, { Origin: APP }));
  expect(Object.values(answers).map(corsFields)).toEqual([{}, {}, {}, {}]);
});

test("sets the server's cookie on the handshake alone, and its CORS on what follows", async () => {
  const io = door.serve({ ...SERVER, cors: { origin: APP, credentials: true } });
  io.engine.on("initial_headers", (headers: Record<string, string>) => {
    headers["Set-Cookie"] = "lb=1; Path=/; HttpOnly";
  });
  const answers = await life(door.url, { Origin: APP });
  expect(answers).toEqual(await life(door.origin.url, { Origin: APP }));
  expect(Object.values(answers).map(({ headers }) => headers["set-cookie"])).toEqual([
    ["lb=1; Path=/; HttpOnly"],
    undefined,
    undefined,
    undefined,
  ]);
  expect(allowed(answers)).toEqual([APP, APP, APP, APP]);
});

test("lets the page see that two polls at a time are refused", async () => {
  door.serve({ cors: { origin: APP, credentials: true } });
  const answers = await overlap(door.url, { Origin: APP });
  expect(answers).toEqual(await overlap(door.origin.url, { Origin: APP }));
  expect(answers.map(({ status }) => status)).toEqual([200, 400]);
});

test("lets the page see that an upgraded session is polled no more", async () => {
  door.serve({ cors: { origin: APP } });
  const client = await door.connect(UPGRADE, { extraHeaders: { Origin: APP } });
  const url = `${door.url}/socket.io/?EIO=4&transport=polling&sid=${client.io.engine.id}`;
  const { status, headers, body } = await request(url, { headers: { Origin: APP } });
  expect({ status, body: body.toString() }).toEqual({
    status: 400,
    body: '{"code":3,"message":"Bad request"}',
  });
  expect(headers["access-control-allow-origin"]).toBe(APP);
});

/** Ways in which a stock server refuses a handshake, and says so to the page. */
const REFUSALS: { name: string; options: Partial<ServerOptions>; status: number }[] = [
  {
    name: "allowRequest",
    options: { cors: { origin: APP }, allowRequest: (_, answer) => answer("no", false) },
    status: 403,
  },
  {
    name: "a cors function with an error",
    options: { cors: { origin: (_, answer) => answer(new Error("no")) } },
    status: 400,
  },
];

test.each(REFUSALS)("passes on the refusal of $name with its CORS", async (refusal) => {
  door.serve(refusal.options);
  const answer = await shake(door.url, { Origin: APP });
  expect(answer).toEqual(await shake(door.origin.url, { Origin: APP }));
  expect(answer.status).toBe(refusal.status);
});

test.each(REFUSALS)("refuses a WebSocket as $name does", async ({ options }) => {
  door.serve(options);
  const { status, body } = await shakeByWebSocket(door.url, { Origin: APP });
  expect({ status, body }).toEqual({
    status: 400,
    body: (await shakeByWebSocket(door.origin.url, { Origin: APP })).body,
  });
});

test("serves clients whose origin the server does not name: that is for a browser to judge", async () => {
  const io = door.serve({ cors: { origin: [APP] } });
  const { client, server } = await door.pair(io, POLLING, { extraHeaders: { Origin: OTHER } });
  server.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
  expect(await client.emitWithAck("echo", "ahoy")).toBe("ahoy");
});
