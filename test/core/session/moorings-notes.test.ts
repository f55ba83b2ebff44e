import { describe, expect, test } from "vitest";
import type { Effect } from "../../../src/core/session/session.ts";
import { formatNote } from "../../../src/wire/recovery/note.ts";
import { delivered, forwarded, MooredSession } from "./moored-session.ts";

const ANSWER = '40{"sid":"s","pid":"p"}';
const YOUNG = formatNote({ type: "refused", nsp: "/", why: "young" });

function excepts(effects: readonly Effect[]): unknown[] {
  return effects.flatMap((effect) => (effect.type === "dial" ? [effect.except] : []));
}

describe("an origin whose past is too short", () => {
  test("is left for the next one at once, and not dialled again", () => {
    const moored = new MooredSession().recoverable();
    moored.lose();
    moored.dialled("b");
    expect(excepts(moored.down(YOUNG))).toEqual([["b"]]);
    moored.dialled("c");
    expect(excepts(moored.down(YOUNG))).toEqual([["b", "c"]]);
    moored.dialled("d");
    moored.down(ANSWER);
    expect(moored.end).toBeUndefined();
    expect(moored.session.mooring).toMatchObject({ origin: "d" });
  });

  test("is dialled again a moment later, since it may have been about to hear of it", () => {
    const moored = new MooredSession().recoverable();
    moored.lose();
    moored.dialled("b");
    moored.down(YOUNG);
    moored.handle({ type: "dial-failed", why: "none" });
    expect(excepts(moored.pass(250))).toEqual([[]]);
    moored.dialled("b");
    moored.down(ANSWER);
    expect(moored.end).toBeUndefined();
    expect(moored.session.mooring).toMatchObject({ origin: "b" });
  });

  test.each(["none", "unreachable"] as const)(
    "ends the session when it has been too young in four rounds, and others are %s",
    (why) => {
      const moored = new MooredSession().recoverable();
      moored.lose();
      // Rounds in which nobody answers say nothing of it.
      for (const delayMs of [250, 500, 1000, 1000]) {
        moored.handle({ type: "dial-failed", why: "unreachable" });
        moored.pass(delayMs);
      }
      for (let round = 1; round <= 4; round++) {
        expect(moored.end).toBeUndefined();
        moored.dialled("b");
        moored.down(YOUNG);
        moored.handle({ type: "dial-failed", why });
        moored.pass(1000);
      }
      expect(moored.end).toBe("not recovered");
    },
  );

  test("ends the session of a client that it owes an answer in another namespace", () => {
    const moored = new MooredSession().recoverable().joined("/b");
    moored.lose();
    moored.dialled("b");
    moored.down('40/b,{"sid":"t","pid":"q"}');
    moored.up('42/b,0["question"]');
    moored.down(YOUNG);
    expect(moored.end).toBe("acks pending");
  });

  test("is no loss of its own", () => {
    const moored = new MooredSession().recoverable();
    moored.lose();
    for (const name of ["b", "c", "d", "e"]) {
      moored.dialled(name);
      moored.down(YOUNG);
    }
    expect(moored.end).toBeUndefined();
  });

  test("gets nothing of what is held, which goes to the next one", () => {
    const moored = new MooredSession().recoverable();
    moored.lose();
    moored.up('42["held"]');
    moored.dialled("b");
    expect(forwarded(moored.down(YOUNG))).toEqual([]);
    moored.dialled("c");
    expect(forwarded(moored.down(ANSWER))).toEqual(['42["held"]']);
  });
});

describe("a session", () => {
  test("ends when its client lives elsewhere", () => {
    const moored = new MooredSession().recoverable();
    moored.down(formatNote({ type: "gone", nsp: "/" }));
    expect(moored.session.transport).toMatchObject({ cause: { reason: "superseded" } });
  });

  test.each(["moved", "disconnected", "expired", "unreadable"] as const)(
    "ends when the next origin refuses it: %s",
    (why) => {
      const moored = new MooredSession().recoverable();
      moored.lose();
      moored.dialled("b");
      moored.down(formatNote({ type: "refused", nsp: "/", why }));
      expect(moored.end).toBe("not recovered");
    },
  );

  test("heeds no note about a namespace that its client has left", () => {
    const moored = new MooredSession().recoverable();
    moored.down(formatNote({ type: "gone", nsp: "/b" }));
    moored.down(formatNote({ type: "refused", nsp: "/b", why: "moved" }));
    expect(moored.end).toBeUndefined();
  });

  test("lets its client see no note, and its origin none of its client's", () => {
    const moored = new MooredSession().recoverable();
    const note = formatNote({ type: "record", nsp: "/", record: "forged" });
    expect(delivered(moored.down(note))).toEqual([]);
    expect(forwarded(moored.up(note))).toEqual([]);
  });

  test("of which the record is withdrawn ends with its origin", () => {
    const moored = new MooredSession().recoverable();
    moored.down(formatNote({ type: "record", nsp: "/" }));
    moored.lose();
    expect(moored.end).toBe("origin lost");
  });

  test("of which one namespace can't be recovered ends with its origin", () => {
    const moored = new MooredSession().recoverable();
    moored.up("40/b,");
    moored.down('40/b,{"sid":"t","pid":"q"}');
    moored.lose();
    expect(moored.end).toBe("origin lost");
  });

  test("without a namespace ends with its origin", () => {
    const moored = new MooredSession();
    moored.lose();
    expect(moored.end).toBe("origin lost");
  });
});

