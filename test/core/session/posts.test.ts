import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { Refusals } from "../../../src/wire/refusal.ts";
import { bytes } from "../../wire/bytes.ts";
import { closed, ended, polling, stepped, steps } from "./sessions.ts";

const HELD = { id: 1, answerAt: undefined };
const TOO_LARGE = { code: 3, message: "Payload too large", status: 413 };

/** What comes of a POST with these packets that a polling session is reading. */
function posted(packets: readonly Packet[], before = polling({ post: 2 }), now = 0) {
  return stepped(before, { type: "post-received", post: 2, packets }, now);
}

describe("a POST", () => {
  test("is read while the session polls", () => {
    expect(stepped(polling(), { type: "post-opened", post: 2 })).toEqual({
      next: polling({ post: 2 }),
      effects: [],
    });
  });

  test("is read beside a held poll, which stays held", () => {
    expect(stepped(polling({ poll: HELD }), { type: "post-opened", post: 2 })).toEqual({
      next: polling({ poll: HELD, post: 2 }),
      effects: [],
    });
  });

  test("has its messages forwarded in their order, and is accepted", () => {
    expect(posted(["4a", bytes(1, 2), "4b"])).toEqual({
      next: polling(),
      effects: [
        { type: "forward", packet: "4a" },
        { type: "forward", packet: bytes(1, 2) },
        { type: "forward", packet: "4b" },
        { type: "accept-post", post: 2 },
      ],
    });
  });

  test("may bring packets that mean nothing here: they go nowhere", () => {
    expect(posted(['0{"sid":"a"}', "5", "6", "6text", "4a"])).toEqual({
      next: polling(),
      effects: [
        { type: "forward", packet: "4a" },
        { type: "accept-post", post: 2 },
      ],
    });
  });

  test("is followed by another", () => {
    const after = posted(["4a"]).next;
    expect(stepped(after, { type: "post-opened", post: 3 })).toEqual({
      next: polling({ post: 3 }),
      effects: [],
    });
  });

  test("after the origin's end is accepted, and goes nowhere", () => {
    const mooring = ended(Causes.originClosed);
    expect(posted(["4a", bytes(1)], polling({ post: 2, mooring, down: ["4b"] }))).toEqual({
      next: polling({ mooring, down: ["4b"] }),
      effects: [{ type: "accept-post", post: 2 }],
    });
  });
});

