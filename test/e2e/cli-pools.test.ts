import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Ending } from "../support/command.ts";
import { endOfMooring, MooringDev } from "../support/mooring-dev.ts";
import { portOf } from "../support/origin.ts";

const TOKEN = "a-token-of-24-characters";

/** Two pools, whose origins nobody is. */
const POOLS = JSON.stringify([
  {
    name: "chat",
    match: "chat.example.com",
    affinity: "ip",
    origins: [
      { name: "amber", url: "http://127.0.0.1:9", weight: 12 },
      { url: "http://127.0.0.2:9", backup: true, max_connections: 500 },
    ],
  },
  { name: "games", balance: "hash", affinity: "header:X-Room", origins: ["http://127.0.0.3:9"] },
]);

let edge: MooringDev;

function mooring(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ending> {
  const env = { ...process.env, MOORING_URL: edge.url, MOORING_TOKEN: TOKEN, ...variables };
  return endOfMooring(args, { env });
}

/** What the management API itself says. */
async function everyPool(): Promise<unknown> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return (await fetch(`${edge.url}/mooring/api/pools`, { headers })).json();
}

/** The same without what a pool object forgets when nobody has asked it for a while: when its origins came up. */
async function everyOrder(): Promise<unknown> {
  const json = JSON.stringify(await everyPool());
  return JSON.parse(json, (key, value: unknown) => (key === "up_since" ? undefined : value));
}

function said(...lines: readonly string[]): Ending {
  return { code: 0, stdout: lines.map((line) => `${line}\n`).join(""), stderr: "" };
}

const CHAT = [
  "pool chat: balance least-connections, affinity ip, websocket own",
  "NAME         URL                 WEIGHT  BACKUP  MAX  ADMIN  HEALTH  SESSIONS  UP SINCE",
  "amber        http://127.0.0.1:9      12  no        -  ready  up             0  -",
  "127.0.0.2:9  http://127.0.0.2:9       1  yes     500  ready  up             0  -",
];
const GAMES = [
  "pool games: balance hash, affinity header:x-room, websocket own",
  "NAME         URL                 WEIGHT  BACKUP  MAX  ADMIN  HEALTH  SESSIONS  UP SINCE",
  "127.0.0.3:9  http://127.0.0.3:9       1  no        -  ready  up             0  -",
];

/** Settings that say nothing of origins, which POOLS has. */
const SETTINGS = `
name = "front-door"
compatibility_date = "2026-10-01"
durable_objects.bindings = [{ name = "SESSIONS", class_name = "SessionObject" }]
`;

const folder = mkdtempSync(join(tmpdir(), "mooring-test-"));

beforeAll(async () => {
  writeFileSync(join(folder, "wrangler.toml"), SETTINGS);
  const vars = ["--var", `POOLS=${POOLS}`, "--var", `MOORING_TOKEN=${TOKEN}`];
  edge = await MooringDev.start(vars, { cwd: folder });
});

