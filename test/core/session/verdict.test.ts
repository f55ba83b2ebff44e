import { describe, expect, test } from "vitest";
import type { Cause } from "../../../src/core/session/cause.ts";
import { causeOfOriginEnd, Causes } from "../../../src/core/session/cause.ts";
import type { Effect } from "../../../src/core/session/session.ts";
import { formatNote } from "../../../src/wire/recovery/note.ts";
import { forwarded, MooredSession } from "./moored-session.ts";

const SHUT = 1005; // RFC 6455, 7.1.5: a close without a code
const TOO_LARGE = 1009;
const LOST = 1006;

function types(effects: readonly Effect[]): string[] {
  return effects.map(({ type }) => type);
}

function ended(moored: MooredSession, code: number): string[] {
  return types(moored.handle({ type: "origin-ended", cause: causeOfOriginEnd(code) }));
}

/** A session of a stock server's: nobody has told the edge how it could go on elsewhere. */
function stock(): MooredSession {
  const moored = new MooredSession();
  moored.up("40");
  moored.down('40{"sid":"s"}');
  return moored;
}

describe("a link that ends without a close", () => {
  test("is lost: another origin is dialled, and the client hears nothing", () => {
    expect(ended(new MooredSession().recoverable(), LOST)).toEqual(["dial"]);
  });

  test("ends the session of a server that can't recover", () => {
    const moored = stock();
    expect(ended(moored, LOST)).toContain("close-socket");
    expect(moored.end).toBe("origin lost");
  });

  test("dials another for that, too, where clients are to hear a second CONNECT", () => {
    const moored = new MooredSession({ onUnrecovered: "connect" });
    moored.up("40");
    moored.down('40{"sid":"s"}');
    expect(ended(moored, LOST)).toEqual(["dial"]);
  });
});

describe("a link that is closed without a code", () => {
  test("has its origin asked whether it lives, the client hearing nothing meanwhile", () => {
    expect(ended(new MooredSession().recoverable(), SHUT)).toEqual(["ask-origin"]);
  });

  test("was meant for this session, by an origin that lives", () => {
    const moored = new MooredSession().recoverable();
    ended(moored, SHUT);
    const effects = moored.handle({ type: "origin-asked", isAlive: true });
    expect(types(effects)).toEqual(["close-socket", "end"]);
  });

  test("is lost with an origin that does not, as planned: it counts for nothing", () => {
    const moored = new MooredSession().recoverable();
    ended(moored, SHUT);
    moored.handle({ type: "origin-asked", isAlive: false });
    moored.now += 1000;
    moored.handle({ type: "time-passed" });
    expect([moored.dials, moored.session.moorings.losses]).toEqual([1, []]);
  });

  test("is lost with an origin that has said that it closes: nobody is asked", () => {
    const moored = new MooredSession().recoverable();
    moored.down(formatNote({ type: "closing" }));
    expect(ended(moored, SHUT)).not.toContain("ask-origin");
    moored.now += 1000;
    moored.handle({ type: "time-passed" });
    expect([moored.dials, moored.end]).toEqual([1, undefined]);
  });

  test("ends at once the session that could go nowhere else anyway", () => {
    const moored = stock();
    expect(ended(moored, SHUT)).not.toContain("ask-origin");
    expect(moored.end).toBe("");
  });
});

describe("a server that says goodbye", () => {
  test("to the last namespace and closes has ended the client's connection", () => {
    const moored = new MooredSession().recoverable();
    expect(types(moored.down("41"))).toEqual(["send"]);
    expect(ended(moored, SHUT)).toEqual(["close-socket", "end"]);
  });

  test("to a namespace alone leaves the rest as it is", () => {
    const moored = new MooredSession().recoverable();
    moored.up("40/b,");
    moored.down('40/b,{"sid":"t","pid":"q"}');
    expect(types(moored.down("41/b,"))).toEqual(["send"]);
    expect(forwarded(moored.up('42["still here"]'))).toEqual(['42["still here"]']);
  });
});

test("a frame over the limit ends the session: no other origin would take it", () => {
  const moored = new MooredSession().recoverable();
  expect(ended(moored, TOO_LARGE)).toEqual(["close-socket", "end"]);
  expect(moored.end).toBe("payload too large");
});

test("an origin that is silent for too long is left, as lost", () => {
  const moored = new MooredSession({ silenceMs: 1000 }).recoverable();
  moored.now += 1001;
  const effects = moored.handle({ type: "time-passed" });
  expect(types(effects)).toEqual(["leave-origin", "dial"]);
});

test.each<[string, Cause]>([
  ["refuses as a namespace", Causes.replayRefused],
  ["has no memory of it", Causes.unrecovered],
])("a session that the next origin %s is closed, and not told so by a packet", (_title, cause) => {
  const moored = new MooredSession().recoverable();
  ended(moored, LOST);
  moored.dialled("b");
  const answer =
    cause === Causes.replayRefused ? '44{"message":"expired"}' : '40{"sid":"new","pid":"new"}';
  const effects = moored.down(answer);
  expect(types(effects)).toEqual(["leave-origin", "close-socket", "end"]);
  expect(moored.end).toBe(cause.text);
});
