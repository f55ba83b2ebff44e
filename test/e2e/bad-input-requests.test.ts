import { describe, expect, test } from "vitest";
import { disconnection, next } from "../support/events.ts";
import { content, joinByPolling, joinByWebSocket, openUpgrade } from "../support/joined.ts";
import type { JoinedByPolling } from "../support/joined.ts";
import { request, requestUpgrade } from "../support/raw-http.ts";
import { connectRaw, requestBytes } from "../support/raw-tcp.ts";
import { watchedEdge } from "../support/watched-edge.ts";

const BAD_REQUEST = '400 {"code":3,"message":"Bad request"}';
const UNKNOWN_SID = '400 {"code":1,"message":"Session ID unknown"}';

const watched = watchedEdge({
  setup: (io) => {
    io.on("connection", (socket) => {
      socket.on("echo", (value: unknown) => socket.emit("echo", value));
    });
  },
});

/** A session in the witnesses' own object. */
function join(): Promise<JoinedByPolling> {
  return watched.beside(() => joinByPolling(watched.url, watched.io));
}

function send(query: string, method = "GET"): Promise<string> {
  return content(request(`${watched.url}/socket.io/${query}`, { method }));
}

function sendUpgrade(query: string): Promise<string> {
  return content(requestUpgrade(`${watched.url}/socket.io/${query}`));
}

/** The session goes on: the server still hears it, and it the server. */
async function expectEcho({ session }: JoinedByPolling): Promise<void> {
  expect(await content(session.post('42["echo",1]'))).toBe("200 ok");
  expect(await content(session.poll())).toBe('200 42["echo",1]');
}

const TRANSPORT_UNKNOWN = '400 {"code":0,"message":"Transport unknown"}';
const BAD_METHOD = '400 {"code":2,"message":"Bad handshake method"}';
const BAD_VERSION = '400 {"code":5,"message":"Unsupported protocol version"}';

describe("a handshake is refused, and says why", () => {
  test.each([
    ["no parameter", "", TRANSPORT_UNKNOWN],
    ["no transport", "?EIO=4", TRANSPORT_UNKNOWN],
    ["an empty transport", "?EIO=4&transport=", TRANSPORT_UNKNOWN],
    ["an unknown transport", "?EIO=4&transport=flashsocket", TRANSPORT_UNKNOWN],
    ["a transport in capitals", "?EIO=4&transport=POLLING", TRANSPORT_UNKNOWN],
    ["two transports, the last unknown", "?EIO=4&transport=polling&transport=x", TRANSPORT_UNKNOWN],
    ["no EIO", "?transport=polling", BAD_VERSION],
    ["EIO 2", "?EIO=2&transport=polling", BAD_VERSION],
    ["EIO 5", "?EIO=5&transport=polling", BAD_VERSION],
    ["EIO that is no number", "?EIO=four&transport=polling", BAD_VERSION],
    ["a WebSocket without an upgrade", "?EIO=4&transport=websocket", BAD_REQUEST],
  ])("%s", async (_, query, expected) => {
    expect(await send(query)).toBe(expected);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE"])("method %s", async (method) => {
    expect(await send("?EIO=4&transport=polling", method)).toBe(BAD_METHOD);
  });

  test.each([
    ["no transport", "?EIO=4", "400 Transport unknown"],
    ["polling", "?EIO=4&transport=polling", "400 Bad request"],
    ["no EIO", "?transport=websocket", "400 Unsupported protocol version"],
    ["EIO 3", "?EIO=3&transport=websocket", "400 Unsupported protocol version"],
    ["an unknown sid", "?EIO=4&transport=websocket&sid=x", "400 Session ID unknown"],
  ])("an upgrade with %s", async (_, query, expected) => {
    expect(await sendUpgrade(query)).toBe(expected);
  });
});

describe("a request to a session is refused, and the session goes on", () => {
  test.each([
    ["PUT", "?EIO=4&transport=polling", BAD_REQUEST],
    ["DELETE", "?EIO=4&transport=polling", BAD_REQUEST],
    ["GET", "?EIO=3&transport=polling", BAD_REQUEST],
    ["GET", "?transport=polling", BAD_REQUEST],
    ["POST", "?EIO=5&transport=polling", BAD_REQUEST],
    ["GET", "?EIO=4&transport=websocket", BAD_REQUEST],
    ["GET", "?EIO=4&transport=smoke", TRANSPORT_UNKNOWN],
    ["GET", "?EIO=4", TRANSPORT_UNKNOWN],
  ])("%s %s", async (method, query, expected) => {
    const joined = await join();
    expect(await send(`${query}&sid=${joined.open.sid}`, method)).toBe(expected);
    await expectEcho(joined);
  });

  test("an upgrade to polling", async () => {
    const joined = await join();
    const answer = await sendUpgrade(`?EIO=4&transport=polling&sid=${joined.open.sid}`);
    expect(answer).toBe("400 Bad request");
    await expectEcho(joined);
  });
});

