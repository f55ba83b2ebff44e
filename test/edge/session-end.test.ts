import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { engine, fakeOrigins } from "./fake-origins.ts";
import type { Front, PollingClient, SocketClient } from "./sessions.ts";
import { object, openPolling, openSocket } from "./sessions.ts";

const HOST = "origin.example";
const UNKNOWN_SID = '{"code":1,"message":"Session ID unknown"}';
const BAD_REQUEST = '{"code":3,"message":"Bad request"}';
const FOUR = new TextEncoder().encode("4");
const PING_INTERVAL_MS = 25_000;
const PING_TIMEOUT_MS = 20_000;
const REPORT_MS = 1000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** What an origin does on a word of its client's. */
function obey(socket: WebSocket): void {
  socket.addEventListener("message", ({ data }) => {
    if (data === "4close") socket.close();
    if (data === "4close with 1009") socket.close(1009, "too large");
    if (data === "4send a close packet") socket.send("1");
    if (data === "4send rubbish") socket.send("rubbish");
    if (data === "4echo") socket.send("4echo");
  });
}

/** The origin's end of the only session: what it was closed with. */
function watchedOrigin(): { closed: () => readonly string[] } {
  const closed: string[] = [];
  fakeOrigins({
    [HOST]: engine({
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: PING_TIMEOUT_MS,
      serve: (socket) => {
        obey(socket);
        socket.addEventListener("close", ({ code }) => void closed.push(String(code)));
      },
    }),
  });
  return { closed: () => closed };
}

/** Lets time pass in the object, whose timers may run in no other. */
type Pass = (ms: number) => Promise<void>;

function clockOf(stub: DurableObjectStub): Pass {
  return (ms) => runInDurableObject(stub, () => void vi.advanceTimersByTime(ms));
}

interface Ended {
  readonly stub: DurableObjectStub;
  readonly front: Front;
  readonly sid: string;
}

/** Nothing is left that would keep the object from going to sleep, once its pool has been told. */
async function expectNothingLeft({ stub, front, sid }: Ended): Promise<void> {
  // Twice: a report that was under way when the session ended is followed by one that says so.
  await clockOf(stub)(REPORT_MS);
  await clockOf(stub)(REPORT_MS);
  expect(vi.getTimerCount()).toBe(0);
  expect(await (await front(`polling&sid=${sid}`)).text()).toBe(UNKNOWN_SID);
  // Waits for all that the object has under way: sockets, timers, requests.
  await evictDurableObject(stub);
}

const POLLING_ENDS: Readonly<
  Record<string, (client: PollingClient, pass: Pass) => Promise<unknown>>
> = {
  "its client's close": (client) => client.post("1"),
  "its client's close under a poll": async (client) => {
    const poll = client.poll();
    await client.post("1");
    expect(await poll).toBe("6");
  },
  "a parse error": (client) => client.post("rubbish"),
  "two polls at once": async (client) => {
    const answers = await Promise.all([client.poll(), client.poll()]);
    expect(answers).toContain("1");
  },
  "the origin's close, told to the last poll": async (client) => {
    await client.post("4close");
    expect(await client.poll()).toBe("1");
  },
  "the origin's close, under a poll": async (client) => {
    const poll = client.poll();
    await client.post("4close");
    expect(await poll).toBe("1");
  },
  "the origin's close, which nobody asks for": async (client, pass) => {
    await client.post("4close");
    await pass(30_000);
  },
  "a ping that nobody polls for": async (_, pass) => {
    await pass(PING_INTERVAL_MS);
    await pass(PING_TIMEOUT_MS);
  },
  "a ping without its pong": async (client, pass) => {
    const poll = client.poll();
    await pass(PING_INTERVAL_MS);
    expect(await poll).toBe("2");
    await pass(PING_TIMEOUT_MS);
  },
  "a body that never ends": async (client, pass) => {
    const post = client.post(new ReadableStream({ start: (body) => body.enqueue(FOUR) }));
    await pass(PING_INTERVAL_MS);
    await pass(PING_TIMEOUT_MS);
    expect(await post).toBe(BAD_REQUEST);
  },
  "its client's close while a probe is open": async (client) => {
    const probe = await client.upgrade();
    probe.send("2probe");
    expect(await probe.next()).toBe("3probe");
    await client.post("1");
    await probe.closed;
  },
  "its client's close behind an upgrade": async (client) => {
    const socket = await client.upgrade();
    socket.send("2probe");
    socket.send("5");
    socket.send("4echo");
    expect([await socket.next(), await socket.next()]).toEqual(["3probe", "4echo"]);
    socket.close();
    await socket.closed;
  },
};

const SOCKET_ENDS: Readonly<
  Record<string, (client: SocketClient, pass: Pass) => Promise<unknown>>
> = {
  "its client's close packet": async (client) => {
    client.send("1");
    await client.closed;
  },
  "its client's close": async (client) => {
    client.close(1001);
    await client.closed;
  },
  "a parse error": async (client) => {
    client.send("rubbish");
    await client.closed;
  },
  "the origin's close": async (client) => {
    client.send("4close");
    await client.closed;
  },
  "the origin's close with 1009": async (client) => {
    client.send("4close with 1009");
    expect(await client.closed).toBe("1009 payload too large");
  },
  "the origin's close packet": async (client) => {
    client.send("4send a close packet");
    await client.closed;
  },
  "rubbish of the origin's": async (client) => {
    client.send("4send rubbish");
    expect(await client.closed).toBe("1014 origin sent no packet");
  },
  "a ping without its pong": async (client, pass) => {
    await pass(PING_INTERVAL_MS);
    expect(await client.next()).toBe("2");
    await pass(PING_TIMEOUT_MS);
    expect(await client.closed).toBe("1001 ping timeout");
  },
};

describe("after its end a session leaves nothing that keeps its object awake", () => {
  test.each(Object.entries(POLLING_ENDS))("polling: %s", async (_, end) => {
    const origin = watchedOrigin();
    const stub = env.SESSIONS.get(env.SESSIONS.newUniqueId());
    const front = object(stub, [HOST]);
    const client = await openPolling(front);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await end(client, clockOf(stub));
    await expectNothingLeft({ stub, front, sid: client.sid });
    expect(origin.closed()).toHaveLength(1);
  });

  test.each(Object.entries(SOCKET_ENDS))("WebSocket: %s", async (_, end) => {
    const origin = watchedOrigin();
    const stub = env.SESSIONS.get(env.SESSIONS.newUniqueId());
    const front = object(stub, [HOST]);
    const { sid, client } = await openSocket(front);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await end(client, clockOf(stub));
    await expectNothingLeft({ stub, front, sid });
    expect(origin.closed()).toHaveLength(1);
  });
});
