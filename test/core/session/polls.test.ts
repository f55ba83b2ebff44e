import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Event } from "../../../src/core/session/session.ts";
import { Refusals } from "../../../src/wire/refusal.ts";
import { bytes } from "../../wire/bytes.ts";
import { closed, ended, message, polling, stepped, steps, streaming } from "./sessions.ts";

const HELD = { id: 1, answerAt: undefined };
const PROBED = { socket: 5, isProbed: true, dueAt: 10_000 };
const UNPROBED = { socket: 5, isProbed: false, dueAt: 10_000 };

describe("a poll", () => {
  test("is held while nothing waits", () => {
    expect(stepped(polling(), { type: "poll-opened", poll: 1 })).toEqual({
      next: polling({ poll: HELD }),
      effects: [],
    });
  });

  test("is still held while a WebSocket is open that has not probed", () => {
    expect(stepped(polling({ probe: UNPROBED }), { type: "poll-opened", poll: 1 })).toEqual({
      next: polling({ poll: HELD, probe: UNPROBED }),
      effects: [],
    });
  });

  test("is left alone by time that has nothing to do", () => {
    expect(stepped(polling({ poll: HELD }), { type: "time-passed" }, 24_999)).toEqual({
      next: polling({ poll: HELD }),
      effects: [],
    });
  });

  test("that finds packets waiting is answered in a moment: the rest may be on its way", () => {
    expect(stepped(polling({ down: ["4a"] }), { type: "poll-opened", poll: 1 }, 50)).toEqual({
      next: polling({ poll: { id: 1, answerAt: 50 }, down: ["4a"] }),
      effects: [],
    });
  });

  test("is not answered before its moment", () => {
    const before = polling({ poll: { id: 1, answerAt: 50 }, down: ["4a"] });
    expect(stepped(before, { type: "time-passed" }, 49)).toEqual({ next: before, effects: [] });
  });
});

describe("packets for a held poll", () => {
  test("are gathered from the first one on", () => {
    const first = stepped(
      polling({ poll: HELD }),
      { type: "packet-sent-by-origin", packet: "4a" },
      50,
    );
    expect(first).toEqual({
      next: polling({ poll: { id: 1, answerAt: 50 }, down: ["4a"] }),
      effects: [],
    });
    expect(stepped(first.next, { type: "packet-sent-by-origin", packet: bytes(1) }, 51)).toEqual({
      next: polling({ poll: { id: 1, answerAt: 50 }, down: ["4a", bytes(1)] }),
      effects: [],
    });
  });

  test("go in one payload, in their order", () => {
    const down = ["4a", bytes(1), "4b"];
    expect(
      stepped(polling({ poll: { id: 1, answerAt: 50 }, down }), { type: "time-passed" }, 50),
    ).toEqual({
      next: polling(),
      effects: [{ type: "answer-poll", poll: 1, packets: down }],
    });
  });

  test("wait where no poll is held, and set no time for themselves", () => {
    expect(stepped(polling(), { type: "packet-sent-by-origin", packet: "4a" }, 50)).toEqual({
      next: polling({ down: ["4a"] }),
      effects: [],
    });
  });
});

describe("one payload", () => {
  test("has what fits, and the rest waits for the next poll", () => {
    // Three separators with two packets: 2 * (10 + 1) = 22.
    const down = [message(10), message(10), message(10)];
    expect(answered(down, 22)).toEqual({
      next: polling({ down: [message(10)], limits: { maxPayload: 22 } }),
      effects: [{ type: "answer-poll", poll: 1, packets: [message(10), message(10)] }],
    });
    expect(answered(down, 21)).toEqual({
      next: polling({ down: [message(10), message(10)], limits: { maxPayload: 21 } }),
      effects: [{ type: "answer-poll", poll: 1, packets: [message(10)] }],
    });
  });

  test("has one packet at least, however large", () => {
    expect(answered([message(500), message(10)], 22)).toEqual({
      next: polling({ down: [message(10)], limits: { maxPayload: 22 } }),
      effects: [{ type: "answer-poll", poll: 1, packets: [message(500)] }],
    });
  });

  test("counts bytes, not characters", () => {
    // Each of them is seven bytes and a separator.
    expect(answered(["4€€", "4€€"], 15)).toEqual({
      next: polling({ down: ["4€€"], limits: { maxPayload: 15 } }),
      effects: [{ type: "answer-poll", poll: 1, packets: ["4€€"] }],
    });
  });

  test("counts binary packets as base64", () => {
    const packet = new ArrayBuffer(30);
    const before = polling({
      poll: { id: 1, answerAt: 0 },
      down: [packet, packet],
      limits: { maxPayload: 83 },
    });
    expect(stepped(before, { type: "time-passed" })).toEqual({
      next: polling({ down: [packet], limits: { maxPayload: 83 } }),
      effects: [{ type: "answer-poll", poll: 1, packets: [packet] }],
    });
  });
});

