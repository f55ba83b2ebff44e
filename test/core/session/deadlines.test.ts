import { NO_SPACES } from "../../../src/core/session/spaces.ts";
import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Session } from "../../../src/core/session/session.ts";
import { nextDeadline, pollingSession, streamingSession } from "../../../src/core/session/step.ts";
import { LIMITS, ORIGIN, SOCKET, closed, ended, moored, polling, streaming } from "./sessions.ts";

const MOORED_LONG = moored(LIMITS.silenceMs, 900_000);
const PROBE = { socket: 5, isProbed: false };

describe("a session begins", () => {
  test("by polling with nothing open, and a ping and a silence to come", () => {
    expect(pollingSession(LIMITS, ORIGIN, 0)).toEqual(polling({ spaces: NO_SPACES }));
  });

  test("by a WebSocket with all of its credit", () => {
    expect(streamingSession(LIMITS, ORIGIN, SOCKET, 0)).toEqual(streaming({ spaces: NO_SPACES }));
  });

  test("at the instant that it is told", () => {
    for (const session of [
      pollingSession(LIMITS, ORIGIN, 500),
      streamingSession(LIMITS, ORIGIN, SOCKET, 500),
    ]) {
      expect(session.heartbeat.nextPingAt).toBe(25_500);
      expect(session.mooring).toEqual(moored(LIMITS.silenceMs, 45_500));
    }
  });
});

describe("the next deadline is the earliest of", () => {
  test.each<[string, Session, number]>([
    ["the next ping", polling(), 25_000],
    ["the next ping of a WebSocket", streaming(), 25_000],
    ["the pong, once it is awaited", polling({ heartbeat: { pongDueAt: 44_000 } }), 44_000],
    [
      "the pong, though the next ping's time is past",
      streaming({ heartbeat: { pongDueAt: 45_000 }, mooring: MOORED_LONG }),
      45_000,
    ],
    ["the origin's silence", polling({ mooring: moored(LIMITS.silenceMs, 24_000) }), 24_000],
    [
      "what waits after an origin's end",
      polling({ mooring: ended(Causes.originLost, 9000) }),
      9000,
    ],
    ["a poll's answer", polling({ poll: { id: 1, answerAt: 50 }, down: ["4a"] }), 50],
    ["an upgrade's end", polling({ probe: { ...PROBE, dueAt: 10_000 } }), 10_000],
    [
      "a poll's answer beside an upgrade",
      polling({ poll: { id: 1, answerAt: 50 }, probe: { ...PROBE, dueAt: 10_000 }, down: ["4a"] }),
      50,
    ],
    [
      "an upgrade's end beside a poll's answer",
      polling({ poll: { id: 1, answerAt: 20_000 }, probe: { ...PROBE, dueAt: 10_000 } }),
      10_000,
    ],
    ["nothing of a held poll", polling({ poll: { id: 1, answerAt: undefined } }), 25_000],
  ])("%s", (_, session, at) => {
    expect(nextDeadline(session)).toBe(at);
  });

  test("nothing, once the session is closed", () => {
    expect(nextDeadline(closed(Causes.originLost))).toBeUndefined();
  });
});
