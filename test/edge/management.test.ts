import { describe, expect, test, vi } from "vitest";
import { objectId } from "../../src/wire/sid.ts";
import {
  AS_CONFIGURED,
  ask,
  askWith,
  forgetAfterEach,
  json,
  ONE,
  POOL,
  pool,
  poolObject,
  restart,
  timeless,
  TOKEN,
} from "./management-api.ts";

forgetAfterEach();

describe("without a token in the settings", () => {
  test.each(["/pools", POOL, "/nothing"])("nothing is there: %s", async (path) => {
    const said = vi.spyOn(console, "log");
    const { status, body } = await askWith({}, "GET", path);
    expect([status, body]).toEqual([
      404,
      { code: "NOT_FOUND", message: "Nothing is served here." },
    ]);
    expect(said.mock.calls.flat()).toEqual([
      JSON.stringify({ event: "management-off", why: "MOORING_TOKEN is not set." }),
    ]);
  });
});

describe("a request without the token is refused", () => {
  const LONGER = `${TOKEN}s`;
  test.each([
    ["no field", {}],
    ["another token of the same length", { authorization: `Bearer ${TOKEN.replace("a", "b")}` }],
    ["a shorter one", { authorization: `Bearer ${TOKEN.slice(1)}` }],
    ["a longer one", { authorization: `Bearer ${LONGER}` }],
    ["an empty one", { authorization: "Bearer " }],
    ["two", { authorization: `Bearer ${TOKEN}, Bearer ${TOKEN}` }],
    ["another scheme", { authorization: `Basic ${btoa(`mooring:${TOKEN}`)}` }],
    ["no scheme", { authorization: TOKEN }],
    ["a token of 8 KB", { authorization: `Bearer ${"x".repeat(8192)}` }],
  ])("%s", async (_, headers) => {
    for (const [method, path] of [
      ["GET", "/pools"],
      ["POST", `${ONE}/drain`],
      ["OPTIONS", "/pools"],
      ["GET", "/nothing"],
    ] as const) {
      const answer = await ask(method, path, { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer realm="mooring"/);
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      expect(answer.body).toMatchObject({ code: "UNAUTHORIZED" });
      expect(JSON.stringify(answer.body)).not.toContain(TOKEN.slice(2));
    }
    expect(await pool()).toEqual(AS_CONFIGURED);
  });

  test("and the scheme's case doesn't matter", async () => {
    const headers = { authorization: `bearer  ${TOKEN}` };
    expect((await ask("GET", "/pools", { headers })).status).toBe(200);
  });
});

describe("looking", () => {
  test("shows every pool, and one of them", async () => {
    expect(await ask("GET", "/pools")).toMatchObject({
      status: 200,
      body: { pools: [AS_CONFIGURED] },
    });
    const one = await ask("GET", POOL);
    expect([one.status, one.body]).toEqual([200, AS_CONFIGURED]);
    expect(one.headers.get("cache-control")).toBe("no-store");
    expect(one.headers.get("content-type")).toBe("application/json");
  });

  test.each(["/pools/chat", "/pools/DEFAULT", "/pools/%64efault%20", "/pools/constructor"])(
    "says that there is no such pool: %s",
    async (path) => {
      const { status, body } = await ask("GET", path);
      expect(status).toBe(404);
      expect(body).toMatchObject({ code: "UNKNOWN_POOL" });
      expect(JSON.stringify(body)).toContain("There is no pool named");
    },
  );

  test("neither lends a trial nor promises a room", async () => {
    const object = objectId("ab".repeat(32));
    const report = { object, room: 7, place: "local", faults: [], opened: [] };
    await poolObject().report("default", { ...report, sessions: { one: 93 } });
    await ask("GET", POOL);
    const { body } = await ask("GET", "/pools");
    expect(body).toMatchObject({ pools: [{ origins: [{ sessions: 93 }, { sessions: 0 }] }] });
    const [first] = (await poolObject().snapshot("default", "local", 7)).open;
    expect(first).toEqual({ object, room: 7 });
  });
});

describe("an order changes its origin, and is answered with the pool as it is then", () => {
  test.each([
    ["POST", "drain", undefined, { admin: "drain" }],
    ["POST", "maint", undefined, { admin: "maint" }],
    ["POST", "drain", "{}", { admin: "drain" }],
    ["PUT", "weight", '{"weight":7}', { weight: 7 }],
    ["PUT", "weight", '{"weight":0}', { weight: 0 }],
    ["PUT", "weight", '{"weight":1000}', { weight: 1000 }],
  ])("%s %s %s", async (method, order, body, change) => {
    const answer = await ask(method, `${ONE}/${order}`, body === undefined ? {} : { body });
    const [one, two] = AS_CONFIGURED.origins;
    const changed = { ...AS_CONFIGURED, origins: [{ ...one, ...change }, two] };
    expect([answer.status, timeless(answer.body)]).toEqual([200, changed]);
    expect(await pool()).toEqual(changed);
    await restart();
    expect(await pool()).toEqual(changed);
  });

  test("ready ends drain and maint, and leaves the weight", async () => {
    await ask("PUT", `${ONE}/weight`, json({ weight: 5 }));
    for (const order of ["drain", "maint"]) {
      await ask("POST", `${ONE}/${order}`);
      const { body } = await ask("POST", `${ONE}/ready`);
      expect(body).toMatchObject({ origins: [{ name: "one", admin: "ready", weight: 5 }, {}] });
    }
  });

  test("an added origin is there until it is removed", async () => {
    const origin = {
      name: "three",
      url: "https://c.example/",
      weight: 0,
      backup: true,
      max_connections: 9,
    };
    const added = await ask("POST", `${POOL}/origins`, json(origin));
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({
      origins: [{}, {}, { ...origin, url: "https://c.example" }],
    });
    await restart();
    expect(await pool()).toEqual(timeless(added.body));
    const removed = await ask("DELETE", `${POOL}/origins/three`);
    expect([removed.status, removed.body]).toEqual([200, AS_CONFIGURED]);
  });

  test("an added origin needs a URL alone, and is named after it; in a path, its name may be encoded", async () => {
    const { status, body } = await ask(
      "POST",
      `${POOL}/origins`,
      json({ url: "http://[::1]:3000" }),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      origins: [{}, {}, { name: "[::1]:3000", weight: 1, backup: false }],
    });
    const path = `${POOL}/origins/${encodeURIComponent("[::1]:3000")}`;
    expect((await ask("POST", `${path}/drain`)).body).toMatchObject({
      origins: [{}, {}, { admin: "drain" }],
    });
    expect((await ask("DELETE", path)).body).toEqual(AS_CONFIGURED);
  });

  test("a configured origin that was removed stays away, and may be added again", async () => {
    await ask("DELETE", ONE);
    await restart();
    expect(await pool()).toMatchObject({ origins: [{ name: "two" }] });
    const origin = { name: "one", url: "http://127.0.0.3:9" };
    expect((await ask("POST", `${POOL}/origins`, json(origin))).status).toBe(201);
    await restart();
    expect(await pool()).toMatchObject({ origins: [{ name: "two" }, origin] });
  });
});