describe("a WebSocket that probes", () => {
  test("releases the held poll with a noop", () => {
    const before = polling({ poll: HELD, probe: UNPROBED });
    expect(stepped(before, { type: "packet-received", socket: 5, packet: "2probe" })).toEqual({
      next: polling({ probe: PROBED }),
      effects: [
        { type: "send", socket: 5, packet: "3probe" },
        { type: "answer-poll", poll: 1, packets: ["6"] },
      ],
    });
  });

  test("leaves a poll that is about to be answered to its packets", () => {
    const poll = { id: 1, answerAt: 0 };
    const before = polling({ poll, probe: UNPROBED, down: ["4a"] });
    const probed = stepped(before, { type: "packet-received", socket: 5, packet: "2probe" });
    expect(probed).toEqual({
      next: polling({ poll, probe: PROBED, down: ["4a"] }),
      effects: [{ type: "send", socket: 5, packet: "3probe" }],
    });
    expect(stepped(probed.next, { type: "time-passed" })).toEqual({
      next: polling({ probe: PROBED }),
      effects: [{ type: "answer-poll", poll: 1, packets: ["4a"] }],
    });
  });

  test("has every later poll answered with a noop at once", () => {
    expect(stepped(polling({ probe: PROBED }), { type: "poll-opened", poll: 2 })).toEqual({
      next: polling({ probe: PROBED }),
      effects: [{ type: "answer-poll", poll: 2, packets: ["6"] }],
    });
  });

  test("has a later poll answered with what waits, where something does", () => {
    const before = polling({ probe: PROBED, down: ["4a"] });
    expect(steps(before, polled(2))).toEqual({
      next: polling({ probe: PROBED }),
      effects: [{ type: "answer-poll", poll: 2, packets: ["4a"] }],
    });
  });
});

describe("a poll that may not be", () => {
  test("beside a held one is refused, and closes the session", () => {
    const cause = Causes.overlappingPolls;
    expect(stepped(polling({ poll: HELD }), { type: "poll-opened", poll: 2 })).toEqual({
      next: closed(cause),
      effects: [
        { type: "refuse-poll", poll: 2, refusal: Refusals.badRequest },
        { type: "answer-poll", poll: 1, packets: ["1"] },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test("beside one that is about to be answered is refused too", () => {
    const cause = Causes.overlappingPolls;
    const before = polling({ poll: { id: 1, answerAt: 0 }, down: ["4a"] });
    expect(stepped(before, { type: "poll-opened", poll: 2 })).toEqual({
      next: closed(cause),
      effects: [
        { type: "refuse-poll", poll: 2, refusal: Refusals.badRequest },
        { type: "answer-poll", poll: 1, packets: ["1"] },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test("after the upgrade is refused, and the session goes on", () => {
    expect(stepped(streaming(), { type: "poll-opened", poll: 2 })).toEqual({
      next: streaming(),
      effects: [{ type: "refuse-poll", poll: 2, refusal: Refusals.badRequest }],
    });
  });

  test("after the end names an unknown session", () => {
    const before = closed(Causes.pingTimeout);
    expect(stepped(before, { type: "poll-opened", poll: 2 })).toEqual({
      next: before,
      effects: [{ type: "refuse-poll", poll: 2, refusal: Refusals.unknownSid }],
    });
  });

  test("comes when the time for its client's pong is over, though no timer has said so", () => {
    const cause = Causes.pingTimeout;
    const heartbeat = { pongDueAt: 45_000 };
    expect(stepped(polling({ heartbeat }), { type: "poll-opened", poll: 2 }, 45_000)).toEqual({
      next: closed(cause, { heartbeat }),
      effects: [
        { type: "refuse-poll", poll: 2, refusal: Refusals.unknownSid },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
    expect(stepped(polling({ heartbeat }), { type: "poll-opened", poll: 2 }, 44_999)).toEqual({
      next: polling({ heartbeat, poll: { id: 2, answerAt: undefined } }),
      effects: [],
    });
  });
});

describe("a poll after the origin's end", () => {
  const cause = Causes.originClosed;
  const mooring = ended(cause);

  test("is told of it where nothing waits, and closes the session", () => {
    expect(stepped(polling({ mooring }), { type: "poll-opened", poll: 1 })).toEqual({
      next: closed(cause, { mooring }),
      effects: [
        { type: "answer-poll", poll: 1, packets: ["1"] },
        { type: "end", cause },
      ],
    });
  });

  test("takes what waits, and the next one is told: a close among packets would overtake them", () => {
    const before = polling({ mooring, down: ["4a", "4b"] });
    const first = steps(before, polled(1));
    expect(first).toEqual({
      next: polling({ mooring }),
      effects: [{ type: "answer-poll", poll: 1, packets: ["4a", "4b"] }],
    });
    expect(stepped(first.next, { type: "poll-opened", poll: 2 })).toEqual({
      next: closed(cause, { mooring }),
      effects: [
        { type: "answer-poll", poll: 2, packets: ["1"] },
        { type: "end", cause },
      ],
    });
  });

  test("takes a payload, and what is left waits for the next ones", () => {
    const limits = { maxPayload: 22 };
    const before = polling({ mooring, limits, down: [message(20), message(20)] });
    const first = steps(before, polled(1));
    const second = steps(first.next, polled(2));
    const third = steps(second.next, polled(3));
    expect([first, second, third]).toEqual([
      {
        next: polling({ mooring, limits, down: [message(20)] }),
        effects: [{ type: "answer-poll", poll: 1, packets: [message(20)] }],
      },
      {
        next: polling({ mooring, limits }),
        effects: [{ type: "answer-poll", poll: 2, packets: [message(20)] }],
      },
      {
        next: closed(cause, { mooring, limits }),
        effects: [
          { type: "answer-poll", poll: 3, packets: ["1"] },
          { type: "end", cause },
        ],
      },
    ]);
  });
});

/** What becomes of a poll at its moment, when these packets wait and a payload has so many bytes. */
function answered(down: readonly string[], maxPayload: number): ReturnType<typeof stepped> {
  const poll = { id: 1, answerAt: 0 };
  return stepped(polling({ poll, down, limits: { maxPayload } }), { type: "time-passed" });
}

/** A poll that finds packets, and the moment after it. */
function polled(poll: number): Event[] {
  return [{ type: "poll-opened", poll }, { type: "time-passed" }];
}
