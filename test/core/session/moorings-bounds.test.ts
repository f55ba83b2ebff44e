import { describe, expect, test } from "vitest";
import { unanswered } from "../../../src/core/session/spaces.ts";
import { delivered, forwarded, MooredSession } from "./moored-session.ts";

const ANSWER = '40{"sid":"s","pid":"p"}';
const MANY = 100_000;
const TWO_ATTACHED = '452-["b",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
/** Of a message of four bytes that is kept: with what a packet takes in memory beside them. */
const KEPT_BYTES = 68;

describe("a hundred thousand small messages that have to wait take no minutes", () => {
  test("of a client whose CONNECT is not answered", () => {
    const moored = new MooredSession({ holdBytes: MANY * KEPT_BYTES });
    moored.up("40");
    for (let i = 0; i < MANY; i++) moored.up("42[]");
    expect(moored.down(ANSWER).filter(({ type }) => type === "forward")).toHaveLength(MANY);
  });

  test("of a client who comes and goes meanwhile", () => {
    const moored = new MooredSession({ holdBytes: 1e9 }).recoverable();
    moored.lose();
    for (let i = 0; i < MANY; i++) moored.up("42[]");
    for (let i = 0; i < MANY; i++) {
      moored.up("40/b,");
      moored.up("41/b,");
    }
    expect(moored.end).toBeUndefined();
  });

  test("of a client who is refused elsewhere again and again", () => {
    const moored = new MooredSession({ holdBytes: 1e9, creditBytes: 1e9 });
    moored.up("40");
    for (let i = 0; i < MANY; i++) moored.up("42[]");
    for (let i = 0; i < MANY; i++) {
      moored.up("40/b,");
      moored.up("42/b,[]");
      moored.down('44/b,{"message":"no"}');
    }
    expect(moored.down(ANSWER).filter(({ type }) => type === "forward")).toHaveLength(MANY);
  });

  test("of attachments", () => {
    const moored = new MooredSession({ queueBytes: 1e9 }).recoverable();
    moored.up(`45${MANY}-["b"]`);
    for (let i = 1; i < MANY; i++) moored.up(new ArrayBuffer(0));
    expect(forwarded(moored.up(new ArrayBuffer(0)))).toHaveLength(MANY + 1);
  });

  test("of an origin before its answer", () => {
    const moored = new MooredSession({ queueBytes: MANY * KEPT_BYTES });
    moored.up("40");
    for (let i = 0; i < MANY; i++) moored.down("42[]");
    moored.down(ANSWER);
    expect(moored.end).toBeUndefined();
    expect(moored.session.down.bytes).toBeGreaterThan(MANY);
  });
});

describe("what waits for an answer", () => {
  test("of a client's ends its session when it is more than may be held", () => {
    const moored = new MooredSession({ holdBytes: 25 * KEPT_BYTES });
    moored.up("40");
    for (let i = 0; i < 25; i++) moored.up("42[]");
    expect(moored.end).toBeUndefined();
    moored.up("42[]");
    expect(moored.end).toBe("more held for an origin than MAX_HOLD_BYTES");
  });

  test("of an origin's ends the session when it is more than may be queued", () => {
    const moored = new MooredSession({ queueBytes: 25 * KEPT_BYTES });
    moored.up("40");
    for (let i = 0; i < 25; i++) moored.down("42[]");
    expect(moored.end).toBeUndefined();
    moored.down("42[]");
    expect(moored.end).toBe("origin's packet larger than MAX_QUEUE_BYTES");
  });

  test("is of no more namespaces than are kept", () => {
    const moored = new MooredSession({ holdBytes: 1e6 }).recoverable();
    moored.lose();
    for (let i = 0; i < 256; i++) moored.up(`40/${i},`);
    expect(moored.end).toBeUndefined();
    moored.up("40/256,");
    expect(moored.end).toBe("more held for an origin than MAX_HOLD_BYTES");
  });

  test("is one message, with its attachments, when it is more than may be held", () => {
    const moored = new MooredSession({ holdBytes: 300 }).recoverable();
    moored.lose();
    moored.up(TWO_ATTACHED);
    moored.up(new ArrayBuffer(101));
    expect(moored.end).toBeUndefined();
    moored.up(new ArrayBuffer(101));
    expect(moored.end).toBe("more held for an origin than MAX_HOLD_BYTES");
  });
});

describe("a message with its attachments", () => {
  test("of a client's goes to its origin, though it is more than may be held without one", () => {
    const moored = new MooredSession({ holdBytes: 300 }).recoverable();
    const attachment = new ArrayBuffer(301);
    moored.up(TWO_ATTACHED);
    moored.up(attachment);
    expect(forwarded(moored.up(attachment))).toEqual([TWO_ATTACHED, attachment, attachment]);
  });

  test("of a client's ends the session when it is more than may wait to be complete", () => {
    const moored = new MooredSession({ queueBytes: 300 }).recoverable();
    moored.up(TWO_ATTACHED);
    moored.up(new ArrayBuffer(301));
    expect(moored.end).toBe("payload too large");
  });

  test("of no bytes is kept within the same", () => {
    const moored = new MooredSession({ queueBytes: 1000 }).recoverable();
    moored.up('45999999-["b"]');
    for (let i = 0; i < 20; i++) moored.up(new ArrayBuffer(0));
    expect(moored.end).toBe("payload too large");
  });

  test("of an origin's ends the session when it is more than may be queued", () => {
    const moored = new MooredSession({ queueBytes: 100 }).recoverable();
    moored.down(TWO_ATTACHED);
    moored.down(new ArrayBuffer(60));
    expect(moored.end).toBe("origin's packet larger than MAX_QUEUE_BYTES");
  });
});

