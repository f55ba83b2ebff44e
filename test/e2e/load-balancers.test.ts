import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { CLIENT_MODES, connected, createClient, type ClientMode } from "../support/clients.ts";
import { direct, type Edge } from "../support/edge.ts";
import { documentedVars, startWith } from "../support/pool-documents.ts";
import {
  addressOf,
  clientFrom,
  CookieJar,
  startNamedOrigin,
  type NamedOrigin,
  tally,
  until,
  visit,
  visits,
  type Visit,
  type Visited,
} from "../support/pool-sessions.ts";

const NAMES = ["1", "2", "3"];
const CLIENTS = 60;

/** A check's own time, the snapshot's age (a second, and the refresh behind it) and the visits that show it. */
const SLACK_MS = 2500;

const documented = documentedVars();

let origins: NamedOrigin[] = [];

beforeAll(async () => {
  origins = await Promise.all(NAMES.map((name) => startNamedOrigin(name)));
});

afterAll(async () => {
  await Promise.all(origins.map((origin) => origin.stop()));
});

/** The edge as the section's block has it; it goes when the test does. */
async function edgeOf(section: string, block = 0): Promise<Edge> {
  const vars = documented.get(section)?.[block];
  if (vars === undefined) throw new Error(`Expected a block ${block} of ${section}, got none.`);
  const edge = await startWith(
    vars,
    origins.map(({ url }) => url),
  );
  onTestFinished(async () => void (await edge.stop()));
  return edge;
}

/** What many clients get, and get again. */
async function twice(edge: Edge, clientOf: (n: number) => Visit): Promise<[string[], string[]]> {
  const first = await visits(edge.url, CLIENTS, clientOf);
  const again = await visits(edge.url, CLIENTS, clientOf);
  return [first.map(originOf), again.map(originOf)];
}

/** What many clients with jars get, and get again at other addresses. */
async function twiceWithJars(edge: Edge): Promise<[string[], string[]]> {
  const jars = Array.from({ length: CLIENTS }, () => new CookieJar());
  const headersOf = (n: number): Visit => ({ headers: jars[n]?.headers ?? {} });
  const first = await visits(edge.url, CLIENTS, (n) => ({ from: addressOf(n) }));
  for (const [n, jar] of jars.entries()) jar.take(first[n] ?? { setCookie: [] });
  const again = await visits(edge.url, CLIENTS, (n) => ({
    ...headersOf(n),
    from: addressOf(CLIENTS + n),
  }));
  return [first.map(originOf), again.map(originOf)];
}

/** Those that have a share of the clients worth the name: a tenth, where fair draws give a third or more. */
function sharers(got: readonly string[]): string[] {
  const count = (name: string): number => got.filter((other) => other === name).length;
  return [...new Set(got)].filter((name) => count(name) >= CLIENTS / 10).toSorted();
}

function originOf({ origin }: Visited): string {
  return origin;
}

describe.skipIf(direct)("the document (direct has no edge)", () => {
  test("has a section with a configuration for each load balancer", () => {
    const sections = [...documented].filter(([, blocks]) => blocks.length > 0);
    expect(sections.map(([title, blocks]) => `${title}: ${blocks.length}`)).toEqual([
      "nginx: 4",
      "ingress-nginx: 3",
      "Apache HTTPD: 1",
      "HAProxy: 3",
      "Traefik: 1",
      "Node's cluster with @socket.io/sticky: 1",
      "sticky-session: 1",
      "socketio-sticky-session: 1",
      "AWS Application Load Balancer: 1",
      "GCP backend services: 2",
      "Heroku session affinity: 1",
    ]);
  });
});

