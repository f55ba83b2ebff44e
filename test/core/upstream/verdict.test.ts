import { describe, expect, test } from "vitest";
import { verdictOnDial, verdictOnQuestion } from "../../../src/core/upstream/verdict.ts";

type Answer = Parameters<typeof verdictOnQuestion>[0];

function answer(status: number, body = "no"): NonNullable<Answer> {
  return { status, headers: [["content-type", "text/html"]], body };
}

const TRANSPORTS = ["polling", "websocket"] as const;

describe("a dial", () => {
  test.each(TRANSPORTS)("that timed out is the origin's fault (%s)", (transport) => {
    const why = "no answer in 2000 ms";
    expect(verdictOnDial({ type: "faulty", why }, transport)).toEqual({ type: "fault", why });
  });

  test.each(TRANSPORTS)(
    "that broke may be a refusal, which the server only tells by polling (%s)",
    (transport) => {
      const outcome = { type: "broken", why: "Network connection lost." } as const;
      expect(verdictOnDial(outcome, transport)).toEqual({ type: "ask" });
    },
  );

  test.each([500, 502, 503, 504, 599])("answered with %i is the origin's fault", (status) => {
    for (const transport of TRANSPORTS) {
      expect(verdictOnDial({ type: "answered", answer: answer(status) }, transport)).toEqual({
        type: "fault",
        why: `answered ${status}`,
      });
    }
  });

  test.each([400, 401, 403, 404, 426, 429, 499])(
    "answered with %i is a refusal, in the very words for a WebSocket, asked for again by polling",
    (status) => {
      const outcome = { type: "answered", answer: answer(status) } as const;
      expect(verdictOnDial(outcome, "websocket")).toEqual({
        type: "refused",
        answer: answer(status),
      });
      expect(verdictOnDial(outcome, "polling")).toEqual({ type: "ask" });
    },
  );

  test.each([200, 204, 301, 302, 307])(
    "answered with %i, as if to a page, is asked again",
    (status) => {
      for (const transport of TRANSPORTS) {
        const outcome = { type: "answered", answer: answer(status) } as const;
        expect(verdictOnDial(outcome, transport)).toEqual({ type: "ask" });
      }
    },
  );
});

describe("an origin without WebSocket", () => {
  const bodies = ["Transport unknown", '{"code":0,"message":"Transport unknown"}'];
  const message =
    "Transport unknown: the origin's `transports` option leaves out websocket, by which Mooring reaches it";

  test.each(bodies)("is told as such to a polling client, as JSON: %s", (body) => {
    const outcome = { type: "answered", answer: answer(400, body) } as const;
    expect(verdictOnDial(outcome, "polling")).toEqual({
      type: "refused",
      answer: {
        status: 400,
        headers: [["content-type", "application/json"]],
        body: JSON.stringify({ code: 0, message }),
      },
    });
  });

  test.each(bodies)("is told as such to a WebSocket client, as the bare message: %s", (body) => {
    const outcome = { type: "answered", answer: answer(400, body) } as const;
    expect(verdictOnDial(outcome, "websocket")).toEqual({
      type: "refused",
      answer: { status: 400, headers: [["content-type", "text/html"]], body: message },
    });
  });

  test("is not one that says something of the kind", () => {
    for (const other of [answer(403, "Transport unknown"), answer(400, "transport unknown")]) {
      const outcome = { type: "answered", answer: other } as const;
      expect(verdictOnDial(outcome, "polling")).toEqual({ type: "ask" });
      expect(verdictOnDial(outcome, "websocket")).toEqual({ type: "refused", answer: other });
    }
  });
});

describe("the question by polling", () => {
  const BROKEN = { type: "broken", why: "broken" } as const;

  test("that nobody answers leaves the dial's own failure", () => {
    expect(
      verdictOnQuestion(undefined, { type: "broken", why: "Network connection lost." }),
    ).toEqual({
      type: "fault",
      why: "Network connection lost.",
    });
  });

  test.each([500, 503, 599])("answered with %i is the origin's fault", (status) => {
    expect(verdictOnQuestion(answer(status), BROKEN)).toEqual({
      type: "fault",
      why: `answered ${status}`,
    });
  });

  test.each([200, 201, 204, 299])(
    "answered with %i is the origin's fault: it opened no WebSocket, but takes sessions",
    (status) => {
      expect(verdictOnQuestion(answer(status), BROKEN)).toEqual({
        type: "fault",
        why: "broken, but polling answered",
      });
    },
  );

  test.each([400, 404, 426])(
    "answered with 200 where the dial was answered %i is no fault: any client's request could get that",
    (status) => {
      const dialled = { type: "answered", answer: answer(status, "no") } as const;
      expect(verdictOnQuestion(answer(200), dialled)).toEqual({
        type: "refused",
        answer: answer(status, "no"),
      });
    },
  );

  test.each([101, 204, 302])("answered with 200 is a fault after %i", (status) => {
    const dialled = { type: "answered", answer: answer(status) } as const;
    expect(verdictOnQuestion(answer(200), dialled)).toEqual({
      type: "fault",
      why: `answered ${status}, but polling answered`,
    });
  });

  test.each([302, 400, 401, 403, 404, 429, 499])(
    "answered with %i is the application's refusal, with its body and fields",
    (status) => {
      expect(verdictOnQuestion(answer(status, "go away"), BROKEN)).toEqual({
        type: "refused",
        answer: answer(status, "go away"),
      });
    },
  );
});
