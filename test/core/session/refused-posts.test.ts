import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import { Refusals } from "../../../src/wire/refusal.ts";
import { NO_SPACES, NOTHING_WAITING } from "../../../src/core/session/spaces.ts";
import { closed, polling, stepped, streaming } from "./sessions.ts";

const HELD = { id: 1, answerAt: undefined };
const RECEIVED = { type: "post-received", post: 2, packets: ["4a", "1"] } as const;

describe("a POST that may not be", () => {
  test("beside another is refused with it, and closes the session", () => {
    const cause = Causes.overlappingPosts;
    expect(stepped(polling({ poll: HELD, post: 2 }), { type: "post-opened", post: 3 })).toEqual({
      next: closed(cause),
      effects: [
        { type: "refuse-post", post: 3, refusal: Refusals.badRequest },
        { type: "answer-poll", poll: 1, packets: ["1"] },
        { type: "refuse-post", post: 2, refusal: Refusals.badRequest },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test("after the upgrade is refused, and the session goes on", () => {
    expect(stepped(streaming(), { type: "post-opened", post: 2 })).toEqual({
      next: streaming(),
      effects: [{ type: "refuse-post", post: 2, refusal: Refusals.badRequest }],
    });
  });

  test("after the end names an unknown session", () => {
    const before = closed(Causes.pingTimeout);
    expect(stepped(before, { type: "post-opened", post: 2 })).toEqual({
      next: before,
      effects: [{ type: "refuse-post", post: 2, refusal: Refusals.unknownSid }],
    });
  });

  test("whose client upgraded under it is refused, and nothing of it is forwarded", () => {
    expect(stepped(streaming(), RECEIVED)).toEqual({
      next: streaming(),
      effects: [{ type: "refuse-post", post: 2, refusal: Refusals.badRequest }],
    });
    const failed = { type: "post-failed", post: 2, cause: Causes.parseError } as const;
    expect(stepped(streaming(), failed)).toEqual({
      next: streaming(),
      effects: [{ type: "refuse-post", post: 2, refusal: Refusals.badRequest }],
    });
  });

  test("whose session ended under it forwards nothing", () => {
    const before = closed(Causes.overlappingPolls);
    expect(stepped(before, RECEIVED)).toEqual({
      next: before,
      effects: [{ type: "refuse-post", post: 2, refusal: Refusals.unknownSid }],
    });
    const failed = { type: "post-failed", post: 2, cause: Causes.postBroken } as const;
    expect(stepped(before, failed)).toEqual({
      next: before,
      effects: [{ type: "refuse-post", post: 2, refusal: Refusals.unknownSid }],
    });
  });

  test("is not the one that is read leaves that one alone", () => {
    const before = polling({ post: 3 });
    expect(stepped(before, RECEIVED)).toEqual({
      next: before,
      effects: [{ type: "refuse-post", post: 2, refusal: Refusals.badRequest }],
    });
  });
});

test("a POST that is more than may be held is taken, and its client hears of the end by the poll", () => {
  const lost = { phase: "lost", cause: Causes.originLost, dialAt: undefined, lost: "a" } as const;
  const search = { since: 0, young: [], rounds: 0, youngRounds: 0 };
  const space = { phase: "pending", payload: "", waiting: NOTHING_WAITING } as const;
  const before = polling({ poll: HELD, post: 2, limits: { holdBytes: 100 } });
  const session = {
    ...before,
    mooring: { ...lost, search },
    spaces: { ...NO_SPACES, isKnown: true, byName: { "/": space } },
  };
  const packets = [`42["${"x".repeat(100)}"]`];
  const cause = Causes.heldTooMuch;
  expect(stepped(session, { type: "post-received", post: 2, packets }).effects).toEqual([
    { type: "answer-poll", poll: 1, packets: ["1"] },
    { type: "accept-post", post: 2 },
    { type: "leave-origin", cause },
    { type: "end", cause },
  ]);
});
