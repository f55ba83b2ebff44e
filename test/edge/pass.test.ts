import { describe, expect, test, vi } from "vitest";
import type { Client } from "../../src/core/entry/forward.ts";
import { pass } from "../../src/edge/entry/pass.ts";
import type { Answerer, Asked } from "./fake-origins.ts";
import { answering, dead, engine, fakeOrigins, silent } from "./fake-origins.ts";

const ORIGINS = ["a", "b"].map((name) => ({ name, url: `http://${name}:1` }));
const TIMEOUT_MS = 100;
const TARGET = "/socket.io/?room=1&EIO=4&transport=websocket&t=abc";

const CLIENT: Client = {
  address: "203.0.113.7",
  scheme: "https",
  host: "chat.example.com",
  isForwardedTrusted: false,
};

function dial(answerers: readonly Answerer[], headers: Readonly<Record<string, string>> = {}) {
  const origins = ORIGINS.slice(0, answerers.length);
  const taken: string[] = [];
  const told: string[] = [];
  const asked = fakeOrigins(
    Object.fromEntries(answerers.map((answerer, i) => [`${ORIGINS[i]?.name}:1`, answerer])),
  );
  const request = new Request(`https://chat.example.com${TARGET}`, {
    headers: { Upgrade: "websocket", ...headers },
  });
  const response = pass(request, origins, CLIENT, TIMEOUT_MS, {
    taken: ({ name }, isOpened) => {
      taken.push(name);
      told.push(`${name} ${isOpened ? "opened" : "refused"}`);
    },
    failed: ({ name }) => told.push(`${name} failed`),
  });
  return { asked, taken, told, response };
}

function opened(response: Response): WebSocket {
  const { webSocket } = response;
  if (!webSocket) throw new Error(`Expected a WebSocket, got ${response.status}.`);
  webSocket.accept();
  return webSocket;
}

function heard(socket: WebSocket, count: number): Promise<unknown[]> {
  const messages: unknown[] = [];
  return new Promise((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      if (messages.push(data) === count) resolve(messages);
    });
  });
}

function hostsOf(asked: readonly Asked[]): string[] {
  return asked.map(({ url }) => url.host.charAt(0));
}

test("asks the picked origin what the client asked, word for word", async () => {
  const { asked, taken, response } = dial([engine(), dead()], {
    Cookie: "a=b",
    Connection: "Upgrade",
    Origin: "https://app.example.com",
    "Sec-WebSocket-Key": "abc",
    "Sec-WebSocket-Version": "13",
    "X-Forwarded-For": "10.0.0.1",
  });
  opened(await response).close();
  expect(taken).toEqual(["a"]);
  expect(asked.map(({ url }) => url.href)).toEqual([`http://a:1${TARGET}`]);
  expect([...(asked[0]?.headers ?? [])]).toEqual([
    ["cookie", "a=b"],
    ["origin", "https://app.example.com"],
    ["upgrade", "websocket"],
    ["x-forwarded-for", "203.0.113.7"],
    ["x-forwarded-host", "chat.example.com"],
    ["x-forwarded-proto", "https"],
  ]);
});

test("gives the client the origin's own session, open packet and all", async () => {
  const { response } = dial([engine({ pingInterval: 300 })]);
  const socket = opened(await response);
  const packets = heard(socket, 2);
  socket.send("4hello");
  const [open, echoed] = await packets;
  expect(open).toMatch(/^0\{"sid":"origin",.*"pingInterval":300/);
  expect(echoed).toBe("4hello");
});

test("gives back the origin's 101 as it came", async () => {
  const headers = { "set-cookie": "a=b", "x-greeting": "hello" };
  const { response } = dial([engine({ headers })]);
  expect([...(await response).headers]).toEqual(expect.arrayContaining(Object.entries(headers)));
});

test("leaves the session alone when the dial's time is over", async () => {
  let origin: WebSocket | undefined;
  const { asked, response } = dial([engine({ serve: (socket) => (origin = socket) })]);
  const socket = opened(await response);
  await scheduler.wait(2 * TIMEOUT_MS);
  const packets = heard(socket, 1);
  origin?.send("4late");
  expect(await packets).toEqual(["4late"]);
  expect(asked[0]?.signal?.aborted).toBe(false);
});

describe("goes on to the next origin", () => {
  test.each<[string, Answerer]>([
    ["is dead", dead()],
    ["is silent", silent()],
    ["answers 503", answering(503)],
    ["can't be reached by the platform", answering(522)],
  ])("when one %s", async (_, answerer) => {
    const { asked, taken, response } = dial([answerer, engine()]);
    opened(await response).close();
    // Beside them one that is dead is asked whether it answers at all.
    const dialled = asked.filter(({ isUpgrade }) => isUpgrade);
    expect([hostsOf(dialled), taken]).toEqual([["a", "b"], ["b"]]);
  });

  test("and gives up a silent one", async () => {
    const { asked, response } = dial([silent(), engine()]);
    opened(await response).close();
    expect(asked.map(({ signal }) => signal?.aborted)).toEqual([true, false]);
  });
});

test.each([301, 400, 401, 403, 429])("passes on the application's refusal: %d", async (status) => {
  const { asked, taken, response } = dial([answering(status), engine()]);
  expect((await response).status).toBe(status);
  expect(await (await response).text()).toBe(String(status));
  expect([hostsOf(asked), taken]).toEqual([["a"], ["a"]]);
});

test.each<[string, Answerer[]]>([
  ["there is none", []],
  ["none takes it", [dead(), answering(500)]],
])("answers 503, and when to come back, when of origins %s", async (_, answerers) => {
  const { taken, response } = dial(answerers);
  const { status, headers } = await response;
  expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await (await response).json()).toMatchObject({ code: "NO_ORIGIN" });
  expect(taken).toEqual([]);
});

describe("an origin has failed", () => {
  test.each<[string, Answerer]>([
    ["is dead", dead()],
    ["is silent", silent()],
    ["answers 503", answering(503)],
  ])("when it %s", async (_, answerer) => {
    const { told, response } = dial([answerer, engine()]);
    opened(await response).close();
    await vi.waitFor(() => expect(told.toSorted()).toEqual(["a failed", "b opened"]));
  });

  test("and not when it breaks off a handshake, as a middleware does, but answers", async () => {
    const { asked, told, response } = dial([
      (one) => (one.isUpgrade ? dead()(one) : answering(400)(one)),
      engine(),
    ]);
    opened(await response).close();
    await vi.waitFor(() => expect(asked).toHaveLength(3));
    const question = asked.find(({ isUpgrade }) => !isUpgrade)?.url.href;
    expect(question).toBe("http://a:1/socket.io/?EIO=4&transport=polling&sid=none");
    await scheduler.wait(0);
    expect(told).toEqual(["b opened"]);
  });

  test("and not when it refuses", async () => {
    const { told, response } = dial([answering(401), engine()]);
    await response;
    expect(told).toEqual(["a refused"]);
  });
});
