import { listDurableObjectIds } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { toBase64Url } from "../../src/wire/base64.ts";
import { formatSid, KEY_BYTES, objectId, sessionKey } from "../../src/wire/sid.ts";
import { engine, fakeOrigins } from "./fake-origins.ts";

const BASE = "http://edge.example/socket.io/?EIO=4";
const KEY = sessionKey(new Uint8Array(KEY_BYTES));

/** The hosts of ORIGINS in these tests. */
const ONE = "127.0.0.1:9";
const TWO = "127.0.0.2:9";

// Made by workerd for the class `Other` of this Worker, and for `SessionObject` of another Worker.
const OF_ANOTHER_CLASS = "b98f7f9a57e646dadf82c1cbe34ec58b7467b698d4c8cc6f6879b38fea311827";
const OF_ANOTHER_WORKER = "b92aad0ec90332df0b0261964fb828616e292f3c2f50fd54876b35563a3456c8";

function sidOf(hex: string): string {
  return formatSid(objectId(hex), KEY);
}

function flipped(hex: string, digit: number): string {
  const value = Number.parseInt(hex.charAt(digit), 16) ^ 1;
  return hex.slice(0, digit) + value.toString(16) + hex.slice(digit + 1);
}

function fetchEdge(path: string, init?: RequestInit): Promise<Response> {
  return exports.default.fetch(BASE + path, init);
}

async function contentOf(response: Response): Promise<unknown> {
  const type = response.headers.get("content-type");
  return { status: response.status, type, body: await response.text() };
}

const UNKNOWN = {
  status: 400,
  type: "application/json",
  body: '{"code":1,"message":"Session ID unknown"}',
};

const OURS = env.SESSIONS.newUniqueId().toString();

const SIDS: readonly [name: string, sid: string][] = [
  ["a word", "nobody"],
  ["text of the right length", "A".repeat(59)],
  ["one character less", sidOf(OURS).slice(0, -1)],
  ["one character more", `${sidOf(OURS)}A`],
  ["a character of another alphabet", `${sidOf(OURS).slice(0, -1)}%2B`],
  ["a line break", `${sidOf(OURS).slice(0, -1)}%0A`],
  ["a second name of the same object", sidOf(OURS).replace(/^(.{42})./, "$1_")],
  ["an id with its first bit changed", sidOf(flipped(OURS, 0))],
  ["an id with its last bit changed", sidOf(flipped(OURS, 63))],
  ["an id of random bytes", sidOf("5ac1".repeat(16))],
  ["an id of another class", sidOf(OF_ANOTHER_CLASS)],
  ["an id of another Worker", sidOf(OF_ANOTHER_WORKER)],
  ["a megabyte", "A".repeat(1_000_000)],
];

describe("a sid that the edge did not make is unknown and wakes no object", () => {
  test.each(SIDS)("%s", async (_, sid) => {
    const asked = fakeOrigins({});
    const poll = await fetchEdge(`&transport=polling&sid=${sid}`);
    const post = await fetchEdge(`&transport=polling&sid=${sid}`, { method: "POST", body: "4hi" });
    const upgrade = await fetchEdge(`&transport=websocket&sid=${sid}`, {
      headers: { upgrade: "websocket" },
    });
    expect(await contentOf(poll)).toEqual(UNKNOWN);
    expect(await contentOf(post)).toEqual(UNKNOWN);
    expect(await contentOf(upgrade)).toEqual({
      status: 400,
      type: "text/html",
      body: "Session ID unknown",
    });
    expect(await listDurableObjectIds(env.SESSIONS)).toEqual([]);
    expect(asked).toEqual([]);
  });

  test("a thousand forged ids", async () => {
    const forged = Array.from({ length: 1000 }, () => {
      const bytes = crypto.getRandomValues(new Uint8Array(32));
      return toBase64Url(bytes) + KEY;
    });
    const answers = await Promise.all(
      forged.map((sid) => fetchEdge(`&transport=polling&sid=${sid}`)),
    );
    expect(new Set(await Promise.all(answers.map((answer) => answer.text())))).toEqual(
      new Set([UNKNOWN.body]),
    );
    expect(await listDurableObjectIds(env.SESSIONS)).toEqual([]);
  });
});