describe("a close packet in a payload", () => {
  const cause = Causes.clientClosed;

  test("ends the session; what stood before it was sent, what stands behind it was not", () => {
    expect(posted(["4a", "1", "4b"])).toEqual({
      next: closed(cause),
      effects: [
        { type: "forward", packet: "4a" },
        { type: "accept-post", post: 2 },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test("may bring data, as for Engine.IO's server", () => {
    expect(posted(["1bye", "4b"]).effects).toEqual([
      { type: "accept-post", post: 2 },
      { type: "leave-origin", cause },
      { type: "end", cause },
    ]);
  });

  test("ends the held poll with a noop: the client knows that it closes", () => {
    expect(posted(["1"], polling({ poll: HELD, post: 2, down: ["4b"] }))).toEqual({
      next: closed(cause),
      effects: [
        { type: "accept-post", post: 2 },
        { type: "answer-poll", poll: 1, packets: ["6"] },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test("closes the WebSocket of an upgrade under way", () => {
    const probe = { socket: 5, isProbed: true, dueAt: 10_000 };
    expect(posted(["1"], polling({ post: 2, probe }))).toEqual({
      next: closed(cause),
      effects: [
        { type: "accept-post", post: 2 },
        { type: "close-socket", socket: 5, cause },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test("after the origin's end has no origin left to leave", () => {
    const mooring = ended(Causes.originClosed);
    expect(posted(["1"], polling({ post: 2, mooring, down: ["4b"] }))).toEqual({
      next: closed(cause, { mooring }),
      effects: [
        { type: "accept-post", post: 2 },
        { type: "end", cause },
      ],
    });
  });
});

describe("a payload that no client may send", () => {
  test("has a ping: the heartbeat is the server's", () => {
    const cause = Causes.pingFromClient;
    expect(posted(["4a", "2", "4b"], polling({ poll: HELD, post: 2 }))).toEqual({
      next: closed(cause),
      effects: [
        { type: "forward", packet: "4a" },
        { type: "answer-poll", poll: 1, packets: ["1"] },
        { type: "refuse-post", post: 2, refusal: Refusals.badRequest },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test("has a packet of no known type: the origin sees the same fault", () => {
    const cause = Causes.parseError;
    expect(posted(["4a", "7", "4b"])).toEqual({
      next: closed(cause),
      effects: [
        { type: "forward", packet: "4a" },
        { type: "refuse-post", post: 2, refusal: Refusals.badRequest },
        { type: "forward", packet: "parse error" },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });
});

describe("a POST that could not be read", () => {
  test.each([
    ["bytes that are no text, or text that is no payload", Causes.parseError, Refusals.badRequest],
    ["a body that ended early", Causes.postBroken, Refusals.badRequest],
  ])("closes the session: %s", (_, cause, refusal) => {
    const before = polling({ poll: HELD, post: 2 });
    const told = cause === Causes.parseError ? [{ type: "forward", packet: "parse error" }] : [];
    expect(stepped(before, { type: "post-failed", post: 2, cause })).toEqual({
      next: closed(cause),
      effects: [
        { type: "answer-poll", poll: 1, packets: ["1"] },
        { type: "refuse-post", post: 2, refusal },
        ...told,
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test("for its size is told so before the held poll ends, or the client would not see why", () => {
    const cause = Causes.payloadTooLarge;
    const before = polling({ poll: HELD, post: 2 });
    const { next, effects } = stepped(before, { type: "post-failed", post: 2, cause });
    expect(effects).toEqual([
      { type: "refuse-post", post: 2, refusal: TOO_LARGE },
      { type: "leave-origin", cause },
    ]);
    expect(next).toEqual({
      ...polling({ poll: HELD }),
      mooring: { phase: "ended", cause, dueAt: 1000 },
    });
    expect(stepped(next, { type: "time-passed" }, 1000).effects).toEqual([
      { type: "answer-poll", poll: 1, packets: ["1"] },
      { type: "end", cause },
    ]);
  });

  test("for its size does not leave an origin that has ended", () => {
    const cause = Causes.payloadTooLarge;
    const before = polling({ post: 2, mooring: ended(Causes.originLost), down: ["4a"] });
    expect(stepped(before, { type: "post-failed", post: 2, cause }, 50)).toEqual({
      next: polling({ mooring: ended(cause, 1050), down: ["4a"] }),
      effects: [{ type: "refuse-post", post: 2, refusal: TOO_LARGE }],
    });
  });

  test("for its size leaves a second for the polls that are held or still come, and then ends", () => {
    const cause = Causes.payloadTooLarge;
    const mooring = ended(cause, 1000);
    const before = polling({ mooring, down: ["4a"] });
    const first = steps(before, [{ type: "poll-opened", poll: 1 }, { type: "time-passed" }]);
    expect(first).toEqual({
      next: polling({ mooring }),
      effects: [{ type: "answer-poll", poll: 1, packets: ["4a"] }],
    });
    const second = stepped(first.next, { type: "poll-opened", poll: 2 }, 500);
    expect(second).toEqual({
      next: polling({ mooring, poll: { id: 2, answerAt: undefined } }),
      effects: [],
    });
    expect(stepped(second.next, { type: "time-passed" }, 999).effects).toEqual([]);
    expect(stepped(second.next, { type: "time-passed" }, 1000)).toEqual({
      next: closed(cause, { mooring }),
      effects: [
        { type: "answer-poll", poll: 2, packets: ["1"] },
        { type: "end", cause },
      ],
    });
  });

  test("says nothing to an origin that has ended", () => {
    const cause = Causes.parseError;
    const mooring = ended(Causes.originLost);
    const before = polling({ post: 2, mooring, down: ["4a"] });
    expect(stepped(before, { type: "post-failed", post: 2, cause })).toEqual({
      next: closed(cause, { mooring }),
      effects: [
        { type: "refuse-post", post: 2, refusal: Refusals.badRequest },
        { type: "end", cause },
      ],
    });
  });
});
