import { describe, expect, test } from "vitest";
import type { Cause } from "../../../src/core/session/cause.ts";
import { causeOfOriginEnd, Causes } from "../../../src/core/session/cause.ts";
import type { Effect, Session } from "../../../src/core/session/session.ts";
import { Refusals } from "../../../src/wire/refusal.ts";
import { bytes } from "../../wire/bytes.ts";
import { closed, ended, message, polling, SOCKET, stepped, steps, streaming } from "./sessions.ts";

const HELD = { id: 1, answerAt: undefined };
const PROBE = { socket: 5, isProbed: true, dueAt: 10_000 };
const cause = Causes.isolateFull;

describe("a condemned session", () => {
  test.each<[string, Session, Effect[]]>([
    ["polling without a request", polling({ down: ["4a"] }), []],
    [
      "polling with a poll",
      polling({ poll: HELD }),
      [{ type: "answer-poll", poll: 1, packets: ["1"] }],
    ],
    [
      "polling with a poll that was about to be answered",
      polling({ poll: { id: 1, answerAt: 0 }, down: ["4a"] }),
      [{ type: "answer-poll", poll: 1, packets: ["1"] }],
    ],
    [
      "polling with a POST",
      polling({ post: 2 }),
      [{ type: "refuse-post", post: 2, refusal: Refusals.badRequest }],
    ],
    ["upgrading", polling({ probe: PROBE }), [{ type: "close-socket", socket: 5, cause }]],
    [
      "with everything open",
      polling({ poll: HELD, post: 2, probe: PROBE }),
      [
        { type: "answer-poll", poll: 1, packets: ["1"] },
        { type: "refuse-post", post: 2, refusal: Refusals.badRequest },
        { type: "close-socket", socket: 5, cause },
      ],
    ],
    ["streaming", streaming({ down: ["4a"] }), [{ type: "close-socket", socket: SOCKET, cause }]],
  ])("ends both sides, and answers what is open: %s", (_, before, effects) => {
    expect(stepped(before, { type: "condemned", cause })).toEqual({
      next: closed(cause),
      effects: [...effects, { type: "leave-origin", cause }, { type: "end", cause }],
    });
    const mooring = ended(Causes.originLost);
    expect(stepped({ ...before, mooring }, { type: "condemned", cause })).toEqual({
      next: closed(cause, { mooring }),
      effects: [...effects, { type: "end", cause }],
    });
  });

  test("that has ended already ended for its first cause", () => {
    const before = closed(Causes.clientClosed);
    expect(stepped(before, { type: "condemned", cause })).toEqual({ next: before, effects: [] });
  });
});

describe("a closed session does nothing more", () => {
  const before = closed(Causes.clientClosed);

  test.each([0, 25_000, 45_000, 1_000_000])("at %i ms", (now) => {
    expect(stepped(before, { type: "time-passed" }, now)).toEqual({ next: before, effects: [] });
  });

  test("with what its origin sends late", () => {
    for (const packet of ["4hello", "1", "2", "6", "9", "", bytes(1)]) {
      expect(stepped(before, { type: "packet-sent-by-origin", packet })).toEqual({
        next: before,
        effects: [],
      });
    }
    const event = { type: "origin-ended", cause: Causes.originLost } as const;
    expect(stepped(before, event)).toEqual({ next: before, effects: [] });
  });

  test("with what its socket brings late", () => {
    for (const packet of ["4hello", "1", "2", "3", "9", bytes(1), message(100_001)]) {
      expect(stepped(before, { type: "packet-received", socket: SOCKET, packet })).toEqual({
        next: before,
        effects: [],
      });
    }
    expect(stepped(before, { type: "socket-closed", socket: SOCKET })).toEqual({
      next: before,
      effects: [],
    });
  });
});

