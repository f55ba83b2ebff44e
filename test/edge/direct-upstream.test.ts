import { describe, expect, onTestFinished, test, vi } from "vitest";
import { directUpstream } from "../../src/edge/upstream/direct-upstream.ts";
import { DIAL_HEADER } from "../../src/wire/recovery/dial.ts";
import type { Answerer } from "./fake-origins.ts";
import { answering, dead, engine, fakeOrigins, silent } from "./fake-origins.ts";

const ORIGIN = { name: "o", url: "http://o" };
const TIMEOUT_MS = 100;
const OPEN = { sid: "origin", pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 };
const REQUEST = {
  path: "/socket.io/",
  query: "EIO=4&transport=websocket",
  headers: [["cookie", "a=1"]] as const,
};

function dial(answerer: Answerer) {
  const asked = fakeOrigins({ o: answerer });
  return { asked, outcome: directUpstream(TIMEOUT_MS).dial(ORIGIN, REQUEST) };
}

/** An origin that takes the WebSocket and then says `packets`, or does what `then` does. */
function accepting(then: (socket: WebSocket) => void): Answerer {
  return () => {
    const { 0: ours, 1: theirs } = new WebSocketPair();
    theirs.accept();
    then(theirs);
    return new Response(null, { status: 101, webSocket: ours });
  };
}

function saying(...packets: (string | ArrayBuffer)[]): Answerer {
  return accepting((socket) => {
    for (const packet of packets) socket.send(packet);
  });
}

