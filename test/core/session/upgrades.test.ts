import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { bytes } from "../../wire/bytes.ts";
import { closed, ended, message, polling, stepped, steps, streaming } from "./sessions.ts";

const HELD = { id: 1, answerAt: undefined };
const OPENED = { socket: 5, isProbed: false, dueAt: 10_000 };
const PROBED = { socket: 5, isProbed: true, dueAt: 10_000 };

describe("a WebSocket for a polling session", () => {
  test("has ten seconds to complete its upgrade", () => {
    expect(stepped(polling({ poll: HELD }), { type: "socket-opened", socket: 5 }, 300)).toEqual({
      next: polling({ poll: HELD, probe: { ...OPENED, dueAt: 10_300 } }),
      effects: [],
    });
  });

  test("has its probe answered", () => {
    const before = polling({ probe: OPENED });
    expect(stepped(before, { type: "packet-received", socket: 5, packet: "2probe" }, 50)).toEqual({
      next: polling({ probe: PROBED }),
      effects: [{ type: "send", socket: 5, packet: "3probe" }],
    });
  });

  test("has a second probe answered too, and no more time for it", () => {
    const before = polling({ probe: PROBED });
    expect(stepped(before, { type: "packet-received", socket: 5, packet: "2probe" }, 50)).toEqual({
      next: before,
      effects: [{ type: "send", socket: 5, packet: "3probe" }],
    });
  });

  test("becomes the transport with the upgrade packet", () => {
    const before = polling({ probe: PROBED });
    expect(stepped(before, { type: "packet-received", socket: 5, packet: "5" })).toEqual({
      next: streaming({ socket: 5 }),
      effects: [],
    });
  });

  test("may upgrade without a probe, as with Engine.IO's server", () => {
    const before = polling({ probe: OPENED });
    expect(stepped(before, { type: "packet-received", socket: 5, packet: "5" })).toEqual({
      next: streaming({ socket: 5 }),
      effects: [],
    });
  });

  test("goes on where polling ended: what waits comes first, a held poll ends with a noop", () => {
    const poll = { id: 1, answerAt: 0 };
    const before = polling({ poll, probe: PROBED, down: ["4a", bytes(1), "4b"] });
    expect(
      steps(before, [
        { type: "packet-received", socket: 5, packet: "5" },
        { type: "packet-sent-by-origin", packet: "4c" },
        { type: "time-passed" },
      ]),
    ).toEqual({
      next: streaming({ socket: 5, credit: { sentBytes: 7 } }),
      effects: [
        { type: "answer-poll", poll: 1, packets: ["6"] },
        { type: "send", socket: 5, packet: "4a" },
        { type: "send", socket: 5, packet: bytes(1) },
        { type: "send", socket: 5, packet: "4b" },
        { type: "send", socket: 5, packet: "4c" },
      ],
    });
  });

  test("takes what an ended origin had sent, and the end", () => {
    const cause = Causes.originClosed;
    const mooring = ended(cause);
    const before = polling({ probe: PROBED, mooring, down: ["4a", "4b"] });
    expect(stepped(before, { type: "packet-received", socket: 5, packet: "5" })).toEqual({
      next: closed(cause, { mooring }),
      effects: [
        { type: "send", socket: 5, packet: "4a" },
        { type: "send", socket: 5, packet: "4b" },
        { type: "close-socket", socket: 5, cause },
        { type: "end", cause },
      ],
    });
  });

  test("moves the heartbeat along: a pong that is awaited still is", () => {
    const heartbeat = { pongDueAt: 45_000, isExtended: true };
    const before = polling({ probe: PROBED, heartbeat });
    const { next } = stepped(before, { type: "packet-received", socket: 5, packet: "5" }, 30_000);
    expect(next.heartbeat).toEqual(before.heartbeat);
  });
});

