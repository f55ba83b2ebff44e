import { describe, expect, test } from "vitest";
import { readEngineRequest } from "../../../src/core/entry/engine-request.ts";
import { pollingSession, streamingSession } from "../../../src/core/session/step.ts";
import { formatSid, KEY_BYTES, objectId, sessionKey } from "../../../src/wire/sid.ts";
import { LIMITS, ORIGIN } from "./sessions.ts";
import { WireSession } from "./wire-session.ts";

// The text of Engine.IO protocol v4, "Transports".

const SID = formatSid(objectId("0f".repeat(32)), sessionKey(new Uint8Array(KEY_BYTES)));
const OK = { status: 200, body: "ok" };
const BAD_REQUEST = { status: 400, body: '{"code":3,"message":"Bad request"}' };
const FIRST_SOCKET = 77;

function polling(): WireSession {
  return new WireSession(pollingSession(LIMITS, ORIGIN, 0));
}

function streaming(): WireSession {
  return new WireSession(streamingSession(LIMITS, ORIGIN, FIRST_SOCKET, 0));
}

/** What is asked for by a request, or the status with which it is refused. */
function asked(method: string, query: string, isUpgrade = false): string | number {
  const read = readEngineRequest(method, query, isUpgrade);
  return read.type === "refused" ? read.refusal.status : read.type;
}

describe("query parameters", () => {
  test("of HTTP long-polling are EIO and transport, and sid once there is a session", () => {
    expect(asked("GET", "EIO=4&transport=polling")).toBe("handshake");
    expect(asked("GET", `EIO=4&transport=polling&sid=${SID}`)).toBe("poll");
    expect(asked("POST", `EIO=4&transport=polling&sid=${SID}`)).toBe("post");
  });

  test("of WebSocket are the same, with sid for an upgrade", () => {
    expect(asked("GET", "EIO=4&transport=websocket", true)).toBe("handshake");
    expect(asked("GET", `EIO=4&transport=websocket&sid=${SID}`, true)).toBe("upgrade");
  });

  test.each([
    ["GET", "transport=polling", false],
    ["GET", "EIO=4", false],
    ["GET", "", false],
    ["POST", "EIO=4&transport=polling", false],
    ["GET", `transport=polling&sid=${SID}`, false],
    ["GET", `EIO=4&sid=${SID}`, false],
    ["GET", "transport=websocket", true],
    ["GET", "EIO=4", true],
    ["GET", `transport=websocket&sid=${SID}`, true],
    ["GET", `EIO=4&sid=${SID}`, true],
  ])("that are mandatory and missing are 400: %s %j, upgrade: %s", (method, query, isUpgrade) => {
    expect(asked(method, query, isUpgrade)).toBe(400);
  });
});

describe("sending data by HTTP long-polling", () => {
  test("is answered ok with 200", () => {
    expect(polling().posted("4hello")).toEqual(OK);
  });

  test("is 400 for a session that is not known", () => {
    expect(asked("POST", "EIO=4&transport=polling&sid=unknown")).toBe(400);
  });

  test("is 400 by more than one POST at a time, and closes the session", () => {
    const session = polling();
    const first = session.beginPost();
    const second = session.beginPost();
    expect([session.answerTo(first), session.answerTo(second)]).toEqual([BAD_REQUEST, BAD_REQUEST]);
    expect(session.isClosed).toBe(true);
  });
});

describe("receiving data by HTTP long-polling", () => {
  test("waits until there are packets, which come in the body", () => {
    const session = polling();
    const poll = session.get();
    session.pass(1000);
    expect(session.answerTo(poll)).toBeUndefined();
    session.fromOrigin("4hello");
    session.fromOrigin("4world");
    session.pass(0);
    expect(session.answerTo(poll)).toEqual({ status: 200, body: "4hello\x1e4world" });
  });

  test("takes packets that were buffered meanwhile", () => {
    const session = polling();
    session.fromOrigin("4hello");
    expect(session.polled()).toEqual({ status: 200, body: "4hello" });
  });

  test("is 400 for a session that is not known", () => {
    expect(asked("GET", "EIO=4&transport=polling&sid=unknown")).toBe(400);
  });

  test("is 400 by more than one GET at a time, and closes the session", () => {
    const session = polling();
    const first = session.get();
    const second = session.get();
    expect(session.answerTo(first)).toEqual({ status: 200, body: "1" });
    expect(session.answerTo(second)).toEqual(BAD_REQUEST);
    expect(session.isClosed).toBe(true);
  });
});

describe("WebSocket", () => {
  test("has each packet in its own frame, both ways", () => {
    const session = streaming();
    session.frame(FIRST_SOCKET, "4a");
    session.frame(FIRST_SOCKET, "4b");
    session.fromOrigin("4c");
    session.fromOrigin("4d");
    expect(session.toOrigin).toEqual(["4a", "4b"]);
    expect(session.frames).toEqual(["4c", "4d"]);
  });

  test("is closed where it is one more than the session's", () => {
    const session = streaming();
    const second = session.opened();
    expect(session.closedSockets).toEqual([[second, undefined]]);
    expect(session.isClosed).toBe(false);
  });
});