describe("two at once end a session by polling", () => {
  test("polls: the second is refused, the first is told the end", async () => {
    const { session, server } = await join();
    const ended = disconnection(server);
    const polls = await Promise.all([content(session.poll()), content(session.poll())]);
    expect(polls.toSorted()).toEqual(["200 1", BAD_REQUEST]);
    expect(await ended).toBe("transport close");
    expect(await content(session.poll())).toBe(UNKNOWN_SID);
  });

  test("posts: both are refused, and the server hears neither", async () => {
    const { session, server, open } = await join();
    const heard: unknown[] = [];
    server.onAny((...event: unknown[]) => heard.push(event));
    const ended = disconnection(server);
    const first = await connectRaw(watched.url);
    const target = `/socket.io/?EIO=4&transport=polling&sid=${open.sid}`;
    const fields = ["Content-Length: 14"];
    first.write(requestBytes({ method: "POST", target, fields, body: '42["ec' }));
    await watched.witnesses.faults(); // The first has arrived by then.
    expect(await content(session.post('42["echo",2]'))).toBe(BAD_REQUEST);
    expect(await first.until(/\}$/)).toMatch(/^HTTP\/1.1 400 [^]*"Bad request"\}$/);
    expect(await ended).toBe("transport close");
    expect(await content(session.poll())).toBe(UNKNOWN_SID);
    expect(heard).toEqual([]);
  });
});

type Upgraded = JoinedByPolling & Awaited<ReturnType<typeof openUpgrade>>;

async function upgrade(): Promise<Upgraded> {
  const joined = await join();
  const upgrading = await openUpgrade(watched.url, joined.open.sid);
  upgrading.socket.send("2probe");
  expect(await upgrading.frames.next()).toBe("3probe");
  upgrading.socket.send("5");
  upgrading.socket.send('42["echo","upgraded"]');
  expect(await upgrading.frames.next()).toBe('42["echo","upgraded"]');
  return { ...joined, ...upgrading };
}

const STRAY: Readonly<Record<string, (upgraded: Upgraded) => Promise<string>>> = {
  "a POST": ({ session }) => content(session.post('42["echo","stray"]')),
  "a poll": ({ session }) => content(session.poll()),
  "another WebSocket": async ({ open }) => {
    const { frames } = await openUpgrade(watched.url, open.sid);
    return frames.closed;
  },
};

describe("an upgraded session refuses, and goes on", () => {
  test.each([
    ["a POST", BAD_REQUEST],
    ["a poll", BAD_REQUEST],
    ["another WebSocket", "1005"],
  ])("%s", async (name, expected) => {
    const upgraded = await upgrade();
    expect(await STRAY[name]?.(upgraded)).toBe(expected);
    upgraded.socket.send('42["echo","still here"]');
    expect(await upgraded.frames.next()).toBe('42["echo","still here"]');
  });

  test("a session that began by WebSocket too", async () => {
    const { open, socket, frames } = await joinByWebSocket(watched.url, watched.io);
    const polling = `?EIO=4&transport=polling&sid=${open.sid}`;
    expect(await send(polling)).toBe(BAD_REQUEST);
    expect(await send(polling, "POST")).toBe(BAD_REQUEST);
    const second = await openUpgrade(watched.url, open.sid);
    expect(await second.frames.closed).toBe("1005");
    socket.send('42["echo","still here"]');
    expect(await frames.next()).toBe('42["echo","still here"]');
  });
});

describe("while a session upgrades", () => {
  test("a second WebSocket is closed, and the first completes", async () => {
    const { open } = await join();
    const first = await openUpgrade(watched.url, open.sid);
    first.socket.send("2probe");
    expect(await first.frames.next()).toBe("3probe");
    const second = await openUpgrade(watched.url, open.sid);
    expect(await second.frames.closed).toBe("1005");
    first.socket.send("5");
    first.socket.send('42["echo",1]');
    expect(await first.frames.next()).toBe('42["echo",1]');
  });

  test.each(["5 before the probe is answered", "rubbish", "2", "3probe", "2probe2", ""])(
    "a WebSocket that begins with %j takes nothing of the session's",
    async (begin) => {
      const joined = await join();
      const { socket, frames } = await openUpgrade(watched.url, joined.open.sid);
      socket.send(begin);
      expect(await frames.closed).toBe("1005");
      await expectEcho(joined);
      const again = await openUpgrade(watched.url, joined.open.sid);
      again.socket.send("2probe");
      expect(await again.frames.next()).toBe("3probe");
    },
  );

  test("a WebSocket that is cut leaves it polling", async () => {
    const joined = await join();
    const { socket, frames } = await openUpgrade(watched.url, joined.open.sid);
    socket.send("2probe");
    expect(await frames.next()).toBe("3probe");
    const closed = next(socket, "close");
    socket.terminate();
    await closed;
    await expectEcho(joined);
  });
});
