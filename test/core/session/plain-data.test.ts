import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Event, Session } from "../../../src/core/session/session.ts";
import { closed, ended, polling, SOCKET, stepped, streaming } from "./sessions.ts";

const FULL = { sentBytes: 1000, readBytes: 0, pings: [500, 1000], lastPingBytes: 1000 };
const PROBE = { socket: 5, isProbed: true, dueAt: 10_000 };

const SESSIONS: readonly [name: string, session: Session][] = [
  ["polling", polling()],
  ["polling, with a poll", polling({ poll: { id: 1, answerAt: undefined } })],
  ["polling, with packets", polling({ poll: { id: 1, answerAt: 5 }, down: ["4a", "4€"] })],
  ["upgrading", polling({ post: 2, probe: PROBE, heartbeat: { pongDueAt: 9000 } })],
  ["draining", polling({ mooring: ended(Causes.originClosed), down: ["4a"] })],
  ["streaming", streaming()],
  ["streaming without credit", streaming({ credit: FULL, down: ["4a", "4b"] })],
  ["closed", closed(Causes.clientClosed)],
];

const EVENTS: readonly Event[] = [
  { type: "poll-opened", poll: 9 },
  { type: "post-opened", post: 9 },
  { type: "post-received", post: 2, packets: ["4a", "3"] },
  { type: "post-failed", post: 2, cause: Causes.parseError },
  { type: "socket-opened", socket: 9 },
  { type: "packet-received", socket: 5, packet: "5" },
  { type: "packet-received", socket: SOCKET, packet: "3" },
  { type: "packet-received", socket: SOCKET, packet: "9" },
  { type: "socket-closed", socket: SOCKET },
  { type: "packet-sent-by-origin", packet: "4c" },
  { type: "origin-ended", cause: Causes.originLost },
  { type: "time-passed" },
  { type: "condemned", cause: Causes.isolateFull },
];

describe("a session that was written down and read goes on as it would have", () => {
  test.each(SESSIONS)("%s", (_, session) => {
    for (const now of [5, 10_000, 50_000]) {
      for (const event of EVENTS) {
        const copy = read(JSON.stringify(session));
        expect(stepped(copy, event, now)).toEqual(stepped(session, event, now));
      }
    }
  });

  test.each(SESSIONS)("%s, as a structured clone with bytes in it", (_, session) => {
    const bytes = new Uint8Array([1, 2]).buffer;
    for (const event of [...EVENTS, { type: "packet-sent-by-origin", packet: bytes } as const]) {
      expect(stepped(structuredClone(session), event, 5)).toEqual(stepped(session, event, 5));
    }
  });
});

function read(text: string): Session {
  const value: unknown = JSON.parse(text);
  if (!isSession(value)) throw new Error(`Expected a session, got ${text}.`);
  return value;
}

function isSession(value: unknown): value is Session {
  return typeof value === "object" && value !== null && "transport" in value;
}