describe.skipIf(direct)("by address (direct has no edge)", () => {
  test.each([
    ["nginx", 0],
    ["ingress-nginx", 0],
    ["HAProxy", 2],
    ["sticky-session", 0],
  ])("%s, block %i: an address keeps its origin, and addresses spread", async (section, block) => {
    const edge = await edgeOf(section, block);
    const [first, again] = await twice(edge, (n) => ({ from: addressOf(n) }));
    expect(again).toEqual(first);
    expect(sharers(first)).toEqual(NAMES);
  });

  test.each(CLIENT_MODES)("nginx: stock clients keep their origin: $name", async (mode) => {
    const edge = await edgeOf("nginx");
    const addresses = Array.from({ length: 12 }, (_, n) => addressOf(n));
    const expected = await visits(edge.url, 12, (n) => ({ from: addresses[n] ?? "" }));
    const found = addresses.map((localAddress) =>
      originOfClient(edge, mode, clientFrom(localAddress)),
    );
    expect(await Promise.all(found)).toEqual(expected.map(originOf));
  });

  test("nginx's ip_hash: a network keeps its origin, and networks spread", async () => {
    const edge = await edgeOf("nginx", 1);
    const first = await visits(edge.url, CLIENTS, (n) => ({ from: `${networkOf(n)}.1` }));
    const others = await visits(edge.url, CLIENTS, (n) => ({ from: `${networkOf(n)}.250` }));
    expect(others.map(originOf)).toEqual(first.map(originOf));
    expect(sharers(first.map(originOf))).toEqual(NAMES);
  });

  test("socketio-sticky-session: the last address of X-Forwarded-For counts", async () => {
    const edge = await edgeOf("socketio-sticky-session");
    const first = await visits(edge.url, CLIENTS, (n) => forwarded(n, "127.0.0.1", ""));
    const later = await visits(edge.url, CLIENTS, (n) =>
      forwarded(n, addressOf(n), `203.0.113.${n}, `),
    );
    expect(later.map(originOf)).toEqual(first.map(originOf));
    expect(sharers(first.map(originOf))).toEqual(NAMES);
  });
});

describe.skipIf(direct)("by header field and query (direct has no edge)", () => {
  test("ingress-nginx's upstream-hash-by: a room keeps its origin, and rooms spread", async () => {
    const edge = await edgeOf("ingress-nginx", 1);
    const [first, again] = await twice(edge, (n) => ({ query: `&room=room-${n}` }));
    expect(again).toEqual(first);
    expect(sharers(first)).toEqual(NAMES);
  });

  test("GCP's HEADER_FIELD: a user keeps their origin, and users spread", async () => {
    const edge = await edgeOf("GCP backend services", 1);
    const [first, again] = await twice(edge, (n) => ({ headers: { "x-user": `user-${n}` } }));
    expect(again).toEqual(first);
    expect(sharers(first)).toEqual(NAMES);
  });
});

const COOKIES = [
  {
    section: "nginx",
    block: 3,
    name: "srv_id",
    rest: /^; Path=\/; Max-Age=3600; SameSite=Lax; HttpOnly$/,
  },
  {
    section: "ingress-nginx",
    block: 2,
    name: "INGRESSCOOKIE",
    rest: /^; Path=\/; Max-Age=172800; .*HttpOnly/,
  },
  { section: "HAProxy", block: 0, name: "SERVERID", rest: /^; Path=\/; SameSite=Lax$/ },
  { section: "Traefik", block: 0, name: "server_id", rest: /^; Path=\/; SameSite=Lax; HttpOnly$/ },
  {
    section: "AWS Application Load Balancer",
    block: 0,
    name: "AWSALB",
    rest: /^; Path=\/; Max-Age=86400; SameSite=None; Secure; HttpOnly$/,
  },
  { section: "GCP backend services", block: 0, name: "GCLB", rest: /^; Path=\/; Max-Age=3600; / },
  {
    section: "Heroku session affinity",
    block: 0,
    name: "heroku-session-affinity",
    rest: /^; Path=\/; /,
  },
];

