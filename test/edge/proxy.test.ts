import { afterEach, describe, expect, test, vi } from "vitest";
import type { Client } from "../../src/core/entry/forward.ts";
import { proxy } from "../../src/edge/entry/proxy.ts";
import type { Answerer, Asked } from "./fake-origins.ts";
import { answering, dead, echo, fakeOrigins, silent } from "./fake-origins.ts";

const ORIGINS = ["a", "b", "c"].map((name) => ({ name, url: `http://${name}:1` }));

const CLIENT: Client = {
  address: "203.0.113.7",
  scheme: "https",
  host: "chat.example.com",
  isForwardedTrusted: false,
};

function ask(answerers: readonly Answerer[], init: RequestInit = {}, target = "/shop/cart?a=b") {
  const origins = ORIGINS.slice(0, answerers.length);
  const taken: string[] = [];
  const asked = fakeOrigins(
    Object.fromEntries(answerers.map((answerer, i) => [`${ORIGINS[i]?.name}:1`, answerer])),
  );
  const request = new Request(`https://chat.example.com${target}`, init);
  const response = proxy(request, origins, CLIENT, ({ name }) => taken.push(name));
  return { asked, taken, response };
}

/** Takes any WebSocket, and echoes. */
const accepting: Answerer = ({ headers }) => {
  const { 0: ours, 1: theirs } = new WebSocketPair();
  theirs.accept();
  echo(theirs);
  const protocol = headers.get("sec-websocket-protocol") ?? "";
  const answered = { connection: "x-hop", "x-hop": "1", "sec-websocket-protocol": protocol };
  return new Response(null, { status: 101, webSocket: ours, headers: answered });
};

async function bodyOf(response: Promise<Response>): Promise<unknown> {
  return (await response).json();
}

function hostsOf(asked: readonly Asked[]): string[] {
  return asked.map(({ url }) => url.host.charAt(0));
}

afterEach(() => vi.useRealTimers());

describe("a request", () => {
  test("goes to the best origin with its method, path, query and fields", async () => {
    const headers = { "Content-Type": "text/css", Cookie: "a=b", TE: "trailers", "CF-Ray": "1" };
    const { asked, taken, response } = ask([answering(200), dead()], {
      method: "PUT",
      headers,
      body: "hello",
    });
    expect((await response).status).toBe(200);
    expect(taken).toEqual(["a"]);
    expect(asked).toMatchObject([{ method: "PUT" }]);
    expect(asked[0]?.url.href).toBe("http://a:1/shop/cart?a=b");
    expect([...(asked[0]?.headers ?? [])]).toEqual([
      ["content-type", "text/css"],
      ["cookie", "a=b"],
      ["x-forwarded-for", "203.0.113.7"],
      ["x-forwarded-host", "chat.example.com"],
      ["x-forwarded-proto", "https"],
    ]);
  });

  test.each([
    ["//evil.example/x", "http://a:1//evil.example/x"],
    ["/@evil.example/", "http://a:1/@evil.example/"],
    ["/%2e%2e/%2Fetc", "http://a:1/%2Fetc"],
    ["/a%20b?x=%26&y=/../z", "http://a:1/a%20b?x=%26&y=/../z"],
    ["/:80/", "http://a:1/:80/"],
  ])("can't name another host by its path: %s", async (target, url) => {
    const { asked, response } = ask([answering(200)], {}, target);
    await response;
    expect(asked[0]?.url.href).toBe(url);
  });

  test("loses what its Connection names", async () => {
    const headers = { Connection: "close, X-Once", "X-Once": "1", "X-Twice": "2" };
    const { asked, response } = ask([answering(200)], { headers });
    await response;
    expect(asked[0]?.headers.get("x-once")).toBeNull();
    expect(asked[0]?.headers.get("x-twice")).toBe("2");
  });

  test("that would change to another protocol is an ordinary one", async () => {
    const headers = { Connection: "Upgrade, HTTP2-Settings", Upgrade: "h2c", "HTTP2-Settings": "" };
    const { asked, response } = ask([answering(200)], { headers });
    await response;
    expect(asked[0]?.headers.get("upgrade")).toBeNull();
    expect(asked[0]?.headers.get("http2-settings")).toBeNull();
  });
});

