import { describe, expect, test } from "vitest";
import { readHead } from "../../../src/wire/socket-packet.ts";
import { formatNote } from "../../../src/wire/recovery/note.ts";
import type { Replay } from "../../../src/wire/recovery/replay.ts";
import { parseReplay } from "../../../src/wire/recovery/replay.ts";
import type { Effect } from "../../../src/core/session/session.ts";
import { delivered, forwarded, MooredSession } from "./moored-session.ts";

const ANSWER = '40{"sid":"s","pid":"p"}';
const OTHER_ANSWER = '40{"sid":"x","pid":"x"}';
const NAME = "~AAAAAAAAAAAAAAAA:";

/** Lost by its first origin, and at the next one. */
function rehomed(moored = new MooredSession().recoverable()): MooredSession {
  moored.lose();
  moored.pass(1000);
  moored.dialled("b");
  return moored;
}

/** The payloads of the CONNECTs among these. */
function connects(effects: readonly Effect[]): unknown[] {
  return forwarded(effects).flatMap((packet) => {
    const head = typeof packet === "string" ? readHead(packet) : undefined;
    if (typeof packet !== "string" || head?.type !== "0") return [];
    const payload: unknown = JSON.parse(packet.slice(head.payloadAt) || "{}");
    return [payload];
  });
}

function replayIn(effects: readonly Effect[]): Replay | undefined {
  const [payload] = connects(effects);
  if (typeof payload !== "object" || payload === null || !("offset" in payload)) return undefined;
  return typeof payload.offset === "string" ? parseReplay(payload.offset) : undefined;
}

describe("a namespace that goes to another origin", () => {
  test("is replayed with the client's own payload, its pid, its newest record, and what has gone down since", () => {
    const moored = new MooredSession();
    moored.up('40{"token":"t"}');
    moored.answered();
    moored.down('42["old","~BBBBBBBBBBBBBBBB:7"]');
    moored.down(formatNote({ type: "record", nsp: "/", record: "newer" }));
    moored.down(`42["e","${NAME}9"]`);
    moored.down(`42["e","${NAME}8"]`);
    moored.lose();
    const effects = moored.dialled("b");
    expect(connects(effects)).toMatchObject([{ token: "t", pid: "p" }]);
    const replay = replayIn(effects);
    expect(replay).toMatchObject({ dial: "DDDDDDDDDDDDDDDD", record: "newer", last: `${NAME}8` });
    expect([...(replay?.seen ?? [])]).toEqual([["AAAAAAAAAAAAAAAA", 9]]);
  });

  test("hears nothing of an answer with the pid that it has", () => {
    expect(delivered(rehomed().down(ANSWER))).toEqual([]);
  });

  test("gets what it has missed with that answer, in order, and not before", () => {
    const moored = rehomed();
    expect(delivered([...moored.down('42["a"]'), ...moored.down('42["b"]')])).toEqual([]);
    expect(delivered(moored.down(ANSWER))).toEqual(['42["a"]', '42["b"]']);
  });

  test("gets nothing of what precedes an answer that never comes, as that origin is lost too", () => {
    const moored = rehomed();
    moored.down('42["a"]');
    moored.lose();
    moored.pass(1000);
    moored.dialled("c");
    expect(delivered(moored.down(ANSWER))).toEqual([]);
  });

  test("does not count as seen what it was never given", () => {
    const moored = rehomed();
    moored.down(`42["a","${NAME}5"]`);
    moored.lose();
    moored.pass(1000);
    expect([...(replayIn(moored.dialled("c"))?.seen ?? ["none"])]).toEqual([]);
  });

  test("keeps the record that it came with until its next origin's answer", () => {
    const moored = rehomed();
    moored.down(formatNote({ type: "record", nsp: "/", record: "unanswered" }));
    moored.lose();
    moored.pass(1000);
    expect(replayIn(moored.dialled("c"))?.record).toBe("sealed");
  });

  test("ends with its session when the answer has another pid, and hears nothing of it", () => {
    const moored = rehomed();
    expect(delivered(moored.down(OTHER_ANSWER))).toEqual([]);
    expect(moored.end).toBe("not recovered");
  });

  test("ends with its session when the answer has none", () => {
    const moored = rehomed();
    moored.down('40{"sid":"x"}');
    expect(moored.end).toBe("not recovered");
  });

  test("is told that it is connected anew, where that is asked for, before what came with it", () => {
    const moored = rehomed(new MooredSession({ onUnrecovered: "connect" }).recoverable());
    moored.down('42["welcome",1]');
    expect(delivered(moored.down(OTHER_ANSWER))).toEqual([OTHER_ANSWER, '42["welcome",1]']);
    moored.lose();
    moored.pass(1000);
    expect(connects(moored.dialled("c"))).toEqual([{ pid: "x", offset: "" }]);
  });

  test.each(["close", "connect"] as const)(
    "never hears that its CONNECT is refused, as its client would stay connected to nothing: %s",
    (onUnrecovered) => {
      const moored = rehomed(new MooredSession({ onUnrecovered }).recoverable());
      expect(delivered(moored.down('44{"message":"token expired"}'))).toEqual([]);
      expect(moored.end).toBe("refused by the next origin");
    },
  );

  test("ends with its session when the dial is refused, so that its client comes with fresh credentials", () => {
    const moored = new MooredSession().recoverable();
    moored.lose();
    moored.handle({ type: "dial-failed", why: "refused" });
    expect(moored.end).toBe("refused by the next origin");
  });
});

