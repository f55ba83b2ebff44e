import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../src/edge/entry/app.ts";
import { parseSettings } from "../../src/edge/env.ts";
import { askForLink, Link, newKey, TOKEN } from "./hub-links.ts";

beforeEach(() => {
  vi.spyOn(console, "log").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

type Fields = Readonly<Record<string, string | undefined>>;

const VARS = { MOORING_TOKEN: TOKEN };

/** What is said, with the status it is said with. */
async function refusalOf(fields: Fields, vars?: object, path?: string): Promise<unknown> {
  const response = await askForLink(fields, { ...VARS, ...vars }, path);
  return [response.status, await response.json()];
}

describe("a link is refused", () => {
  test("to everybody, as if there were none, without MOORING_TOKEN", async () => {
    const [status] = [await refusalOf({}, { MOORING_TOKEN: undefined })].flat();
    expect(status).toBe(404);
  });

  test.each<[string, Fields]>([
    ["no token", { authorization: undefined }],
    ["another token", { authorization: "Bearer another-token-of-some-length" }],
    ["the token's beginning", { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ["the token as a password", { authorization: `Basic ${TOKEN}` }],
  ])("to who has %s", async (_, fields) => {
    const response = await askForLink(fields);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer /);
    expect(await response.json()).toMatchObject({ code: "UNAUTHORIZED" });
  });

  test.each<[string, string | undefined, string]>([
    ["a later version", "2", '"2"'],
    ["no version", undefined, "none"],
    ["another form of the version", "1.0", '"1.0"'],
  ])("to who speaks %s, both being named", async (_, version, named) => {
    const response = await askForLink({ "mooring-protocol": version });
    expect([response.status, response.headers.get("mooring-protocol")]).toEqual([426, "1"]);
    expect(await response.json()).toEqual({
      code: "PROTOCOL_VERSION",
      message: `This hub speaks version 1 of the protocol, the origin ${named}.`,
    });
  });

  test("to who wants no WebSocket", async () => {
    const response = await askForLink({ upgrade: undefined });
    expect([response.status, response.headers.get("upgrade")]).toEqual([426, "websocket"]);
    expect(await response.json()).toMatchObject({ code: "UPGRADE_REQUIRED" });
  });

  test.each([
    ["none", undefined],
    ["a short one", newKey().slice(1)],
    ["a long one", `${newKey()}A`],
    ["one of another alphabet", newKey().replace(/.$/, "+")],
  ])("to who brings, for a key, %s", async (_, key) => {
    expect(await refusalOf({ "mooring-key": key })).toEqual([
      400,
      { code: "BAD_KEY", message: "Expected mooring-key to be 24 bytes in base64url." },
    ]);
  });

  test.each([
    "",
    "?shard=",
    "?shard=16",
    "?shard=-1",
    "?shard=1.5",
    "?shard=0x1",
    "?shard=one",
    "?shard=001",
  ])("to a shard that there can't be: %s", async (query) => {
    expect(await refusalOf({}, {}, `/mooring/hub${query}`)).toEqual([
      400,
      { code: "BAD_SHARD", message: "Expected shard to be a whole number from 0 to 15." },
    ]);
  });

  test("where the Worker has no hub", async () => {
    const { HUB: _, ...others } = env;
    const app = createApp(others, parseSettings({ ...others, ...VARS }), []);
    const response = await app.fetch(
      new Request("http://edge.example/mooring/hub?shard=0", {
        headers: {
          authorization: `Bearer ${TOKEN}`,
          "mooring-protocol": "1",
          "mooring-key": newKey(),
          upgrade: "websocket",
        },
      }),
    );
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "HUB_UNREACHABLE" });
  });

  test("to another method", async () => {
    const app = createApp(env, parseSettings({ ...env, ...VARS }), []);
    const response = await app.fetch(
      new Request("http://edge.example/mooring/hub?shard=0", {
        method: "POST",
        headers: { authorization: `Bearer ${TOKEN}` },
      }),
    );
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET"]);
  });
});

test("an old shard may be linked to, where there are fewer by now", async () => {
  const response = await askForLink({}, VARS, "/mooring/hub?shard=15");
  expect(response.status).toBe(101);
});

test("nobody gets another's uid by naming it", async () => {
  const { link: victim } = await Link.greet();
  const fields = { "mooring-uid": victim.uid, "mooring-key": newKey() };
  const { webSocket } = await askForLink(fields);
  if (!webSocket) throw new Error("Expected a link, got a refusal.");
  const thief = new Link(webSocket, fields["mooring-key"], victim.uid);
  thief.say({ type: "hello", isFresh: true, kept: 5, taken: new Map() });
  const welcome = await thief.next();
  expect(welcome).toMatchObject({ peers: [victim.uid] });
  const joined = await victim.next();
  expect(joined.type === "joined" && joined.uid !== victim.uid).toBe(true);
});