describe("an answer", () => {
  test("goes back as it is, with each cookie on its own", async () => {
    const headers: [string, string][] = [
      ["etag", '"a"'],
      ["set-cookie", "a=b; Path=/"],
      ["set-cookie", "c=d"],
      ["x-powered-by", "Express"],
    ];
    const { response } = ask([
      () => new Response("gone", { status: 410, statusText: "Left", headers }),
    ]);
    const { status, statusText, headers: got, body } = await response;
    expect([status, statusText, await new Response(body).text()]).toEqual([410, "Left", "gone"]);
    expect([...got]).toEqual(expect.arrayContaining(headers));
  });

  test("loses what is for the next hop alone", async () => {
    const headers = { connection: "X-Hop", "x-hop": "1", "keep-alive": "1", "x-end": "2" };
    const { response } = ask([() => new Response("body", { headers })]);
    const got = await response;
    expect([...got.headers.keys()]).toEqual(["content-type", "x-end"]);
    expect(await got.text()).toBe("body");
  });

  test.each([301, 302, 303, 307, 308])("that redirects is the client's: %d", async (status) => {
    const headers = { location: "/elsewhere" };
    const { asked, response } = ask([() => new Response(null, { status, headers })]);
    const got = await response;
    expect([got.status, got.headers.get("location")]).toEqual([status, "/elsewhere"]);
    expect(asked).toHaveLength(1);
  });

  test.each([400, 404, 429, 500, 502, 503, 504])(
    "is an answer, and no other origin is asked: %d",
    async (status) => {
      const { asked, taken, response } = ask([answering(status), answering(200)]);
      expect((await response).status).toBe(status);
      expect([hostsOf(asked), taken]).toEqual([["a"], ["a"]]);
    },
  );
});

describe("another origin is asked when one can't be reached", () => {
  test.each(["GET", "HEAD", "OPTIONS"])("by %s", async (method) => {
    const { asked, taken, response } = ask([dead(), answering(522), answering(200)], { method });
    expect((await response).status).toBe(200);
    expect(hostsOf(asked)).toEqual(["a", "b", "c"]);
    expect(taken).toEqual(["c"]);
  });

  test("but not by what may have been acted upon", async () => {
    const { asked, taken, response } = ask([dead(), answering(200)], { method: "POST" });
    expect((await response).status).toBe(502);
    expect(await bodyOf(response)).toMatchObject({ code: "BROKEN_OFF" });
    expect([hostsOf(asked), taken]).toEqual([["a"], []]);
  });

  test.each(["PUT", "DELETE", "PATCH", "OPTIONS"])(
    "nor by what brings a body: %s",
    async (method) => {
      const { asked, response } = ask([dead(), answering(200)], { method, body: "x" });
      expect((await response).status).toBe(502);
      expect(hostsOf(asked)).toEqual(["a"]);
    },
  );

  test("and the platform's word stands where there is none left", async () => {
    const { taken, response } = ask([dead(), answering(521)]);
    expect((await response).status).toBe(521);
    expect(await (await response).text()).toBe("521");
    expect(taken).toEqual([]);
  });
});

describe("no origin answers", () => {
  test.each<[string, Answerer[]]>([
    ["there is none", []],
    ["all are dead", [dead(), dead()]],
  ])("when %s: 503, and when to come back", async (_, answerers) => {
    const { taken, response } = ask(answerers);
    const { status, headers } = await response;
    expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await bodyOf(response)).toMatchObject({ code: "NO_ORIGIN" });
    expect(taken).toEqual([]);
  });

  test("in time: 504, and no other origin is asked", async () => {
    vi.useFakeTimers();
    const { asked, response } = ask([silent(), answering(200)]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect((await response).status).toBe(504);
    expect(await bodyOf(response)).toMatchObject({ code: "TOO_LATE" });
    expect(hostsOf(asked)).toEqual(["a"]);
  });

  test("but an upload takes what it takes", async () => {
    vi.useFakeTimers();
    const { asked, response } = ask([silent()], { method: "POST", body: "x" });
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked[0]?.signal?.aborted).toBe(false);
    void response;
  });

  test("and an answer whose head was in time may go on for ever", async () => {
    vi.useFakeTimers();
    const { asked, response } = ask([answering(200)]);
    await response;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked[0]?.signal?.aborted).toBe(false);
  });
});

describe("a WebSocket", () => {
  const init = { headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": "chat" } };

  test("is the origin's own, its 101 untouched", async () => {
    const { asked, response } = ask([dead(), accepting], init);
    const { status, headers, webSocket } = await response;
    expect([status, headers.get("sec-websocket-protocol")]).toEqual([101, "chat"]);
    expect(headers.get("x-hop")).toBe("1");
    expect(asked.map(({ isUpgrade }) => isUpgrade)).toEqual([true, true]);
    webSocket?.accept();
    const heard = new Promise((resolve) => {
      webSocket?.addEventListener("message", ({ data }) => resolve(data));
    });
    webSocket?.send("hello");
    expect(await heard).toBe("hello");
  });

  test("that the application refuses is refused", async () => {
    const { asked, response } = ask([answering(403), accepting], init);
    expect((await response).status).toBe(403);
    expect(hostsOf(asked)).toEqual(["a"]);
  });
});
