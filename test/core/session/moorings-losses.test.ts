import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Event } from "../../../src/core/session/session.ts";
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
