import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Asker } from "../../src/edge/contracts.ts";
import { Preflights } from "../../src/edge/entry/preflights.ts";
import { answering, dead, fakeOrigins } from "./fake-origins.ts";
import { poolOf } from "../core/pool/pool-builders.ts";

const A = { name: "a", url: "http://a" };
const B = { name: "b", url: "http://b" };
const CLIENT = { address: "192.0.2.1", scheme: "https", host: "edge", isForwardedTrusted: false };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

function preflights(...origins: { name: string; url: string }[]): Preflights {
  const view = {
    pool: poolOf(["a"]),
    choose: () => Promise.reject(new Error("Expected no session, got one.")),
    passed: () => {},
    release: () => Promise.resolve(),
    origins: () => Promise.resolve(origins),
    havens: () => Promise.resolve({ origins, apartMs: 0 }),
  };
  return new Preflights(view);
}

function preflight(fields: Readonly<Record<string, string>> = {}, path = "/socket.io/?a=1"): Asker {
  const request = new Request(`https://edge.example${path}`, {
    method: "OPTIONS",
    headers: {
      origin: "https://page.example",
      "access-control-request-method": "POST",
      ...fields,
    },
  });
  return { request, client: CLIENT, place: "local" };
}

/** An origin with an own answer each time, so that one that is repeated shows. */
function counting(): { answer: () => Response } {
  let n = 0;
  return {
    answer: () => {
      n += 1;
      const headers = { "access-control-allow-origin": "https://page.example", "x-nth": String(n) };
      return new Response(null, { status: 204, headers });
    },
  };
}

async function nth(answered: Promise<Response>): Promise<string | null> {
  return (await answered).headers.get("x-nth");
}

test("is asked of an origin, with the client's headers", async () => {
  const asked = fakeOrigins({ a: counting().answer });
  const response = await preflights(A).answer(preflight({ "x-own": "1" }));
  expect(response.status).toBe(204);
  expect(response.headers.get("access-control-allow-origin")).toBe("https://page.example");
  expect(asked[0]).toMatchObject({ method: "OPTIONS", url: { href: "http://a/socket.io/?a=1" } });
  expect(Object.fromEntries(asked[0]?.headers ?? [])).toMatchObject({
    origin: "https://page.example",
    "access-control-request-method": "POST",
    "x-own": "1",
    "x-forwarded-for": "192.0.2.1",
  });
});

test.each([
  ["/socket.io/?EIO=4&transport=polling&s%69d=SECRET&a=1", "?EIO=4&transport=polling&a=1"],
  ["/socket.io/?sid=SECRET", ""],
])("is asked without the session id, which is its client's secret: %s", async (path, search) => {
  const asked = fakeOrigins({ a: counting().answer });
  await preflights(A).answer(preflight({}, path));
  expect(asked[0]?.url.search).toBe(search);
});

test("is remembered for a minute", async () => {
  fakeOrigins({ a: counting().answer });
  const asker = preflights(A);
  expect(await nth(asker.answer(preflight()))).toBe("1");
  vi.setSystemTime(Date.now() + 59_999);
  expect(await nth(asker.answer(preflight()))).toBe("1");
  vi.setSystemTime(Date.now() + 1);
  expect(await nth(asker.answer(preflight()))).toBe("2");
});

test("is remembered whatever the query, so that each session does not ask anew", async () => {
  fakeOrigins({ a: counting().answer });
  const asker = preflights(A);
  await asker.answer(preflight({}, "/socket.io/?sid=1"));
  expect(await nth(asker.answer(preflight({}, "/socket.io/?sid=2")))).toBe("1");
});

test.each([
  ["origin", { origin: "https://other.example" }],
  ["method", { "access-control-request-method": "GET" }],
  ["headers", { "access-control-request-headers": "authorization" }],
])("is remembered for its own %s alone", async (_, fields) => {
  fakeOrigins({ a: counting().answer });
  const asker = preflights(A);
  await asker.answer(preflight());
  expect(await nth(asker.answer(preflight(fields)))).toBe("2");
  expect(await nth(asker.answer(preflight()))).toBe("1");
});

test("is not repeated with a cookie that was for one client", async () => {
  const headers = { "set-cookie": "session=1", "x-nth": "1" };
  fakeOrigins({ a: () => new Response(null, { status: 204, headers }) });
  const asker = preflights(A);
  await asker.answer(preflight());
  const repeated = await asker.answer(preflight());
  expect(repeated.headers.get("set-cookie")).toBeNull();
});

describe("an origin without an answer", () => {
  test.each([
    ["is dead", dead()],
    ["is broken", answering(500)],
  ])("that %s is passed over for the next", async (_, answerer) => {
    fakeOrigins({ a: answerer, b: counting().answer });
    expect(await nth(preflights(A, B).answer(preflight()))).toBe("1");
  });

  test("that is broken has its body given up, since it would hold a connection", async () => {
    const cancel = vi.fn<() => void>();
    const broken = () => new Response(new ReadableStream({ cancel }), { status: 500 });
    fakeOrigins({ a: broken, b: counting().answer });
    expect(await nth(preflights(A, B).answer(preflight()))).toBe("1");
    expect(cancel).toHaveBeenCalledOnce();
  });

  test("to the end, since it breaks off, is answered 503, and asked again the next time", async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.error(new Error("Network connection lost.")),
    });
    const answerers = [() => new Response(body), counting().answer];
    fakeOrigins({ a: (asked) => (answerers.shift() ?? dead())(asked) });
    const asker = preflights(A);
    expect((await asker.answer(preflight())).status).toBe(503);
    expect((await asker.answer(preflight())).status).toBe(204);
  });

  test("is asked again the next time", async () => {
    const answerers = [dead(), counting().answer];
    fakeOrigins({ a: (asked) => (answerers.shift() ?? dead())(asked) });
    const asker = preflights(A);
    expect((await asker.answer(preflight())).status).toBe(503);
    expect((await asker.answer(preflight())).status).toBe(204);
  });
});

describe("what is remembered is bounded", () => {
  test("in number: the oldest is forgotten for the newest", async () => {
    const asked = fakeOrigins({ a: counting().answer });
    const asker = preflights(A);
    const requests = Array.from({ length: 1001 }, (_, n) => {
      return preflight({ origin: `https://page-${n}.example` });
    });
    for (const request of requests) await asker.answer(request);
    const again = [requests[1000], requests[1], requests[0]].map((request) => {
      return nth(asker.answer(request ?? preflight()));
    });
    expect(await Promise.all(again)).toEqual(["1001", "2", "1002"]);
    expect(asked).toHaveLength(1002);
  });

  test("in bytes: neither what was asked nor what was answered is kept when it is long", async () => {
    const asked = fakeOrigins({
      a: ({ headers }) => {
        const long = headers.get("origin")?.includes("page") === true ? "" : "x".repeat(100_000);
        return new Response(long, { headers: { "x-nth": "1" } });
      },
    });
    const asker = preflights(A);
    const requests = [
      () => preflight({ "access-control-request-headers": "x-a,".repeat(4000) }),
      () => preflight({ origin: "https://other.example" }),
    ];
    for (const make of requests) {
      await asker.answer(make());
      await asker.answer(make());
    }
    expect(asked).toHaveLength(4);
  });
});