describe.skipIf(direct)("by cookie (direct has no edge)", () => {
  test.each(COOKIES)(
    "$section: a jar keeps its origin, and jars spread",
    async ({ section, block }) => {
      const [first, again] = await twiceWithJars(await edgeOf(section, block));
      expect(again).toEqual(first);
      expect(sharers(first)).toEqual(NAMES);
    },
  );

  test.each(COOKIES)("$section: the cookie is $name", async ({ section, block, name, rest }) => {
    const edge = await edgeOf(section, block);
    const { setCookie } = await visit(edge.url);
    expect(setCookie).toHaveLength(1);
    const [, given, attributes] = /^([^=]+)=[\w-]+(.*)$/.exec(setCookie[0] ?? "") ?? [];
    expect(given).toBe(name);
    expect(attributes).toMatch(rest);
  });

  test.each(CLIENT_MODES)("HAProxy: stock clients keep their origin: $name", async (mode) => {
    const edge = await edgeOf("HAProxy");
    const first = await visits(edge.url, 12);
    const found = first.map((visited) => {
      const jar = new CookieJar();
      jar.take(visited);
      return originOfClient(edge, mode, { extraHeaders: jar.headers });
    });
    expect(await Promise.all(found)).toEqual(first.map(originOf));
  });
});

describe.skipIf(direct)("by number and weight (direct has no edge)", () => {
  test.each([
    ["nginx", 2],
    ["Apache HTTPD", 0],
  ])("%s, block %i: weights count, and the backup waits", async (section, block) => {
    const edge = await edgeOf(section, block);
    expect(tally(await visits(edge.url, CLIENTS))).toEqual({ 1: 40, 2: 20 });
  });

  test("Apache HTTPD: a jar keeps its origin", async () => {
    const [first, again] = await twiceWithJars(await edgeOf("Apache HTTPD"));
    expect(again).toEqual(first);
    expect(sharers(first)).toEqual(["1", "2"]);
  });

  test("@socket.io/sticky: sessions are even, and each is found by its id", async () => {
    const edge = await edgeOf("Node's cluster with @socket.io/sticky");
    expect(tally(await visits(edge.url, CLIENTS))).toEqual({ 1: 20, 2: 20, 3: 20 });
    const clients = CLIENT_MODES.map((mode) => connected(createClient(edge.url, mode), mode));
    expect((await Promise.all(clients)).every((client) => client.connected)).toBe(true);
  });

  test("HAProxy's maxconn: who is over it waits, then is told to come back", async () => {
    const edge = await edgeOf("HAProxy", 1);
    expect(tally(await visits(edge.url, 80))).toEqual({ 1: 40, 2: 40 });
    const before = performance.now();
    const refused = await visit(edge.url);
    expect(performance.now() - before).toBeGreaterThanOrEqual(1900);
    expect(refused.status).toBe(503);
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);
  });
});

describe.skipIf(direct)("by health check (direct has no edge)", () => {
  test.each([
    { section: "HAProxy", block: 0, fall: 3, rise: 2 },
    { section: "Traefik", block: 0, fall: 1, rise: 1 },
  ])("$section: who fails it is out, and back later", async ({ section, block, fall, rise }) => {
    const edge = await edgeOf(section, block);
    const [failing] = origins;
    if (failing === undefined) throw new Error("Expected an origin, got none.");
    onTestFinished(() => void (failing.health = 200));
    const isIn = async (): Promise<boolean> => "1" in tally(await visits(edge.url, 6));
    await until(isIn);
    failing.health = 503;
    expect(await until(async () => !(await isIn()))).toBeLessThan(fall * 2000 + SLACK_MS);
    failing.health = 200;
    expect(await until(isIn)).toBeLessThan(rise * 2000 + SLACK_MS);
  });
});

/** The n-th of many /24 networks. */
function networkOf(n: number): string {
  return `127.${1 + (n >> 4)}.${n % 16}`;
}

/** The n-th client behind a proxy at `peer`, and what it has put there itself. */
function forwarded(n: number, peer: string, own: string): Visit {
  return { from: peer, headers: { "x-forwarded-for": `${own}198.51.100.${n}` } };
}

/** Where a stock client is, by its own origin's word. */
async function originOfClient(
  edge: Edge,
  mode: ClientMode,
  options: Parameters<typeof createClient>[2],
): Promise<string> {
  const client = await connected(createClient(edge.url, mode, options), mode);
  return String(await client.emitWithAck("who"));
}
