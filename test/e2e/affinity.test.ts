import { describe, expect, test } from "vitest";
import { direct } from "../support/edge.ts";
import { startOrigins, startPool, tables } from "../support/pool-edge.ts";
import {
  addressOf,
  CookieJar,
  leave,
  tally,
  until,
  visit,
  visits,
  type Visit,
  type Visited,
} from "../support/pool-sessions.ts";

const CLIENTS = 60;
const CHECKED = { HEALTH: { interval: "1s", rise: 1, fall: 1 } };

const KEYS: { affinity: string; visitOf: (n: number) => Visit }[] = [
  { affinity: "ip", visitOf: (n) => ({ from: addressOf(n) }) },
  { affinity: "header:x-user", visitOf: (n) => ({ headers: { "x-user": `user-${n}` } }) },
  { affinity: "query:user", visitOf: (n) => ({ query: `&user=user-${n}` }) },
];

describe.skipIf(direct)("affinity by key (direct has no edge)", () => {
  test.each(KEYS)(
    "$affinity: only the clients of an origin that leaves move, and they return",
    async ({ affinity, visitOf }) => {
      const origins = await startOrigins("a", "b", "c");
      const edge = await startPool({ ORIGINS: tables(origins), AFFINITY: affinity, ...CHECKED });
      const before = (await visits(edge.url, CLIENTS, visitOf)).map(originOf);
      const [leaving] = origins;
      if (!leaving) throw new Error("Expected an origin, got none.");
      const lost = before.indexOf("a");
      const isAtHome = async (): Promise<boolean> =>
        (await visit(edge.url, visitOf(lost))).origin === "a";
      leaving.health = 500;
      await until(async () => !(await isAtHome()));
      const without = (await visits(edge.url, CLIENTS, visitOf)).map(originOf);
      expect(without).not.toContain("a");
      const stayed = without.filter((origin, n) => origin === before[n]).length;
      expect(stayed).toBe(before.filter((origin) => origin !== "a").length);
      leaving.health = 200;
      await until(isAtHome);
      expect((await visits(edge.url, CLIENTS, visitOf)).map(originOf)).toEqual(before);
    },
  );

  test.each(KEYS)("$affinity: a session ended is followed at the same origin", async (key) => {
    const origins = await startOrigins("a", "b", "c");
    const edge = await startPool({ ORIGINS: tables(origins), AFFINITY: key.affinity });
    for (let n = 0; n < 5; n++) {
      const first = await visit(edge.url, key.visitOf(n));
      await leave(edge.url, first);
      expect((await visit(edge.url, key.visitOf(n))).origin).toBe(first.origin);
    }
  });

  test("what clients say in X-Forwarded-For counts for nothing where it isn't trusted", async () => {
    const origins = await startOrigins("a", "b", "c");
    const edge = await startPool({ ORIGINS: tables(origins), AFFINITY: "ip" });
    const claims = await visits(edge.url, CLIENTS, (n) => ({
      headers: { "x-forwarded-for": `198.51.100.${n}` },
    }));
    expect(new Set(claims.map(originOf)).size).toBe(1);
  });

  test("clients without the field are balanced", async () => {
    const ORIGINS = tables(await startOrigins("a", "b", "c"));
    const edge = await startPool({ ORIGINS, AFFINITY: "header:x-user" });
    expect(tally(await visits(edge.url, CLIENTS))).toEqual({ a: 20, b: 20, c: 20 });
  });
});

describe.skipIf(direct)("affinity by cookie (direct has no edge)", () => {
  test("moves a client whose origin is out, with another cookie, and keeps it there", async () => {
    const origins = await startOrigins("a", "b");
    const edge = await startPool({ ORIGINS: tables(origins), AFFINITY: "cookie", ...CHECKED });
    const jar = new CookieJar();
    const comes = async (): Promise<string> => {
      const visited = await visit(edge.url, { headers: jar.headers });
      jar.take(visited);
      return visited.origin;
    };
    const home = await comes();
    expect(await comes()).toBe(home);
    const lost = origins.find(({ name }) => name === home);
    if (!lost) throw new Error("Expected the client's origin, got none.");
    lost.health = 500;
    await until(async () => (await comes()) !== home);
    const other = await comes();
    lost.health = 200;
    await until(async () => home in tally(await visits(edge.url, 4)));
    expect(await comes()).toBe(other);
  });

  test("has a value that tells nothing of the origin, one for all its clients", async () => {
    const [origin] = await startOrigins("a-telling-name");
    const edge = await startPool({ ORIGINS: tables(origin ? [origin] : []), AFFINITY: "cookie" });
    const cookies = (await visits(edge.url, 3)).flatMap(({ setCookie }) => setCookie);
    expect(new Set(cookies).size).toBe(1);
    expect(cookies[0]).toMatch(/^mooring=[\w-]{22}; Path=\/; SameSite=Lax; HttpOnly$/);
    expect(cookies[0]).not.toContain(String(origin?.port));
  });

  test.each(["a", "bm9uZQ", "", "AAAAAAAAAAAAAAAAAAAAAA"])(
    "takes no client's word for an origin: %j",
    async (value) => {
      const ORIGINS = tables(await startOrigins("a", "b"));
      const edge = await startPool({ ORIGINS, AFFINITY: "cookie", BALANCE: "round-robin" });
      const headers = { cookie: `mooring=${value}` };
      expect(tally(await visits(edge.url, 20, () => ({ headers })))).toEqual({ a: 10, b: 10 });
    },
  );
});

function originOf({ origin }: Visited): string {
  return origin;
}