afterAll(async () => {
  await edge.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

describe("mooring pools", () => {
  test("shows every pool as a table", async () => {
    expect(await mooring(["pools"])).toEqual(said(...CHAT, "", ...GAMES));
  });

  test("shows one pool, of an edge and with a token that arguments name", async () => {
    const args = ["pools", "--pool", "games", "--url", `${edge.url}/`, "--token", TOKEN];
    const variables = { MOORING_URL: "http://127.0.0.1:1", MOORING_TOKEN: "another" };
    expect(await mooring(args, variables)).toEqual(said(...GAMES));
  });

  test("shows the edge's JSON", async () => {
    const { code, stdout } = await mooring(["pools", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(await everyPool());
  });
});

describe("a command that changes an origin shows its pool as it is then", () => {
  const PLAIN = { admin: "ready", weight: 12 };

  test.each([
    [["drain", "amber"], { admin: "drain" }],
    [["maint", "amber"], { admin: "maint" }],
    [["ready", "amber"], PLAIN],
    [["weight", "amber", "0"], { weight: 0 }],
    [["weight", "amber", "12"], PLAIN],
  ])("mooring %j", async (args, change) => {
    const { code, stdout } = await mooring([...args, "--pool", "chat", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: "chat", origins: [change, {}] });
  });

  test("mooring add, and remove", async () => {
    const options = ["--name", "cedar", "--weight", "3", "--max-connections", "9", "--backup"];
    const added = await mooring(["add", "http://[::1]:9", ...options, "--pool", "games"]);
    expect(added).toMatchObject({ code: 0, stderr: "" });
    expect(added.stdout).toMatch(
      /^cedar {8}http:\/\/\[::1\]:9 {11}3 {2}yes {7}9 {2}ready {2}up {13}0 {2}\d{4}-\d\d-\d\dT[\d:]+Z$/m,
    );
    expect(await mooring(["remove", "cedar", "--pool=games"])).toEqual(said(...GAMES));
  });

  test("by the name that an origin has of its URL", async () => {
    const added = await mooring(["add", "http://[::1]:9", "--pool", "games", "--json"]);
    expect(JSON.parse(added.stdout)).toMatchObject({
      origins: [{}, { name: "[::1]:9", weight: 1 }],
    });
    expect(await mooring(["remove", "[::1]:9", "--pool", "games"])).toEqual(said(...GAMES));
  });
});

describe("what can't be done ends it with code 1 and says why", () => {
  test.each([
    [["drain", "elm", "--pool", "chat"], 'The pool has no origin named "elm".'],
    [["pools", "--pool", "chess"], 'There is no pool named "chess"; there is chat, games.'],
    [
      ["add", "http://127.0.0.1:9", "--pool", "chat"],
      'The pool already has http://127.0.0.1:9, as "amber".',
    ],
    [
      ["remove", "127.0.0.3:9", "--pool", "games"],
      '"127.0.0.3:9" is the pool\'s last origin; add another first, or use maint.',
    ],
  ])("mooring %j", async (args, sentence) => {
    expect(await mooring(args)).toEqual({ code: 1, stdout: "", stderr: `${sentence}\n` });
  });

  test("a token that is not the edge's", async () => {
    const { code, stderr } = await mooring(["pools"], {
      MOORING_TOKEN: "another-of-24-characters",
    });
    expect([code, stderr]).toEqual([1, `${edge.url}: expected its MOORING_TOKEN, got another.\n`]);
  });

  test("an edge that doesn't answer", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${portOf(server)}`;
    server.close();
    await once(server, "close");
    const { code, stderr } = await mooring(["pools"], { MOORING_URL: url });
    expect([code, stderr]).toEqual([
      1,
      `${url}: expected Mooring, got no answer (ECONNREFUSED).\n`,
    ]);
  });

  test.each([
    [
      404,
      '{"code":"NOT_FOUND","message":"-"}',
      "expected management, got none: has it a MOORING_TOKEN?",
    ],
    [404, "<h1>No\u001b[31m</h1>", "expected Mooring, got another's answer (404)."],
    [302, "", "expected Mooring, got another's answer (302)."],
    [200, "<h1>Hello</h1>", 'expected pools, got something else (at "the answer").'],
    [200, '{"pools":[{"name":1}]}', 'expected pools, got something else (at "pools.0.name").'],
  ])("a server that answers %d %s", async (status, body, sentence) => {
    const server = createServer((_, response) => {
      response.writeHead(status, { location: edge.url }).end(body);
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const url = `http://127.0.0.1:${portOf(server)}`;
    const { code, stdout, stderr } = await mooring(["pools"], { MOORING_URL: url });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "",
      stderr: `${url}: ${sentence}\n`,
    });
  });
});

describe("what makes no sense ends it with code 2 and says why", () => {
  const COMMON = "--pool, --url, --token or --json";
  let before: unknown;

  beforeAll(async () => {
    before = await everyOrder();
  });

  test.each([
    [["drain"], `mooring drain: expected an origin's name, got nothing.`],
    [["drain", ""], `mooring drain: expected an origin's name, got "".`],
    [["drain", "amber", "birch"], `mooring drain: expected nothing more, got "birch".`],
    [["pools", "chat"], `mooring pools: expected nothing more, got "chat".`],
    [["pools", "--colour"], `mooring pools: expected ${COMMON}, got "--colour".`],
    [["drain", "amber", "--backup"], `mooring drain: expected ${COMMON}, got "--backup".`],
    [["pools", "--json=no"], `--json: expected no value, got "no".`],
    [["pools", "--pool"], `--pool: expected a value, got nothing.`],
    [["drain", "amber"], `--pool: expected one of chat, games, got nothing.`],
    [["weight", "amber"], `mooring weight: expected a weight, got nothing.`],
    [["weight", "amber", "much"], `weight: expected a whole number, got "much".`],
    [["weight", "amber", "-1"], `weight: expected a whole number, got "-1".`],
    [["weight", "amber", "1.5"], `weight: expected a whole number, got "1.5".`],
    [
      ["weight", "amber", "1001", "--pool", "chat"],
      `weight: expected a whole number from 0 to 1000, got 1001.`,
    ],
    [["add"], `mooring add: expected a URL, got nothing.`],
    [
      ["add", "ws://127.0.0.4:9", "--pool", "chat"],
      `url: expected http(s)://HOST[:PORT], got "ws://127.0.0.4:9".`,
    ],
    [
      ["add", "http://a:password@127.0.0.4:9", "--pool", "chat"],
      `url: expected http(s)://HOST[:PORT], got "http://***@127.0.0.4:9".`,
    ],
    [["add", "http://a", "--weight=-1"], `--weight: expected a whole number, got "-1".`],
    [
      ["add", "http://a", "--max-connections", "all"],
      `--max-connections: expected a whole number, got "all".`,
    ],
    [["pools", "--url", "edge"], `--url: expected http(s)://HOST[:PORT], got "edge".`],
    [
      ["pools", "--url", "http://a:password@edge"],
      `--url: expected http(s)://HOST[:PORT], got "***@edge".`,
    ],
    [
      ["pools", "--token="],
      `--token: expected ASCII characters, none of them a space, got others.`,
    ],
  ])("mooring %j", async (args, sentence) => {
    expect(await mooring(args)).toEqual({ code: 2, stdout: "", stderr: `${sentence}\n` });
  });

  test("no token at all", async () => {
    expect(await mooring(["pools"], { MOORING_TOKEN: "" })).toEqual({
      code: 2,
      stdout: "",
      stderr: "MOORING_TOKEN: expected the token that the edge has, got nothing.\n",
    });
  });

  test("and none of it has changed anything", async () => {
    expect(await everyOrder()).toEqual(before);
  });
});

test.each(["pools", "drain", "add"])("mooring %s --help says how it is used", async (command) => {
  const { code, stdout, stderr } = await endOfMooring([command, "--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^Usage: mooring pools/);
  for (const option of ["--url", "--token", "--pool", "--json", "--max-connections"]) {
    expect(stdout).toContain(`  ${option} `);
  }
});