describe("questions", () => {
  test("of a client's count for ten seconds", () => {
    const late = new MooredSession({ silenceMs: 1e9 }).recoverable();
    late.up('420["question"]');
    late.now += 10_000;
    late.lose();
    expect(late.end).toBeUndefined();
    const early = new MooredSession({ silenceMs: 1e9 }).recoverable();
    early.up('420["question"]');
    early.now += 9999;
    early.lose();
    expect(early.end).toBe("acks pending");
  });

  test("of a client's count on while their origin is silent: it may have hung since before them", () => {
    const moored = new MooredSession({ silenceMs: 45_000 }).recoverable();
    moored.up('420["question"]');
    for (const ms of [20_000, 20_000]) {
      moored.up("3");
      moored.pass(ms);
    }
    moored.up('421["question"]');
    moored.pass(5000);
    expect(moored.end).toBe("acks pending");
  });

  test("of a client's count no more when their origin, which lives, has not answered them in ten seconds", () => {
    const moored = new MooredSession({ silenceMs: 20_000 }).recoverable();
    moored.up('420["question"]');
    moored.now += 10_000;
    moored.down('42["on"]');
    moored.pass(10_000);
    expect(moored.dials).toBe(1);
    expect(moored.end).toBeUndefined();
  });

  test("that an origin is silent on are asked again, however old, where that is asked for", () => {
    const limits = { silenceMs: 20_000, onPendingAcks: "replay" } as const;
    const moored = new MooredSession(limits).recoverable();
    moored.up('420["question"]');
    moored.pass(20_000);
    moored.dialled("b");
    expect(forwarded(moored.down(ANSWER))).toEqual(['420["question"]']);
  });

  test("of a client's count up to 256, and of an origin's as many", () => {
    const moored = new MooredSession({ creditBytes: 1e9 }).recoverable();
    for (let i = 0; i < 300; i++) {
      moored.up(`42${i}["question"]`);
      moored.down(`42${i}["question"]`);
    }
    const { asked, acks } = moored.session.spaces;
    expect(asked.map(({ ack }) => ack).at(0)).toBe(44);
    expect(asked).toHaveLength(256);
    expect(acks.open).toHaveLength(256);
    expect(unanswered(acks.open, moored.now)).toHaveLength(256);
  });

  test("that have been answered count no more", () => {
    const moored = new MooredSession().recoverable();
    moored.up('425["question"]');
    moored.down('435["answer"]');
    moored.lose();
    expect(moored.end).toBeUndefined();
  });

  test("are given up by those who keep time themselves", () => {
    const moored = new MooredSession({ onPendingAcks: "keep" }).recoverable();
    moored.up('420["question"]');
    moored.lose();
    moored.dialled("b");
    expect(moored.end).toBeUndefined();
    expect(forwarded(moored.down(ANSWER))).toEqual([]);
  });

  test("are asked again before what was sent after them, where that is asked for", () => {
    const moored = new MooredSession({ onPendingAcks: "replay" }).recoverable();
    moored.up('420["question"]');
    moored.lose();
    moored.up('42["held"]');
    moored.dialled("b");
    expect(forwarded(moored.down(ANSWER))).toEqual(['420["question"]', '42["held"]']);
    expect(delivered(moored.down('430["answer"]'))).toEqual(['430["answer"]']);
  });
});

describe("a session that finds no origin", () => {
  test("is kept for its grace, and then ends as it would have at once", () => {
    const moored = new MooredSession({ lossGraceMs: 5000 }).recoverable();
    moored.lose();
    moored.pass(4999);
    expect(moored.end).toBeUndefined();
    moored.pass(1);
    expect(moored.end).toBe("origin lost");
  });

  test("has one grace for the search, however many origins are lost in it", () => {
    const moored = new MooredSession({ lossGraceMs: 5000 }).recoverable();
    moored.lose();
    moored.pass(3000);
    moored.dialled("b");
    moored.lose();
    moored.pass(1999);
    expect(moored.end).toBeUndefined();
    moored.pass(1);
    expect(moored.end).toBe("origin lost");
  });

  test("has all of it again when it has found one between", () => {
    const moored = new MooredSession({ lossGraceMs: 5000 }).recoverable();
    moored.lose();
    moored.pass(3000);
    moored.dialled("b");
    moored.down(ANSWER);
    moored.lose();
    moored.pass(4999);
    expect(moored.end).toBeUndefined();
  });
});

test("an origin that is silent for too long is left as one that is lost", () => {
  const moored = new MooredSession({ silenceMs: 3000 }).recoverable();
  expect(moored.pass(2999)).toEqual([]);
  expect(moored.pass(1)).toMatchObject([
    { type: "leave-origin", cause: { text: "origin silent" } },
    { type: "dial", except: ["a"] },
  ]);
  expect(moored.session.moorings.losses).toHaveLength(1);
});
