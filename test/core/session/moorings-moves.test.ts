import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Effect, Event } from "../../../src/core/session/session.ts";
import { formatNote } from "../../../src/wire/recovery/note.ts";
import { formatParting } from "../../../src/wire/recovery/note.ts";
import { delivered, forwarded, MooredSession } from "./moored-session.ts";

const ANSWER = '40{"sid":"s","pid":"p"}';
const WANTED: Event = { type: "move-wanted" };
const CLOSED: Event = { type: "origin-ended", cause: Causes.originClosed };

/** Of servers with another adapter that can recover. */
function ofOthers(): MooredSession {
  const moored = new MooredSession();
  moored.up("40");
  moored.down(ANSWER);
  moored.down('42["first","1700000000000-0"]');
  return moored;
}

/** Has begun to leave its first origin. */
function leaving(moored = new MooredSession().recoverable()): MooredSession {
  moored.handle(WANTED);
  moored.down(formatNote({ type: "parted", n: 1 }));
  return moored;
}

function exceptIn(effects: readonly Effect[]): unknown {
  return effects.find(({ type }) => type === "dial");
}

describe("a planned move", () => {
  test("holds events and CONNECTs, and lets the acks pass that it waits for", () => {
    const moored = new MooredSession().recoverable();
    moored.down('420["question"]');
    expect(moored.handle(WANTED)).toEqual([]);
    const held = ['42["event"]', "40/b,", "41"].flatMap((packet) => [...moored.up(packet)]);
    expect(forwarded(held)).toEqual([]);
    expect(forwarded(moored.up('430["answer"]'))).toEqual(['430["answer"]', formatParting(1)]);
  });

  test("holds no second CONNECT of a namespace that waits for its answer: the first's serves", () => {
    const moored = new MooredSession().recoverable();
    moored.up("40/b,");
    moored.handle(WANTED);
    moored.up("40/b,");
    moored.down('40/b,{"sid":"t","pid":"q"}');
    expect(forwarded(moored.pass(2000))).toEqual([]);
  });

  test("is put off by a client that sends more than may be held: its origin is there", () => {
    const moored = new MooredSession({ holdBytes: 300 }).recoverable();
    moored.down('420["question"]');
    moored.handle(WANTED);
    const large = `42["${"x".repeat(100)}"]`;
    expect(forwarded(moored.up(large))).toEqual([]);
    const effects = moored.up(large);
    expect(effects).toContainEqual({ type: "put-off" });
    expect(forwarded(effects)).toEqual([large, large]);
    expect(moored.end).toBeUndefined();
  });

  test("is put off, and what waits for a namespace's answer still ends a session when it is too much", () => {
    const moored = new MooredSession({ holdBytes: 300 }).recoverable();
    moored.up("40/b,");
    moored.handle(WANTED);
    const large = `42/b,["${"x".repeat(100)}"]`;
    moored.up(large);
    moored.up(large);
    expect(moored.end).toBe("more held for an origin than MAX_HOLD_BYTES");
  });

  test("waits for what the client has asked", () => {
    const moored = ofOthers();
    moored.up('427["question"]');
    expect(moored.handle(WANTED)).toEqual([]);
    expect(moored.down('437["answer"]')).toContainEqual({ type: "close-origin" });
  });

  test("waits for the rest of a message, either way", () => {
    const up = ofOthers();
    up.up('451-["b",{"_placeholder":true,"num":0}]');
    expect(up.handle(WANTED)).toEqual([]);
    const down = ofOthers();
    down.down('451-["b",{"_placeholder":true,"num":0}]');
    expect(down.handle(WANTED)).toEqual([]);
    expect(down.down(new ArrayBuffer(1))).toContainEqual({ type: "close-origin" });
  });

  test("waits for the answer to a replayed CONNECT", () => {
    const moored = ofOthers();
    leaving(moored).handle(CLOSED);
    moored.pass(250);
    moored.dialled("b");
    expect(moored.handle(WANTED)).toEqual([]);
    expect(moored.down(ANSWER)).toContainEqual({ type: "close-origin" });
  });

  test("that a crash overtakes leaves what was asked before what was held", () => {
    const moored = new MooredSession({ onPendingAcks: "replay" }).recoverable();
    moored.up('420["question"]');
    moored.handle(WANTED);
    moored.up('42["held"]');
    moored.lose();
    moored.dialled("b");
    expect(forwarded(moored.down(ANSWER))).toEqual(['420["question"]', '42["held"]']);
  });

  test("waits for the answer to a CONNECT", () => {
    const moored = new MooredSession();
    moored.up("40");
    expect(moored.handle(WANTED)).toEqual([]);
    expect(moored.down(ANSWER)).toContainEqual({ type: "close-origin" });
  });

  test("is put off after two seconds, and what was held goes to the origin that stays", () => {
    const moored = ofOthers();
    moored.up('420["question"]');
    moored.handle(WANTED);
    moored.up('42["held"]');
    expect(moored.pass(1999)).toEqual([]);
    const putOff = moored.pass(1);
    expect(putOff).toContainEqual({ type: "put-off" });
    expect(forwarded(putOff)).toEqual(['42["held"]']);
  });

  test("delivers what the old origin still sends, and dials when that has ended", () => {
    const moored = leaving();
    expect(delivered(moored.down('42["late",1]'))).toEqual(['42["late",1]']);
    expect(exceptIn([...moored.handle(CLOSED), ...moored.pass(19)])).toBeUndefined();
    expect(exceptIn(moored.pass(1))).toEqual({ type: "dial", except: ["a"] });
  });

  test("dials after a second, though the old origin never closes", () => {
    const moored = leaving();
    expect(moored.pass(999)).toEqual([]);
    expect(moored.pass(1)).toContainEqual({ type: "leave-origin", cause: Causes.moved });
    expect(exceptIn(moored.pass(50))).toEqual({ type: "dial", except: ["a"] });
  });

  test("answers no ping of an origin that it has closed the connection to", () => {
    expect(leaving().down("2")).toEqual([]);
  });

  test("is done with other adapters by their own offset", () => {
    const moored = ofOthers();
    moored.down('42["e","1700000000000-0"]');
    leaving(moored).handle(CLOSED);
    moored.pass(250);
    const replay = '40{"pid":"p","offset":"1700000000000-0"}';
    expect(forwarded(moored.dialled("b"))).toEqual([replay]);
    expect(delivered(moored.down(ANSWER))).toEqual([]);
    expect(moored.end).toBeUndefined();
  });

  test("is not done where servers recover nothing", () => {
    const stock = new MooredSession();
    stock.up("40");
    stock.down('40{"sid":"s"}');
    expect(stock.handle(WANTED)).toEqual([{ type: "put-off" }]);
  });

  test("counts among no losses, and need not be a second from the last", () => {
    const moored = new MooredSession().recoverable();
    for (let i = 0; i < 5; i++) {
      leaving(moored).handle(CLOSED);
      expect(exceptIn(moored.pass(20))).toBeDefined();
      moored.dialled(`o${i}`);
      moored.answered();
    }
    expect(moored.end).toBeUndefined();
  });
});