describe("a request that asks for nothing wakes no object and reaches no origin", () => {
  test.each([
    ["an unknown transport", "&transport=smoke", 0],
    ["no transport", "", 0],
    ["an unknown transport beside a sid", `&transport=smoke&sid=${sidOf(OURS)}`, 0],
    ["another revision", "&EIO=3&transport=polling", 5],
    ["another revision for a sid", `&EIO=3&transport=polling&sid=${sidOf(OURS)}`, 3],
    ["a WebSocket without an upgrade", "&transport=websocket", 3],
    ["a WebSocket without an upgrade for a sid", `&transport=websocket&sid=${sidOf(OURS)}`, 3],
  ])("%s", async (_, query, code) => {
    const asked = fakeOrigins({});
    const response = await fetchEdge(query);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code });
    expect(await listDurableObjectIds(env.SESSIONS)).toEqual([]);
    expect(asked).toEqual([]);
  });

  test.each([
    ["POST", "&transport=polling", 2],
    ["PUT", "&transport=polling", 2],
    ["DELETE", `&transport=polling&sid=${sidOf(OURS)}`, 3],
    ["PUT", `&transport=polling&sid=${sidOf(OURS)}`, 3],
    ["HEAD", `&transport=polling&sid=${sidOf(OURS)}`, undefined],
  ])("%s %s", async (method, query, code) => {
    const response = await fetchEdge(query, { method });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(code === undefined ? /^$/ : `{"code":${code},`);
    expect(await listDurableObjectIds(env.SESSIONS)).toEqual([]);
  });
});

test("an id that the edge did make wakes its object, which says the same", async () => {
  const poll = await fetchEdge(`&transport=polling&sid=${sidOf(OURS)}`);
  expect(await contentOf(poll)).toEqual(UNKNOWN);
  const woken = await listDurableObjectIds(env.SESSIONS);
  expect(woken.map(String)).toEqual([OURS]);
});

test("a session answers to its sid, and to no other key of its object", async () => {
  fakeOrigins({ [ONE]: engine(), [TWO]: engine() });
  const open = await (await fetchEdge("&transport=polling")).text();
  const sid = /"sid":"([\w-]{59})"/.exec(open)?.[1] ?? "";
  const other = await fetchEdge(`&transport=polling&sid=${sid.slice(0, 43)}${KEY}`);
  expect(await contentOf(other)).toEqual(UNKNOWN);
  const post = await fetchEdge(`&transport=polling&sid=${sid}`, { method: "POST", body: "4hi" });
  expect(await post.text()).toBe("ok");
});

describe("a handshake header of the client's own", () => {
  const forged = JSON.stringify({
    transport: "polling",
    origins: [{ name: "inside", url: "http://inside.example" }],
    isCorsOurs: false,
  });

  test("does not choose the origin of a new session", async () => {
    const asked = fakeOrigins({ [ONE]: engine(), [TWO]: engine() });
    const headers = { "mooring-handshake": forged };
    const response = await fetchEdge("&transport=polling", { headers });
    expect(response.status).toBe(200);
    expect(asked.map(({ url }) => url.host)).not.toContain("inside.example");
    expect(asked[0]?.headers.get("mooring-handshake")).toBeNull();
  });

  test.each(["sid", "s%69d", "si%64"])("has no object dial for it beside a %s", async (name) => {
    const asked = fakeOrigins({});
    const headers = { "mooring-handshake": forged };
    const query = `&transport=polling&${name}=${sidOf(OURS)}`;
    expect(await contentOf(await fetchEdge(query, { headers }))).toEqual(UNKNOWN);
    expect(asked).toEqual([]);
  });
});
