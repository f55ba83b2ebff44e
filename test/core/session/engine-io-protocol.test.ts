import { describe, expect, test } from "vitest";
import { pollingSession, streamingSession } from "../../../src/core/session/step.ts";
import { formatOpen, parseOpen } from "../../../src/wire/open.ts";
import { PacketType } from "../../../src/wire/packet.ts";
import { bytes } from "../../wire/bytes.ts";
import { LIMITS, ORIGIN } from "./sessions.ts";
import { WireSession } from "./wire-session.ts";

// The text of Engine.IO protocol v4, "Protocol" and "Packet encoding".

const OK = { status: 200, body: "ok" };
const BAD_REQUEST = { status: 400, body: '{"code":3,"message":"Bad request"}' };
const FIRST_SOCKET = 77;

function polling(limits = LIMITS): WireSession {
  return new WireSession(pollingSession(limits, ORIGIN, 0));
}

function streaming(): WireSession {
  return new WireSession(streamingSession(LIMITS, ORIGIN, FIRST_SOCKET, 0));
}

describe("the handshake", () => {
  const json = {
    sid: "lv_VI97HAXpY6yYWAAAC",
    upgrades: ["websocket"],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxPayload: 1_000_000,
  };

  test("is an open packet with the session's id, upgrades, heartbeat and largest payload", () => {
    const packet = `0${JSON.stringify(json)}`;
    const open = parseOpen(packet);
    expect(open).toEqual({ ...json, upgrades: undefined });
    expect(open && formatOpen(open, ["websocket"])).toBe(packet);
    expect(packet.startsWith(PacketType.open)).toBe(true);
  });
});

describe("the heartbeat", () => {
  test("is a ping from the server at the interval, and a pong from the client", () => {
    const session = streaming();
    session.fromOrigin("2");
    session.pass(24_999);
    expect(session.frames).toEqual([]);
    session.pass(1);
    expect(session.frames).toEqual(["2"]);
    session.frame(FIRST_SOCKET, "3");
    session.fromOrigin("2");
    session.pass(25_000);
    expect(session.frames).toEqual(["2", "2"]);
    expect(session.isClosed).toBe(false);
  });

  test("is the same by HTTP long-polling", () => {
    const session = polling();
    const poll = session.get();
    session.pass(25_000);
    expect(session.answerTo(poll)).toEqual({ status: 200, body: "2" });
    expect(session.posted("3")).toEqual(OK);
  });

  test("closes the session of a client that sends no pong in time", () => {
    const session = streaming();
    session.pass(44_999);
    expect(session.isClosed).toBe(false);
    session.pass(1);
    expect(session.isClosed).toBe(true);
  });

  test("is the server's to begin: a ping from the client closes the session", () => {
    const session = streaming();
    session.frame(FIRST_SOCKET, "2");
    expect(session.isClosed).toBe(true);
  });

  test("is answered to the origin, which is lost where no ping comes in interval and time-out", () => {
    const limits = { ...LIMITS, pingInterval: 300, pingTimeout: 200, silenceMs: 500 };
    const session = new WireSession(streamingSession(limits, ORIGIN, FIRST_SOCKET, 0));
    session.pass(300);
    session.frame(FIRST_SOCKET, "3");
    session.fromOrigin("2");
    expect(session.toOrigin).toEqual(["3"]);
    session.pass(300);
    session.frame(FIRST_SOCKET, "3");
    session.pass(199);
    expect(session.isClosed).toBe(false);
    session.pass(1);
    expect(session.isClosed).toBe(true);
    expect(session.closedSockets).toEqual([[FIRST_SOCKET, 1014]]);
  });
});

