import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Event } from "../../../src/core/session/session.ts";
import { formatNote } from "../../../src/wire/recovery/note.ts";
import { forwarded, MooredSession } from "./moored-session.ts";

const ANSWER = '40{"sid":"s","pid":"p"}';
const WANTED: Event = { type: "move-wanted" };
const CLOSED: Event = { type: "origin-ended", cause: Causes.originClosed };

describe("a move whose time is over", () => {
  const overdue: Event = { type: "move-overdue", cause: Causes.drained };

  test("begins at once, though an origin waits for its client's answer", () => {
    const moored = new MooredSession().recoverable();
    moored.down('420["question"]');
    moored.handle(WANTED);
    moored.up('42["held"]');
    expect(moored.handle(overdue)).toEqual([{ type: "close-origin" }]);
    moored.handle(CLOSED);
    moored.pass(20);
    moored.dialled("b");
    expect(forwarded(moored.down(ANSWER))).toEqual(['42["held"]']);
    expect(moored.end).toBeUndefined();
  });

  test("ends a session whose client waits for an answer, and none whose client is not to count on it", () => {
    const counting = new MooredSession().recoverable();
    counting.up('420["question"]');
    counting.handle(overdue);
    expect(counting.end).toBe("origin drained");
    const keeping = new MooredSession({ onPendingAcks: "keep" }).recoverable();
    keeping.up('420["question"]');
    expect(keeping.handle(overdue)).toEqual([{ type: "close-origin" }]);
  });

  test("ends a session that can't go elsewhere", () => {
    const moored = new MooredSession();
    moored.up("40");
    moored.down('40{"sid":"s"}');
    moored.handle(overdue);
    expect(moored.end).toBe("origin drained");
  });

  test("changes nothing of a session that is on its way already", () => {
    const moored = new MooredSession().recoverable();
    moored.handle(WANTED);
    moored.down(formatNote({ type: "parted", n: 1 }));
    expect(moored.handle(overdue)).toEqual([]);
    moored.handle(CLOSED);
    expect(moored.handle(overdue)).toEqual([]);
    expect(moored.end).toBeUndefined();
  });
});

describe("a session that its origin wants to leave", () => {
  const LEAVE = formatNote({ type: "leave" });

  test("goes at once, and what its client sends is for the next one", () => {
    const moored = new MooredSession({ onPendingAcks: "keep" }).recoverable();
    moored.up('420["question"]');
    expect(moored.down(LEAVE)).toEqual([{ type: "close-origin" }]);
    expect(forwarded(moored.up('42["held"]'))).toEqual([]);
    moored.handle(CLOSED);
    moored.pass(20);
    moored.dialled("b");
    expect(forwarded(moored.down(ANSWER))).toEqual(['42["held"]']);
  });

  test("stays for as long as it may, where its client waits for an answer of that one", () => {
    const moored = new MooredSession().recoverable();
    moored.up('420["question"]');
    expect(moored.down(LEAVE)).toEqual([]);
    expect(moored.end).toBeUndefined();
  });
});
