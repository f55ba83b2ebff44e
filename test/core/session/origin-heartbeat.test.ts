import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import { LIMITS, SOCKET, closed, ended, moored, polling, stepped, streaming } from "./sessions.ts";

const HELD = { id: 1, answerAt: undefined };

describe("the origin's heartbeat", () => {
  test("is answered at once, and its next ping may take an interval and a time-out", () => {
    for (const before of [polling({ poll: HELD }), streaming()]) {
      expect(stepped(before, { type: "packet-sent-by-origin", packet: "2" }, 24_000)).toEqual({
        next: { ...before, mooring: moored(LIMITS.silenceMs, 69_000) },
        effects: [{ type: "forward", packet: "3" }],
      });
    }
  });

  test("is not kept up by messages", () => {
    const { next } = stepped(polling(), { type: "packet-sent-by-origin", packet: "4a" }, 24_000);
    expect(next.mooring).toEqual(moored(LIMITS.silenceMs, 45_000));
  });

  test("that ends is the origin's end, at the instant and not before", () => {
    const cause = Causes.originSilent;
    const heartbeat = { nextPingAt: 100_000 };
    const before = streaming({ heartbeat });
    expect(stepped(before, { type: "time-passed" }, 44_999)).toEqual({ next: before, effects: [] });
    expect(stepped(before, { type: "time-passed" }, 45_000)).toEqual({
      next: closed(cause, { heartbeat, mooring: ended(cause, 75_000) }),
      effects: [
        { type: "leave-origin", cause },
        { type: "close-socket", socket: SOCKET, cause },
        { type: "end", cause },
      ],
    });
  });

  test("that ends leaves a polling client what had come", () => {
    const cause = Causes.originSilent;
    const heartbeat = { nextPingAt: 100_000 };
    expect(stepped(polling({ heartbeat, down: ["4a"] }), { type: "time-passed" }, 45_000)).toEqual({
      next: polling({ heartbeat, down: ["4a"], mooring: ended(cause, 75_000) }),
      effects: [{ type: "leave-origin", cause }],
    });
  });
});