describe("the upgrade", () => {
  test("ends a pending GET with a noop, answers the probe, and goes on by WebSocket", () => {
    const session = polling();
    const poll = session.get();
    const socket = session.opened();
    expect(session.answerTo(poll)).toBeUndefined();
    session.frame(socket, "2probe");
    expect(session.answerTo(poll)).toEqual({ status: 200, body: "6" });
    expect(session.frames).toEqual(["3probe"]);
    session.fromOrigin("4while pausing");
    session.frame(socket, "5");
    session.fromOrigin("4after");
    session.frame(socket, "4hello");
    expect(session.frames).toEqual(["3probe", "4while pausing", "4after"]);
    expect(session.toOrigin).toEqual(["4hello"]);
  });

  test("needs no pending GET", () => {
    const session = polling();
    const socket = session.opened();
    session.frame(socket, "2probe");
    session.frame(socket, "5");
    session.fromOrigin("4hello");
    expect(session.frames).toEqual(["3probe", "4hello"]);
  });

  test("leaves no HTTP long-polling: GET and POST are 400 then, and the session goes on", () => {
    const session = polling();
    const socket = session.opened();
    session.frame(socket, "2probe");
    session.frame(socket, "5");
    expect(session.polled()).toEqual(BAD_REQUEST);
    expect(session.posted("4late")).toEqual(BAD_REQUEST);
    expect(session.isClosed).toBe(false);
    expect(session.toOrigin).toEqual([]);
  });
});

describe("packet encoding", () => {
  test("of HTTP long-polling joins packets by the record separator", () => {
    const session = polling();
    expect(session.posted("4hello\x1e3\x1e4world")).toEqual(OK);
    expect(session.toOrigin).toEqual(["4hello", "4world"]);
  });

  test("of HTTP long-polling has binary as base64 behind a b, both ways", () => {
    const session = polling();
    expect(session.posted("4hello\x1ebAQIDBA==")).toEqual(OK);
    expect(session.toOrigin).toEqual(["4hello", bytes(1, 2, 3, 4)]);
    session.fromOrigin("4hello");
    session.fromOrigin(bytes(1, 2, 3, 4));
    expect(session.polled()).toEqual({ status: 200, body: "4hello\x1ebAQIDBA==" });
  });

  test("of HTTP long-polling keeps a payload within the largest", () => {
    const session = polling({ ...LIMITS, maxPayload: 12 });
    for (const packet of ["4one", "4two", "4three"]) session.fromOrigin(packet);
    expect(session.polled()).toEqual({ status: 200, body: "4one\x1e4two" });
    expect(session.polled()).toEqual({ status: 200, body: "4three" });
  });

  test("of WebSocket has text as UTF-8 and binary as it is, both ways", () => {
    const session = streaming();
    session.frame(FIRST_SOCKET, "4€");
    session.frame(FIRST_SOCKET, bytes(1, 2, 3, 4));
    session.fromOrigin("4€");
    session.fromOrigin(bytes(1, 2, 3, 4));
    expect(session.toOrigin).toEqual(["4€", bytes(1, 2, 3, 4)]);
    expect(session.frames).toEqual(["4€", bytes(1, 2, 3, 4)]);
  });

  test("that is of no known form closes the session", () => {
    const session = polling();
    expect(session.posted("abc")).toEqual(BAD_REQUEST);
    expect(session.isClosed).toBe(true);
  });
});

describe("closing", () => {
  test("is a close packet by HTTP long-polling, and a closed connection by WebSocket", () => {
    const byPolling = polling();
    const poll = byPolling.get();
    expect(byPolling.posted("1")).toEqual(OK);
    expect(byPolling.answerTo(poll)).toEqual({ status: 200, body: "6" });
    const byWebSocket = streaming();
    byWebSocket.frame(FIRST_SOCKET, "1");
    expect(byWebSocket.closedSockets).toEqual([[FIRST_SOCKET, undefined]]);
    expect([byPolling.isClosed, byWebSocket.isClosed]).toEqual([true, true]);
  });

  test("by the server is a close packet to the GET that waits", () => {
    const session = polling();
    const poll = session.get();
    session.fromOrigin("1");
    expect(session.answerTo(poll)).toEqual({ status: 200, body: "1" });
    expect(session.polled()).toEqual({
      status: 400,
      body: '{"code":1,"message":"Session ID unknown"}',
    });
  });
});