describe("dial", () => {
  test("opens a WebSocket with the client's query and headers, and reads the open packet", async () => {
    const { asked, outcome } = dial(engine({ headers: { "x-greeting": "hello" } }));
    expect(await outcome).toMatchObject({
      type: "opened",
      open: OPEN,
      headers: [["x-greeting", "hello"]],
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.url.href).toBe("http://o/socket.io/?EIO=4&transport=websocket");
    expect([...(asked[0]?.headers ?? [])]).toEqual([
      ["cookie", "a=1"],
      ["upgrade", "websocket"],
    ]);
  });

  test("keeps what comes with the open packet until somebody listens, in order", async () => {
    const open = `0${JSON.stringify({ ...OPEN, upgrades: [] })}`;
    const outcome = await dial(saying(open, "4first", "4second")).outcome;
    if (outcome.type !== "opened") throw new Error(`Expected a link, got ${outcome.type}.`);
    const { link } = outcome;
    // Let both arrive before anybody listens.
    await scheduler.wait(0);
    const packets = await new Promise((resolve) => {
      const heard: unknown[] = [];
      const packet = (one: unknown) => {
        if (heard.push(one) === 2) resolve(heard);
      };
      link.listen({ packet, ended() {} });
    });
    expect(packets).toEqual(["4first", "4second"]);
  });

  test("hears its origin for as long as the session, not only for the dial's time", async () => {
    let origin: WebSocket | undefined;
    const { outcome } = dial(engine({ serve: (socket) => (origin = socket) }));
    const opened = await outcome;
    if (opened.type !== "opened") throw new Error(`Expected a link, got ${opened.type}.`);
    const heard = new Promise((resolve) => {
      opened.link.listen({ packet: resolve, ended: resolve });
    });
    await scheduler.wait(2 * TIMEOUT_MS);
    origin?.send("4late");
    expect(await heard).toBe("4late");
  });

  test.each<[string, Answerer, string, string]>([
    ["no answer", silent(), "faulty", "no answer in 100 ms"],
    ["a dead port", dead(), "broken", "Network connection lost."],
    ["no open packet", accepting(() => {}), "faulty", "no open packet"],
    [
      "a close before the open packet",
      accepting((socket) => socket.close()),
      "faulty",
      "no open packet",
    ],
    ["an open packet without its times", saying('0{"sid":"a"}'), "faulty", "no Engine.IO server"],
    ["an open packet that is no JSON", saying("0{sid}"), "faulty", "no Engine.IO server"],
    [
      "an open packet without end",
      saying(`0{"sid":"${"a".repeat(10_000)}"}`),
      "faulty",
      "no Engine.IO server",
    ],
    ["another packet first", saying("4hello"), "faulty", "no Engine.IO server"],
    ["bytes first", saying(new ArrayBuffer(8)), "faulty", "no Engine.IO server"],
  ])("tells what came of it: %s", async (_, answerer, type, why) => {
    expect(await dial(answerer).outcome).toEqual({ type, why });
  });

  test("closes the WebSocket of an origin that is no Engine.IO server", async () => {
    const closed = new Promise((resolve) => {
      const answerer = accepting((socket) => {
        socket.addEventListener("close", ({ code, reason }) => resolve(`${code} ${reason}`));
        socket.send("hello");
      });
      void dial(answerer);
    });
    expect(await closed).toBe("1000 no open packet");
  });

  test("brings an answer that is no WebSocket, cut to what a refusal needs", async () => {
    const page = `<html>${"x".repeat(1_000_000)}</html>`;
    const { outcome } = dial(() => new Response(page, { status: 404, headers: { "x-a": "b" } }));
    const answered = await outcome;
    if (answered.type !== "answered") throw new Error(`Expected an answer, got ${answered.type}.`);
    expect(answered.answer.status).toBe(404);
    expect(answered.answer.headers).toContainEqual(["x-a", "b"]);
    expect(answered.answer.body).toBe(page.slice(0, 65_536));
  });

  test("gives up an answer that never ends", async () => {
    const { outcome } = dial(({ signal }) => {
      const endless = new ReadableStream({
        start(controller) {
          signal?.addEventListener("abort", () => controller.error(new Error("aborted")));
        },
      });
      return new Response(endless, { status: 404 });
    });
    expect(await outcome).toEqual({ type: "faulty", why: "no answer in 100 ms" });
  });
});

describe("a dial that can't be signed", () => {
  const DIAL = { id: "AAAAAAAAAAAAAAAA", birth: 1, moorings: 0, pool: "default", name: "o" };

  test("is broken, as one that reaches nobody, and the next one is signed", async () => {
    const asked = fakeOrigins({ o: engine() });
    const spy = vi.spyOn(crypto.subtle, "importKey");
    spy.mockRejectedValueOnce(new Error("No key."));
    onTestFinished(() => spy.mockRestore());
    const upstream = directUpstream(TIMEOUT_MS, "the token of one who has no key yet");
    const dialled = () => upstream.dial(ORIGIN, { ...REQUEST, dial: DIAL });
    expect(await dialled()).toEqual({ type: "broken", why: "No key." });
    expect(asked).toEqual([]);
    expect(await dialled()).toMatchObject({ type: "opened" });
    expect(asked[0]?.headers.has(DIAL_HEADER)).toBe(true);
  });
});

describe("ask", () => {
  test("asks by polling what the WebSocket was asked, and brings the answer", async () => {
    const asked = fakeOrigins({ o: answering(401) });
    const answer = await directUpstream(TIMEOUT_MS).ask(ORIGIN, REQUEST);
    expect(answer).toMatchObject({ status: 401, body: "401" });
    expect(asked.map(({ url, method, isUpgrade }) => [url.search, method, isUpgrade])).toEqual([
      ["?EIO=4&transport=polling", "GET", false],
    ]);
  });

  test("closes the session that it got", async () => {
    const open = `0${JSON.stringify({ ...OPEN, sid: "a b&c", upgrades: [] })}`;
    const asked = fakeOrigins({ o: ({ method }) => new Response(method === "GET" ? open : "ok") });
    expect(await directUpstream(TIMEOUT_MS).ask(ORIGIN, REQUEST)).toMatchObject({ status: 200 });
    expect(asked.map(({ url, method }) => `${method} ${url.search}`)).toEqual([
      "GET ?EIO=4&transport=polling",
      "POST ?EIO=4&transport=polling&sid=a%20b%26c",
    ]);
  });

  test.each<[string, Answerer]>([
    ["is silent", silent()],
    ["is dead", dead()],
  ])("brings nothing from an origin that %s", async (_, answerer) => {
    fakeOrigins({ o: answerer });
    expect(await directUpstream(TIMEOUT_MS).ask(ORIGIN, REQUEST)).toBeUndefined();
  });
});