describe("a CONNECT that was not answered when its origin was lost", () => {
  test("is sent again as the client had sent it, and its answer passed on after what precedes it", () => {
    const moored = new MooredSession();
    moored.up('40{"token":"t"}');
    moored.down('42["too early"]');
    moored.lose();
    expect(connects(moored.dialled("b"))).toEqual([{ token: "t" }]);
    expect(delivered(moored.down('42["missed"]'))).toEqual([]);
    expect(delivered(moored.down(ANSWER))).toEqual(['42["missed"]', ANSWER]);
  });

  test("is sent again with the pid by which its client came back by itself", () => {
    const moored = new MooredSession();
    moored.up('40{"pid":"mine","offset":"o"}');
    moored.lose();
    expect(connects(moored.dialled("b"))).toEqual([{ pid: "mine", offset: "o" }]);
  });

  test("is refused as it would have been by the first", () => {
    const moored = new MooredSession();
    moored.up("40");
    moored.lose();
    moored.dialled("b");
    expect(delivered(moored.down('44{"message":"no"}'))).toEqual(['44{"message":"no"}']);
    expect(moored.end).toBeUndefined();
  });
});

describe("what a client sends while its session has no origin", () => {
  test("goes in order, after the answer", () => {
    const moored = new MooredSession().recoverable();
    moored.lose();
    moored.up('42["a"]');
    moored.up('42["b"]');
    expect(forwarded(moored.dialled("b"))).toHaveLength(1);
    expect(forwarded(moored.up('42["c"]'))).toEqual([]);
    expect(forwarded(moored.down(ANSWER))).toEqual(['42["a"]', '42["b"]', '42["c"]']);
  });

  test("goes after the answer of its own namespace, not another's", () => {
    const moored = new MooredSession().recoverable().joined("/b");
    moored.lose();
    moored.up('42/b,["b"]');
    moored.up('42["a"]');
    moored.dialled("b");
    expect(forwarded(moored.down(ANSWER))).toEqual(['42["a"]']);
    expect(forwarded(moored.up('42["on"]'))).toEqual(['42["on"]']);
    expect(forwarded(moored.down('40/b,{"sid":"t","pid":"q"}'))).toEqual(['42/b,["b"]']);
  });

  test("ends the session when it is more than is kept, and says so", () => {
    const moored = new MooredSession({ holdBytes: 150 }).recoverable();
    moored.lose();
    moored.up('42["0123"]');
    moored.up('42["0123"]');
    expect(moored.end).toBeUndefined();
    moored.up("42[]");
    expect(moored.end).toBe("more held for an origin than MAX_HOLD_BYTES");
  });
});

test("a session's client keeps its first ping values, and has the smaller maxPayload", () => {
  const moored = new MooredSession({ maxPayload: 1000 }).recoverable();
  moored.lose();
  const dialled = { type: "dialled", dial: "DDDDDDDDDDDDDDDD", silenceMs: 9 } as const;
  moored.handle({ ...dialled, origin: "b", maxPayload: 100 });
  expect(moored.session.limits).toMatchObject({ maxPayload: 100, pingInterval: 25_000 });
  moored.lose();
  moored.pass(1000);
  moored.handle({ ...dialled, origin: "c", maxPayload: 500 });
  expect(moored.session.limits.maxPayload).toBe(100);
});