describe("an origin that ends the connection by itself", () => {
  test("is asked whether it lives, and means the session if it does", () => {
    const moored = new MooredSession().recoverable();
    expect(moored.handle(CLOSED)).toEqual([{ type: "ask-origin" }]);
    moored.handle({ type: "origin-asked", isAlive: true });
    expect(moored.session.transport).toMatchObject({ cause: Causes.originClosed });
  });

  test("is lost if it does not live, and the last to be dialled", () => {
    const moored = new MooredSession().recoverable();
    moored.handle(CLOSED);
    moored.handle({ type: "origin-asked", isAlive: false });
    expect(exceptIn(moored.pass(20))).toEqual({ type: "dial", except: ["a"] });
  });

  test("is not asked when it has said that it would", () => {
    const moored = new MooredSession().recoverable();
    moored.down(formatNote({ type: "closing" }));
    expect(moored.handle(CLOSED)).toEqual([]);
    expect(exceptIn(moored.pass(20))).toEqual({ type: "dial", except: ["a"] });
  });

  test("has closed the session when it has disconnected its namespaces before", () => {
    const moored = new MooredSession().recoverable();
    expect(delivered(moored.down("41"))).toEqual(["41"]);
    moored.handle(CLOSED);
    expect(moored.session.transport).toMatchObject({ cause: Causes.originClosed });
  });

  test("as too much was sent to it, has closed the session", () => {
    const moored = new MooredSession().recoverable();
    moored.handle({ type: "origin-ended", cause: Causes.originTooLarge });
    expect(moored.end).toBe("payload too large");
  });
});

test("a crash ends the sessions of other adapters, as it leaves them no time to be written down", () => {
  const moored = ofOthers();
  moored.lose();
  expect(moored.end).toBe("origin lost");
});

describe("a session of another adapter's that has got what it missed without offsets", () => {
  const OFFSET = "665f1c2b9a3d4e5f60718293";

  function missing(missed: string, offset = OFFSET): MooredSession {
    const moored = ofOthers();
    moored.down(`42["first","${offset}"]`);
    moored.handle(WANTED);
    moored.handle(CLOSED);
    moored.pass(250);
    moored.dialled("b");
    moored.down(missed);
    moored.down(ANSWER);
    return moored;
  }

  test.each(['42["told",1]', '42["told","a text"]', '42["told"]'])(
    "is not moved, since it would have them again, until its place is known: %s",
    (missed) => {
      const moored = missing(missed);
      expect(moored.handle(WANTED)).toEqual([{ type: "put-off" }]);
      moored.down('42["next","665f1c2b9a3d4e5f60718299"]');
      expect(moored.handle(WANTED)).toContainEqual({ type: "close-origin" });
    },
  );

  test.each([
    ['42["told",1,"665f1c2b9a3d4e5f60718294"]', OFFSET],
    ['42["told",1,"1700000000001-0"]', "1700000000000-0"],
  ])("is moved where they have them: %s", (missed, offset) => {
    const moored = missing(missed, offset);
    expect(moored.handle(WANTED)).toContainEqual({ type: "close-origin" });
  });
});
