import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Session } from "../../../src/core/session/session.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { Refusals } from "../../../src/wire/refusal.ts";
import { bytes } from "../../wire/bytes.ts";
import { closed, ended, message, polling, SOCKET, stepped, streaming } from "./sessions.ts";

const HELD = { id: 1, answerAt: undefined };
const PROBED = { socket: 5, isProbed: true, dueAt: 10_000 };
const FULL = { sentBytes: 1000, readBytes: 0, pings: [500, 1000], lastPingBytes: 1000 };

const OPEN_PHASES: readonly [phase: string, session: Session][] = [
  ["polling without a poll", polling()],
  ["polling with a poll held", polling({ poll: HELD })],
  ["upgrading", polling({ probe: PROBED })],
  ["streaming", streaming()],
  ["streaming without credit", streaming({ credit: FULL })],
];

function sentByOrigin(packet: Packet, before: Session, now = 0): ReturnType<typeof stepped> {
  return stepped(before, { type: "packet-sent-by-origin", packet }, now);
}

describe("a message of the origin", () => {
  test.each<[string, Packet]>([
    ["text", "4hello"],
    ["empty text", "4"],
    ["bytes", bytes(1, 2, 3, 4)],
    ["no bytes", bytes()],
  ])("goes to the client as it is: %s", (_, packet) => {
    expect(sentByOrigin(packet, streaming()).effects).toEqual([
      { type: "send", socket: SOCKET, packet },
    ]);
    const { next } = sentByOrigin(packet, polling({ poll: HELD }));
    expect(stepped(next, { type: "time-passed" }).effects).toEqual([
      { type: "answer-poll", poll: 1, packets: [packet] },
    ]);
  });

  test("may be larger than what its client may send", () => {
    const limits = { maxPayload: 100, queueBytes: 10_064 };
    const packet = message(10_000);
    expect(sentByOrigin(packet, streaming({ limits })).effects[0]).toEqual({
      type: "send",
      socket: SOCKET,
      packet,
    });
  });

  test.each<[string, Packet]>([
    ["text", message(10_001)],
    ["text of fewer characters", `4${"€".repeat(3334)}`],
    ["bytes", new ArrayBuffer(10_001)],
  ])("larger than all that may wait ends its origin, for any client: %s", (_, packet) => {
    const cause = Causes.originPacketTooLarge;
    expect(sentByOrigin(packet, streaming(), 10)).toEqual({
      next: closed(cause, { mooring: ended(cause, 30_010) }),
      effects: [
        { type: "leave-origin", cause },
        { type: "close-socket", socket: SOCKET, cause },
        { type: "end", cause },
      ],
    });
    expect(sentByOrigin(packet, polling({ poll: HELD }), 10)).toEqual({
      next: closed(cause, { mooring: ended(cause, 30_010) }),
      effects: [
        { type: "leave-origin", cause },
        { type: "answer-poll", poll: 1, packets: ["1"] },
        { type: "end", cause },
      ],
    });
    expect(sentByOrigin(packet, polling({ down: ["4a"] }), 10)).toEqual({
      next: polling({ down: ["4a"], mooring: ended(cause, 30_010) }),
      effects: [{ type: "leave-origin", cause }],
    });
  });

  test("goes to the polling transport until the upgrade packet, even to a probed client", () => {
    const before = polling({ poll: HELD, probe: { ...PROBED, isProbed: false } });
    expect(sentByOrigin("4a", before, 50)).toEqual({
      next: {
        ...before,
        ...polling({ ...before.transport, poll: { id: 1, answerAt: 50 }, down: ["4a"] }),
      },
      effects: [],
    });
    expect(sentByOrigin("4a", polling({ probe: PROBED }))).toEqual({
      next: polling({ probe: PROBED, down: ["4a"] }),
      effects: [],
    });
  });
});

describe("a noop of the origin goes nowhere", () => {
  test.each(OPEN_PHASES)("%s", (_, before) => {
    for (const packet of ["6", "6text"]) {
      expect(sentByOrigin(packet, before)).toEqual({ next: before, effects: [] });
    }
  });
});

describe("what no server sends to a client is the end of its origin", () => {
  const cause = Causes.originRubbish;

  test.each<[string, Packet]>([
    ["a second open", '0{"sid":"a","pingInterval":1,"pingTimeout":1}'],
    ["a pong", "3"],
    ["an upgrade", "5"],
    ["an unknown type", "7hello"],
    ["nothing", ""],
    ["base64", "bAQ=="],
    ["a page of HTML", "<!doctype html>"],
  ])("%s", (_, packet) => {
    expect(sentByOrigin(packet, streaming(), 10)).toEqual({
      next: closed(cause, { mooring: ended(cause, 30_010) }),
      effects: [
        { type: "leave-origin", cause },
        { type: "close-socket", socket: SOCKET, cause },
        { type: "end", cause },
      ],
    });
  });

  test("and what it had sent before still reaches a client that polls", () => {
    expect(sentByOrigin("9", polling({ down: ["4a"] }), 10)).toEqual({
      next: polling({ down: ["4a"], mooring: ended(cause, 30_010) }),
      effects: [{ type: "leave-origin", cause }],
    });
  });
});