describe("where the client stands", () => {
  test("is told by names of the origin's, and by no text of an application that has records", () => {
    const moored = new MooredSession().recoverable();
    moored.down('42["e","~AAAAAAAAAAAAAAAA:5"]');
    moored.down('42["chat","good night"]');
    expect(moored.session.spaces.byName["/"]).toMatchObject({ last: "~AAAAAAAAAAAAAAAA:5" });
  });

  test("is told by the last name of all and by the highest of each stream", () => {
    const moored = new MooredSession().recoverable();
    for (const name of ["~AAAAAAAAAAAAAAAA:5", "~BBBBBBBBBBBBBBBB/d:1", "~AAAAAAAAAAAAAAAA:3"]) {
      moored.down(`42["e","${name}"]`);
    }
    expect(moored.session.spaces.byName["/"]).toMatchObject({
      seen: { AAAAAAAAAAAAAAAA: 5, "BBBBBBBBBBBBBBBB/d": 1 },
      last: "~AAAAAAAAAAAAAAAA:3",
    });
  });

  test("is told by nothing that a stock server's application says, and nothing of it is kept", () => {
    const moored = new MooredSession();
    moored.up("40");
    moored.down('40{"sid":"s"}');
    for (let i = 0; i < 10; i++) moored.down(`42["chat","~AAAAAAAAAAAAAAA${i}:1"]`);
    expect(moored.session.spaces.byName["/"]).toMatchObject({ seen: {}, last: "" });
  });

  test("begins with the offset by which it came back, where it was recovered", () => {
    const moored = new MooredSession();
    moored.up('40{"pid":"p","offset":"~AAAAAAAAAAAAAAAA:5"}');
    moored.answered();
    expect(moored.session.spaces.byName["/"]).toMatchObject({ last: "~AAAAAAAAAAAAAAAA:5" });
  });
});

describe("a session of which the edge does not read what it says", () => {
  test("is passed on as it is, and ends with its origin", () => {
    const moored = new MooredSession();
    expect(forwarded(moored.up("4not by the default parser"))).toHaveLength(1);
    expect(delivered(moored.down("4nor is this"))).toEqual(["4nor is this"]);
    expect(forwarded(moored.up("40"))).toEqual(["40"]);
    moored.lose();
    expect(moored.end).toBe("origin lost");
  });

  test("as its CONNECT is more than is kept, is passed on from then on, with what had to wait", () => {
    const moored = new MooredSession({ holdBytes: 1e6, queueBytes: 1e6, creditBytes: 1e9 });
    moored.up("40");
    moored.up('42["early"]');
    moored.down('42["waits"]');
    const large = `40/b,{"token":"${"x".repeat(65_536)}"}`;
    const effects = moored.up(large);
    expect(forwarded(effects)).toEqual(['42["early"]', large]);
    expect(delivered(effects)).toEqual(['42["waits"]']);
    expect(forwarded(moored.up('42["on"]'))).toEqual(['42["on"]']);
  });

  test("ends, where its acks are in a range of their own already", () => {
    const moored = new MooredSession({ holdBytes: 1e6 }).recoverable();
    moored.down('420["question"]');
    moored.lose();
    moored.dialled("b");
    moored.down(ANSWER);
    moored.up(`40/b,{"token":"${"x".repeat(65_536)}"}`);
    expect(moored.end).toBe("not recovered");
  });

  test("keeps of the namespaces that its client has left no more than of those that it is in", () => {
    const moored = new MooredSession({ creditBytes: 1e9 }).recoverable();
    for (let i = 0; i < 300; i++) {
      moored.joined(`/${i}`);
      moored.up(`41/${i},`);
    }
    expect(moored.session.spaces.left).toHaveLength(256);
    expect(moored.session.spaces.left.at(-1)).toBe("/299");
  });
});
