import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { Refusals } from "../../../src/wire/refusal.ts";
import { bytes } from "../../wire/bytes.ts";
import { LIMITS, SOCKET, closed, ended, moored, polling, stepped, streaming } from "./sessions.ts";

// LIMITS: a ping every 25,000 ms, 20,000 ms for its pong. The origin of these sessions has pinged lately.
const MOORED = moored(LIMITS.silenceMs, 1_000_000);
const AWAITED = { pongDueAt: 45_000 };
const PINGED = { sentBytes: 1, pings: [1], lastPingBytes: 1 };
const PONGED = { sentBytes: 1, readBytes: 1, lastPingBytes: 1 };
const HELD = { id: 1, answerAt: undefined };

const passed = (before: ReturnType<typeof polling>, now: number) =>
  stepped(before, { type: "time-passed" }, now);

const received = (packet: Packet, before: ReturnType<typeof streaming>, now: number) =>
  stepped(before, { type: "packet-received", socket: SOCKET, packet }, now);

const posted = (packet: Packet, before: ReturnType<typeof polling>, now: number) =>
  stepped(before, { type: "post-received", post: 2, packets: [packet] }, now);

describe("a ping", () => {
  test("goes to a WebSocket when the interval is over, and not before", () => {
    const before = streaming({ mooring: MOORED });
    expect(passed(before, 24_999)).toEqual({ next: before, effects: [] });
    expect(passed(before, 25_000)).toEqual({
      next: streaming({ mooring: MOORED, heartbeat: AWAITED, credit: PINGED }),
      effects: [{ type: "send", socket: SOCKET, packet: "2" }],
    });
  });

  test("answers a held poll at once", () => {
    expect(passed(polling({ mooring: MOORED, poll: HELD }), 25_000)).toEqual({
      next: polling({ mooring: MOORED, heartbeat: AWAITED }),
      effects: [{ type: "answer-poll", poll: 1, packets: ["2"] }],
    });
  });

  test("goes in one payload with what is about to be answered, in its place", () => {
    const poll = { id: 1, answerAt: 25_000 };
    expect(passed(polling({ mooring: MOORED, poll, down: ["4a"] }), 25_000)).toEqual({
      next: polling({ mooring: MOORED, heartbeat: AWAITED }),
      effects: [{ type: "answer-poll", poll: 1, packets: ["4a", "2"] }],
    });
  });

  test("waits for a poll where none is held, and its time runs", () => {
    expect(passed(polling({ mooring: MOORED, down: ["4a"] }), 25_000)).toEqual({
      next: polling({ mooring: MOORED, heartbeat: AWAITED, down: ["4a", "2"] }),
      effects: [],
    });
  });

  test("goes past what waits for credit", () => {
    const credit = { sentBytes: 1000, readBytes: 0, pings: [], lastPingBytes: 0 };
    expect(passed(streaming({ mooring: MOORED, credit, down: ["4a"] }), 25_000)).toEqual({
      next: streaming({
        mooring: MOORED,
        heartbeat: AWAITED,
        credit: { sentBytes: 1001, pings: [1001], lastPingBytes: 1001 },
        down: ["4a"],
      }),
      effects: [{ type: "send", socket: SOCKET, packet: "2" }],
    });
  });

  test("is sent once, however often the time is told", () => {
    const before = streaming({ mooring: MOORED, heartbeat: AWAITED, credit: PINGED });
    expect(passed(before, 25_000)).toEqual({ next: before, effects: [] });
    expect(passed(before, 44_999)).toEqual({ next: before, effects: [] });
  });

  test.each([
    ["the client", () => received("4hello", streaming({ mooring: MOORED }), 25_500)],
    [
      "the origin",
      () =>
        stepped(
          streaming({ mooring: MOORED }),
          { type: "packet-sent-by-origin", packet: "4hello" },
          25_500,
        ),
    ],
  ])("that is due goes when %s sends something, before any timer says so", (_, sending) => {
    const { next, effects } = sending();
    expect(effects[0]).toEqual({ type: "send", socket: SOCKET, packet: "2" });
    expect(next.heartbeat.pongDueAt).toBe(45_500);
    expect(passed(next, 25_600).effects).toEqual([]);
  });

  test("that is due goes with the answer to the poll that has just come", () => {
    const before = polling({ mooring: MOORED });
    const { next } = stepped(before, { type: "poll-opened", poll: 1 }, 25_500);
    expect(passed(next, 25_500)).toEqual({
      next: polling({ mooring: MOORED, heartbeat: { pongDueAt: 45_500 } }),
      effects: [{ type: "answer-poll", poll: 1, packets: ["2"] }],
    });
  });

  test("that is due goes to nobody whose session is closed", () => {
    const before = closed(Causes.clientClosed);
    expect(stepped(before, { type: "poll-opened", poll: 1 }, 25_500).effects).toEqual([
      { type: "refuse-poll", poll: 1, refusal: Refusals.unknownSid },
    ]);
  });

  test("goes on while an ended origin's packets wait", () => {
    const mooring = ended(Causes.originClosed, 50_000);
    expect(passed(polling({ mooring, down: ["4a"] }), 25_000)).toEqual({
      next: polling({ mooring, heartbeat: AWAITED, down: ["4a", "2"] }),
      effects: [],
    });
  });

  test.each([
    ["from the instant that was promised, where our timer was a little late", 25_001, 45_000],
    ["from that instant, where it was as late as timers are", 25_020, 45_000],
    ["from when it went, where it was later than that", 25_021, 45_021],
    ["from when it went, where the machine was asleep", 900_000, 920_000],
  ])("has its time counted %s", (_, now, pongDueAt) => {
    expect(passed(streaming({ mooring: MOORED }), now).next).toEqual(
      streaming({ mooring: MOORED, heartbeat: { pongDueAt }, credit: PINGED }),
    );
  });
});