describe("an upgrade is given up, and polling goes on,", () => {
  const given = {
    next: polling({ poll: HELD, post: 2 }),
    effects: [{ type: "close-socket", socket: 5, cause: undefined }],
  };

  test.each<[string, Packet]>([
    ["a message", "4hello"],
    ["a ping without the word", "2"],
    ["a ping with another word", "2probe2"],
    ["a ping with the word in capitals", "2PROBE"],
    ["a pong", "3probe"],
    ["a noop", "6"],
    ["a close", "1"],
    ["an open", "0"],
    ["nothing", ""],
    ["an unknown type", "9"],
    ["bytes", bytes(0x32, 0x70)],
    ["the bytes of a probe", new TextEncoder().encode("2probe").buffer],
    ["a frame above the largest payload", message(100_001)],
  ])("when the WebSocket says something else: %s", (_, packet) => {
    for (const probe of [OPENED, PROBED]) {
      const before = polling({ poll: HELD, post: 2, probe });
      expect(stepped(before, { type: "packet-received", socket: 5, packet })).toEqual(given);
    }
  });

  test("when its time is over", () => {
    for (const probe of [OPENED, PROBED]) {
      const before = polling({ poll: HELD, post: 2, probe });
      expect(stepped(before, { type: "time-passed" }, 9999)).toEqual({ next: before, effects: [] });
      expect(stepped(before, { type: "time-passed" }, 10_000)).toEqual(given);
    }
  });

  test("when the WebSocket closes", () => {
    for (const probe of [OPENED, PROBED]) {
      const before = polling({ poll: HELD, post: 2, probe });
      expect(stepped(before, { type: "socket-closed", socket: 5 })).toEqual({
        next: polling({ poll: HELD, post: 2 }),
        effects: [],
      });
    }
  });

  test("and may be tried again with another WebSocket, the first one being heard no more", () => {
    const before = polling({ probe: PROBED });
    expect(
      steps(
        before,
        [
          { type: "packet-received", socket: 5, packet: "4hello" },
          { type: "socket-opened", socket: 6 },
          { type: "packet-received", socket: 5, packet: "2probe" },
          { type: "packet-received", socket: 5, packet: "5" },
          { type: "socket-closed", socket: 5 },
          { type: "packet-received", socket: 6, packet: "2probe" },
        ],
        500,
      ),
    ).toEqual({
      next: polling({ probe: { socket: 6, isProbed: true, dueAt: 10_500 } }),
      effects: [
        { type: "close-socket", socket: 5, cause: undefined },
        { type: "send", socket: 6, packet: "3probe" },
      ],
    });
  });

  test("while what was to be answered at that moment is answered", () => {
    const poll = { id: 1, answerAt: 10_000 };
    const before = polling({ poll, probe: PROBED, down: ["4a"] });
    expect(stepped(before, { type: "time-passed" }, 10_000)).toEqual({
      next: polling(),
      effects: [
        { type: "close-socket", socket: 5, cause: undefined },
        { type: "answer-poll", poll: 1, packets: ["4a"] },
      ],
    });
  });
});

describe("a WebSocket too many is closed, and the session goes on,", () => {
  test.each([
    ["beside an upgrade under way", polling({ poll: HELD, probe: OPENED })],
    ["beside a probed one", polling({ probe: PROBED })],
    ["beside the transport", streaming()],
    ["after the end, where there is nothing to go on", closed(Causes.originLost)],
  ])("%s", (_, before) => {
    expect(stepped(before, { type: "socket-opened", socket: 6 })).toEqual({
      next: before,
      effects: [{ type: "close-socket", socket: 6, cause: undefined }],
    });
  });

  test.each([
    ["polling", polling({ poll: HELD })],
    ["upgrading", polling({ probe: PROBED })],
    ["streaming", streaming()],
    ["closed", closed(Causes.originLost)],
  ])("and what it says or does is nobody's concern: %s", (_, before) => {
    for (const packet of ["2probe", "5", "4hello", "1", "9", bytes(1), message(100_001)]) {
      expect(stepped(before, { type: "packet-received", socket: 6, packet })).toEqual({
        next: before,
        effects: [],
      });
    }
    expect(stepped(before, { type: "socket-closed", socket: 6 })).toEqual({
      next: before,
      effects: [],
    });
  });
});