test("a close packet of the origin is its end, and the link to it is left", () => {
  const cause = Causes.originClosed;
  expect(sentByOrigin("1", polling({ poll: HELD }), 10)).toEqual({
    next: closed(cause, { mooring: ended(cause, 30_010) }),
    effects: [
      { type: "leave-origin", cause },
      { type: "answer-poll", poll: 1, packets: ["1"] },
      { type: "end", cause },
    ],
  });
});

describe("the origin's end", () => {
  const CAUSES = [Causes.originClosed, Causes.originLost, Causes.originTooLarge];

  test.each(CAUSES)("closes a streaming session at once ($text)", (cause) => {
    expect(stepped(streaming(), { type: "origin-ended", cause }, 10)).toEqual({
      next: closed(cause, { mooring: ended(cause, 30_010) }),
      effects: [
        { type: "close-socket", socket: SOCKET, cause },
        { type: "end", cause },
      ],
    });
  });

  test.each(CAUSES)("closes a session that holds a poll, with a close packet ($text)", (cause) => {
    const before = polling({ poll: HELD, post: 2, probe: PROBED });
    expect(stepped(before, { type: "origin-ended", cause }, 10)).toEqual({
      next: closed(cause, { mooring: ended(cause, 30_010) }),
      effects: [
        { type: "answer-poll", poll: 1, packets: ["1"] },
        { type: "refuse-post", post: 2, refusal: Refusals.badRequest },
        { type: "close-socket", socket: 5, cause },
        { type: "end", cause },
      ],
    });
  });

  test.each(CAUSES)("waits for the client's next poll, to tell it ($text)", (cause) => {
    expect(stepped(polling(), { type: "origin-ended", cause }, 10)).toEqual({
      next: polling({ mooring: ended(cause, 30_010) }),
      effects: [],
    });
  });

  test("answers a poll that is about to be answered, without waiting for its moment", () => {
    const cause = Causes.originClosed;
    const before = polling({ poll: { id: 1, answerAt: 10 }, down: ["4a", "4b"] });
    expect(stepped(before, { type: "origin-ended", cause }, 10)).toEqual({
      next: polling({ mooring: ended(cause, 30_010) }),
      effects: [{ type: "answer-poll", poll: 1, packets: ["4a", "4b"] }],
    });
  });

  test("keeps what waits for a polling client, or for credit", () => {
    const cause = Causes.originLost;
    const mooring = ended(cause, 30_010);
    const event = { type: "origin-ended", cause } as const;
    expect(stepped(polling({ down: ["4a"] }), event, 10)).toEqual({
      next: polling({ down: ["4a"], mooring }),
      effects: [],
    });
    expect(stepped(streaming({ credit: FULL, down: ["4a"] }), event, 10)).toEqual({
      next: streaming({ credit: FULL, down: ["4a"], mooring }),
      effects: [],
    });
  });

  test("is final: nothing more comes from it, nor a second end", () => {
    const before = polling({ mooring: ended(Causes.originLost), down: ["4a"] });
    for (const packet of ["4b", "2", "1", "6", "9", bytes(1)]) {
      expect(sentByOrigin(packet, before, 10)).toEqual({ next: before, effects: [] });
    }
    expect(stepped(before, { type: "origin-ended", cause: Causes.originClosed }, 10)).toEqual({
      next: before,
      effects: [],
    });
  });

  test.each([
    ["a polling client", polling({ mooring: ended(Causes.originLost), down: ["4a"] }), []],
    [
      "a WebSocket that reads nothing",
      streaming({ mooring: ended(Causes.originLost), credit: FULL, down: ["4a"] }),
      [{ type: "close-socket", socket: SOCKET, cause: Causes.originLost }],
    ],
  ])("is not kept from anyone for ever: %s has 30 s for what waits", (_, session, effects) => {
    const cause = Causes.originLost;
    const before = { ...session, heartbeat: { ...session.heartbeat, nextPingAt: 60_000 } };
    expect(stepped(before, { type: "time-passed" }, 29_999)).toEqual({ next: before, effects: [] });
    expect(stepped(before, { type: "time-passed" }, 30_000)).toEqual({
      next: closed(cause, { mooring: before.mooring, heartbeat: before.heartbeat }),
      effects: [...effects, { type: "end", cause }],
    });
  });
});