describe("a pong", () => {
  test("puts the next ping a full interval away", () => {
    const before = streaming({ heartbeat: AWAITED, credit: PINGED });
    expect(received("3", before, 26_000)).toEqual({
      next: streaming({ heartbeat: { nextPingAt: 51_000 }, credit: PONGED }),
      effects: [],
    });
  });

  test("counts by POST as well", () => {
    expect(posted("3", polling({ post: 2, heartbeat: AWAITED }), 26_000)).toEqual({
      next: polling({ heartbeat: { nextPingAt: 51_000 } }),
      effects: [{ type: "accept-post", post: 2 }],
    });
  });

  test("counts with a text behind it", () => {
    const before = streaming({ heartbeat: AWAITED, credit: PINGED });
    expect(received("3probe", before, 26_000).next).toEqual(
      streaming({ heartbeat: { nextPingAt: 51_000 }, credit: PONGED }),
    );
  });

  test("that nobody awaits is counted, and changes nothing else", () => {
    const heartbeat = { strayPongs: 1 };
    expect(received("3", streaming(), 10_000)).toEqual({
      next: streaming({ heartbeat }),
      effects: [],
    });
    expect(posted("3", polling({ post: 2 }), 10_000).next).toEqual(polling({ heartbeat }));
  });

  test("that nobody awaits is one too many the 17th time, by POST as well", () => {
    const cause = Causes.pongWithoutPing;
    const heartbeat = { strayPongs: 15 };
    const packets = ["3", "3", "4never"];
    const event = { type: "post-received", post: 2, packets } as const;
    expect(stepped(polling({ post: 2, heartbeat }), event, 10_000)).toEqual({
      next: closed(cause, { heartbeat: { strayPongs: 17 } }),
      effects: [
        { type: "refuse-post", post: 2, refusal: Refusals.badRequest },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test("that answers a ping forgives those that did not", () => {
    const heartbeat = { ...AWAITED, strayPongs: 16 };
    const last = streaming({ heartbeat, credit: PINGED });
    expect(received("3", last, 26_000).next.heartbeat.strayPongs).toBe(0);
    const credit = { ...PINGED, pings: [1, 1] };
    const notLast = streaming({ heartbeat, credit });
    expect(received("3", notLast, 26_000).next.heartbeat.strayPongs).toBe(0);
    expect(posted("3", polling({ post: 2, heartbeat }), 26_000).next.heartbeat.strayPongs).toBe(0);
  });

  test("counts until the time is told to be over", () => {
    const before = streaming({ heartbeat: AWAITED, credit: PINGED });
    for (const now of [44_999, 45_000, 45_010]) {
      expect(received("3", before, now).next).toEqual(
        streaming({ heartbeat: { nextPingAt: now + 25_000 }, credit: PONGED }),
      );
    }
  });
});

describe("another packet while a pong is awaited", () => {
  const AWAITED_LONGER = { pongDueAt: 50_000, isExtended: true };

  test.each<[string, Packet]>([
    ["a message", "4hello"],
    ["bytes", bytes(1)],
    ["base64", "bAQ=="],
    ["a noop", "6"],
    ["an upgrade", "5"],
    ["an open", "0"],
  ])("shows life: the pong has its time anew (%s)", (_, packet) => {
    const before = streaming({ heartbeat: AWAITED, credit: PINGED });
    expect(received(packet, before, 30_000).next).toEqual(
      streaming({ heartbeat: AWAITED_LONGER, credit: PINGED }),
    );
  });

  test("shows life by POST as well", () => {
    expect(posted("4hello", polling({ post: 2, heartbeat: AWAITED }), 30_000).next).toEqual(
      polling({ heartbeat: AWAITED_LONGER }),
    );
  });

  test("shows it once: who never answers a ping is gone, however much he says", () => {
    const before = streaming({ heartbeat: AWAITED_LONGER, credit: PINGED });
    expect(received("4hello", before, 40_000).next).toEqual(before);
  });

  test("shows it once for every ping", () => {
    const answered = received("3", streaming({ heartbeat: AWAITED_LONGER }), 30_000).next;
    const pinged = passed({ ...answered, mooring: MOORED }, 55_000).next;
    expect(pinged.heartbeat).toMatchObject({
      nextPingAt: 55_000,
      pongDueAt: 75_000,
      isExtended: false,
    });
    expect(received("4hello", pinged, 60_000).next.heartbeat).toMatchObject({
      nextPingAt: 55_000,
      pongDueAt: 80_000,
      isExtended: true,
    });
  });

  test("has no such effect as a request: a poll brings no packet", () => {
    const before = polling({ heartbeat: AWAITED });
    expect(stepped(before, { type: "poll-opened", poll: 1 }, 30_000).next).toEqual(
      polling({ heartbeat: AWAITED, poll: HELD }),
    );
    expect(stepped(before, { type: "post-opened", post: 2 }, 30_000).next).toEqual(
      polling({ heartbeat: AWAITED, post: 2 }),
    );
  });

  test("has no such effect on a WebSocket that is still to become the transport", () => {
    const probe = { socket: 5, isProbed: false, dueAt: 40_000 };
    const before = polling({ heartbeat: AWAITED, probe });
    const probed = { type: "packet-received", socket: 5, packet: "2probe" } as const;
    expect(stepped(before, probed, 35_000).next.heartbeat).toEqual(before.heartbeat);
  });

  test("puts nothing off where no pong is awaited", () => {
    expect(received("4hello", streaming(), 10_000).next).toEqual(streaming());
  });
});

describe("a pong that does not come", () => {
  const cause = Causes.pingTimeout;

  test("ends a streaming session at the instant, and not before", () => {
    const before = streaming({ mooring: MOORED, heartbeat: AWAITED, credit: PINGED });
    expect(passed(before, 44_999)).toEqual({ next: before, effects: [] });
    expect(passed(before, 45_000)).toEqual({
      next: closed(cause, { mooring: MOORED, heartbeat: AWAITED }),
      effects: [
        { type: "close-socket", socket: SOCKET, cause },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test("ends a polling session, whose poll and POST are answered", () => {
    const probe = { socket: 5, isProbed: false, dueAt: 50_000 };
    const before = polling({ poll: HELD, post: 2, probe, heartbeat: AWAITED });
    expect(passed(before, 45_000)).toEqual({
      next: closed(cause, { heartbeat: AWAITED }),
      effects: [
        { type: "answer-poll", poll: 1, packets: ["1"] },
        { type: "refuse-post", post: 2, refusal: Refusals.badRequest },
        { type: "close-socket", socket: 5, cause },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test("is the reason even where the origin has gone silent at the same instant", () => {
    const { effects } = passed(streaming({ heartbeat: AWAITED }), 45_000);
    expect(effects.at(-1)).toEqual({ type: "end", cause });
  });
});
