import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Event } from "../../../src/core/session/session.ts";
import { spacesBytes } from "../../../src/core/session/spaces.ts";
import { keptBytes } from "../../../src/wire/packet.ts";
import { nextDeadline } from "../../../src/core/session/step.ts";
import { formatNote, formatParting } from "../../../src/wire/recovery/note.ts";
import { forwarded, MooredSession } from "./moored-session.ts";

const LOST: Event = { type: "origin-ended", cause: Causes.originLost };

describe("what a lost origin has not answered", () => {
  test("is asked once more, and not of a third: it may be what they were lost by", () => {
    const moored = new MooredSession({ onPendingAcks: "replay" }).recoverable();
    moored.up('420["kill"]');
    moored.handle(LOST);
    moored.dialled("b");
    expect(forwarded(moored.answered().effects).filter((p) => p === '420["kill"]')).toHaveLength(2);
    moored.now += 5000;
    moored.handle(LOST);
    expect(moored.end).toBe("acks pending");
  });

  test("is still to be asked when it was held while another was lost", () => {
    const moored = new MooredSession({ onPendingAcks: "replay" }).recoverable();
    moored.up('420["question"]');
    moored.handle(LOST);
    moored.dialled("b");
    moored.handle(LOST);
    moored.now += 1000;
    moored.handle({ type: "time-passed" });
    moored.dialled("c");
    const before = moored.effects.length;
    moored.answered();
    expect(forwarded(moored.effects.slice(before))).toEqual(['420["question"]']);
    moored.down('430["answer"]');
    moored.now += 5000;
    moored.handle(LOST);
    expect(moored.end).toBeUndefined();
  });
});

test("an origin is told of as lost, though its session ends by what it owed", () => {
  const moored = new MooredSession().recoverable();
  moored.up('420["question"]');
  moored.handle(LOST);
  expect(moored.end).toBe("acks pending");
  expect(moored.session.mooring).toMatchObject({ phase: "ended", cause: Causes.originLost });
});

describe("a session whose origins are lost again and again", () => {
  test("is moored no more than three times a minute, and not within a second of the last", () => {
    const moored = new MooredSession().recoverable();
    for (const [i, name] of ["b", "c", "d"].entries()) {
      moored.handle(LOST);
      expect(moored.dials).toBe(i === 0 ? 1 : i);
      moored.now += 1000;
      moored.handle({ type: "time-passed" });
      expect(moored.dials).toBe(i + 1);
      moored.dialled(name);
      moored.answered();
    }
    moored.handle(LOST);
    expect(moored.end).toBe("origins lost too often");
  });

  test("goes on when a minute lies between the first and the fourth", () => {
    const moored = new MooredSession({ silenceMs: 1e9 }).recoverable();
    for (const name of ["b", "c", "d", "e"]) {
      moored.handle(LOST);
      moored.dialled(name);
      moored.answered();
      moored.now += 20_001;
    }
    expect(moored.end).toBeUndefined();
  });
});

describe("a session whose next origin does not answer its CONNECT", () => {
  test("is closed when the grace for its loss is over, though that origin goes on pinging", () => {
    const moored = new MooredSession({ lossGraceMs: 5000 }).recoverable();
    moored.handle(LOST);
    moored.dialled("b");
    for (let i = 0; i < 5; i++) {
      moored.now += 1000;
      moored.down("2");
      expect(moored.end).toBeUndefined();
      moored.handle({ type: "time-passed" });
    }
    expect(moored.end).toBe("unanswered by the next origin");
  });

  test("and what comes down meanwhile counts among what is kept for it", () => {
    const moored = new MooredSession().recoverable();
    moored.handle(LOST);
    moored.dialled("b");
    moored.down('42["missed",1]');
    expect(spacesBytes(moored.session.spaces)).toBe(keptBytes('42["missed",1]'));
    moored.answered();
    expect(spacesBytes(moored.session.spaces)).toBe(0);
  });
});

test("a session without an origin waits for nothing that only an origin could end", () => {
  const moored = new MooredSession().recoverable();
  moored.up("40/b,");
  moored.down('40/b,{"sid":"t","pid":"q"}');
  moored.up("41/b,");
  moored.handle(LOST);
  moored.up('42["held"]');
  moored.now += 1000;
  moored.handle({ type: "time-passed" });
  expect(nextDeadline(moored.session)).toBeGreaterThan(moored.now);
});

describe("a move waits for no answer", () => {
  test("of a namespace that has ended, whoever ended it", () => {
    for (const goodbye of ["client", "origin"] as const) {
      const moored = new MooredSession().recoverable();
      moored.up("40/b,");
      moored.down(formatNote({ type: "record", nsp: "/b", record: "sealed" }));
      moored.down('40/b,{"sid":"t","pid":"q"}');
      moored.down('42/b,0["question"]');
      moored.up('42/b,0["question"]');
      if (goodbye === "client") moored.up("41/b,");
      else moored.down("41/b,");
      expect(moored.handle({ type: "move-wanted" })).toEqual([
        { type: "forward", packet: formatParting(1) },
      ]);
    }
  });

  test("but of each namespace by itself, for each counts from nought", () => {
    const moored = new MooredSession().recoverable();
    moored.up("40/b,");
    moored.down(formatNote({ type: "record", nsp: "/b", record: "sealed" }));
    moored.down('40/b,{"sid":"t","pid":"q"}');
    moored.down('420["question"]');
    moored.down('42/b,0["question"]');
    moored.up('43/b,0["answer"]');
    expect(moored.handle({ type: "move-wanted" })).toEqual([]);
    expect(forwarded(moored.up('430["answer"]'))).toEqual(['430["answer"]', formatParting(1)]);
  });
});

test("a session that finds no origin dials at ever longer intervals, up to a second", () => {
  const moored = new MooredSession().recoverable();
  moored.handle(LOST);
  const begin = moored.now;
  const at: number[] = [];
  while (moored.end === undefined && at.length < 5) {
    moored.handle({ type: "dial-failed", why: "unreachable" });
    moored.now = nextDeadline(moored.session) ?? 0;
    moored.handle({ type: "time-passed" });
    at.push(moored.now - begin);
  }
  expect(at).toEqual([250, 750, 1750, 2750, 3750]);
  expect(moored.dials).toBe(6);
});