describe("a client that does not take what waits for it", () => {
  const slow = Causes.clientTooSlow;
  // Two packets, each with what it takes beside its bytes.
  const limits = { queueBytes: 100 + 2 * 64 };

  test("has room for so many bytes", () => {
    const before = polling({ limits, down: [message(90)] });
    expect(stepped(before, { type: "packet-sent-by-origin", packet: message(10) })).toEqual({
      next: polling({ limits, down: [message(90), message(10)] }),
      effects: [],
    });
  });

  test.each([
    ["text", message(11)],
    ["text of fewer characters", `4€€€${"x".repeat(1)}`],
    ["bytes", new ArrayBuffer(11)],
  ])("is closed for one byte more: %s", (_, packet) => {
    const before = polling({ limits, down: [message(90)] });
    expect(stepped(before, { type: "packet-sent-by-origin", packet })).toEqual({
      next: closed(slow, { limits }),
      effects: [
        { type: "leave-origin", cause: slow },
        { type: "end", cause: slow },
      ],
    });
  });

  test("is told by the poll that it holds, and drops what waited", () => {
    const before = polling({ limits, poll: { id: 1, answerAt: 0 }, down: [message(164)] });
    expect(stepped(before, { type: "packet-sent-by-origin", packet: "4" })).toEqual({
      next: closed(slow, { limits }),
      effects: [
        { type: "answer-poll", poll: 1, packets: ["1"] },
        { type: "leave-origin", cause: slow },
        { type: "end", cause: slow },
      ],
    });
  });

  test("is told by its WebSocket's close", () => {
    const credit = { sentBytes: 1000, pings: [1000], lastPingBytes: 1000 };
    const before = streaming({ limits, credit, down: [message(164)] });
    expect(stepped(before, { type: "packet-sent-by-origin", packet: "4" })).toEqual({
      next: closed(slow, { limits }),
      effects: [
        { type: "close-socket", socket: SOCKET, cause: slow },
        { type: "leave-origin", cause: slow },
        { type: "end", cause: slow },
      ],
    });
  });

  test("has its pings counted with the rest", () => {
    const before = polling({ limits, down: [message(164)] });
    expect(stepped(before, { type: "time-passed" }, 25_000).effects.at(-1)).toEqual({
      type: "end",
      cause: slow,
    });
  });

  test("is closed by a ping that overflows, and the origin is left once, silent though it be", () => {
    const before = polling({ limits, down: [message(164)] });
    expect(stepped(before, { type: "time-passed" }, 45_000)).toEqual({
      next: closed(slow, { limits, heartbeat: { pongDueAt: 65_000 } }),
      effects: [
        { type: "leave-origin", cause: slow },
        { type: "end", cause: slow },
      ],
    });
  });

  test("has nothing counted that was sent", () => {
    const sent = Array.from({ length: 9 }, () => message(100));
    const events = sent.map((packet) => ({ type: "packet-sent-by-origin", packet }) as const);
    const { next } = steps(streaming({ limits }), events);
    expect(next.down.bytes).toBe(0);
    expect(next.transport.phase).toBe("streaming");
  });
});

describe("how an origin's WebSocket ended", () => {
  test.each([
    [1000, Causes.originClosed],
    [1001, Causes.originClosed],
    [1005, Causes.originClosed],
    [1006, Causes.originLost],
    [1009, Causes.originTooLarge],
    [1011, Causes.originClosed],
    [3000, Causes.originClosed],
  ])("%i", (code, of) => {
    expect(causeOfOriginEnd(code)).toBe(of);
  });
});

describe("every cause", () => {
  const all: readonly [string, Cause][] = Object.entries(Causes);

  test.each(all)(
    "%s closes a WebSocket with a code that may be sent, and a text that fits",
    (_, of) => {
      // RFC 6455, 7.4.1: 1004 to 1006 and 1015 stand for what was not sent. 5.5: 125 bytes, two of them the code's.
      expect([
        undefined,
        1000,
        1001,
        1002,
        1003,
        1007,
        1008,
        1009,
        1011,
        1012,
        1013,
        1014,
      ]).toContain(of.code);
      expect(Buffer.byteLength(of.text)).toBeLessThanOrEqual(of.code === undefined ? 0 : 123);
    },
  );

  test("tells itself apart from the others", () => {
    const texts = all.map(([, of]) => `${of.reason} ${of.code} ${of.text}`);
    expect(new Set(texts).size).toBe(all.length);
  });
});
