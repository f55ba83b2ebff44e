import { describe, expect, test } from "vitest";
import { delivered, forwarded, MooredSession } from "./moored-session.ts";

const ANSWER = '40{"sid":"s","pid":"p"}';

function lost(moored = new MooredSession().recoverable()): MooredSession {
  moored.lose();
  return moored;
}

/** At its next origin, which has not answered. */
function replaying(): MooredSession {
  const moored = lost();
  moored.dialled("b");
  return moored;
}

describe("a client that leaves a namespace", () => {
  test("while it is replayed says so to the origin after the answer, with what it had sent before", () => {
    const moored = replaying();
    expect(forwarded([...moored.up('42["last"]'), ...moored.up("41")])).toEqual([]);
    expect(forwarded(moored.down(ANSWER))).toEqual(['42["last"]', "41"]);
  });

  test("while its CONNECT is not answered says so after the answer", () => {
    const moored = new MooredSession();
    moored.up("40");
    expect(forwarded(moored.up("41"))).toEqual([]);
    expect(forwarded(moored.down(ANSWER))).toEqual(["41"]);
  });

  test("while there is no origin is not brought to the next, nor is what it had sent", () => {
    const moored = lost(new MooredSession().recoverable().joined("/b"));
    moored.up('42/b,["b"]');
    moored.up("41/b,");
    const sent = [...moored.dialled("b"), ...moored.down(ANSWER)];
    expect(forwarded(sent)).toEqual([expect.stringMatching(/^40\{/)]);
  });

  test("while there is no origin, and comes again, comes by a CONNECT of its own", () => {
    const moored = lost(new MooredSession().recoverable().joined("/b"));
    moored.up("41/b,");
    moored.up('40/b,{"pid":"q","offset":"o"}');
    const sent = [...moored.dialled("b"), ...moored.down(ANSWER)];
    expect(forwarded(sent)).toEqual([expect.stringMatching(/^40\{/), "40/b,{}"]);
    const answer = '40/b,{"sid":"u","pid":"r"}';
    expect(delivered(moored.down(answer))).toEqual([answer]);
  });

  test("comes to it anew, even if no origin has heard that it left", () => {
    const moored = replaying();
    moored.up("41");
    moored.up('40{"pid":"p","offset":"o"}');
    expect(forwarded(moored.down(ANSWER))).toEqual(["41"]);
    expect(forwarded(moored.pass(10))).toEqual(["40{}"]);
  });

  test("comes to it in a later frame than it has left it in", () => {
    const moored = new MooredSession().recoverable();
    expect(forwarded(moored.up("41"))).toEqual(["41"]);
    expect(forwarded(moored.up("40"))).toEqual([]);
    expect(forwarded(moored.pass(9))).toEqual([]);
    expect(forwarded(moored.pass(1))).toEqual(["40"]);
  });

  test("comes to it anew once: what it has learnt there counts the next time", () => {
    const moored = new MooredSession().recoverable();
    moored.up("41");
    moored.pass(10);
    moored.up("40");
    moored.down('40{"sid":"u","pid":"r"}');
    moored.down("41");
    const back = '40{"pid":"r","offset":"o"}';
    expect(forwarded(moored.up(back))).toEqual([back]);
  });

  test("has not left what it was not in", () => {
    const moored = new MooredSession().recoverable();
    moored.up("41/b,");
    const back = '40/b,{"pid":"q","offset":"o"}';
    expect(forwarded(moored.up(back))).toEqual([back]);
  });

  test("need not wait to come to another one", () => {
    const moored = new MooredSession().recoverable();
    moored.up("41");
    expect(forwarded(moored.up("40/b,"))).toEqual(["40/b,"]);
  });

  test("is not asked about it at a later loss", () => {
    const moored = new MooredSession().recoverable().joined("/b");
    moored.up("41/b,");
    moored.lose();
    expect(forwarded(moored.dialled("b"))).toEqual([expect.stringMatching(/^40\{/)]);
  });

  test("has no answers of it to wait for", () => {
    const moored = new MooredSession().recoverable().joined("/b");
    moored.up('42/b,0["question"]');
    moored.up("41/b,");
    moored.lose();
    expect(moored.end).toBeUndefined();
  });
});

describe("a client that sends what a server would end its connection for", () => {
  test("sends one CONNECT where it has sent two, and the first answer serves", () => {
    const moored = new MooredSession();
    expect(forwarded([...moored.up("40"), ...moored.up("40")])).toEqual(["40"]);
    expect(delivered(moored.down(ANSWER))).toEqual([ANSWER]);
  });

  const STRAYS = ['42/b,["x"]', '43/b,0["x"]', "41/b,"];

  test("has it judged by its first origin, which closes the session as it would without an edge", () => {
    const moored = new MooredSession().recoverable();
    expect(forwarded(STRAYS.flatMap((packet) => [...moored.up(packet)]))).toEqual(STRAYS);
  });

  test("sends nothing to a later origin for a namespace that nobody has", () => {
    const moored = lost(new MooredSession().recoverable());
    moored.dialled("b");
    moored.answered();
    expect(forwarded(STRAYS.flatMap((packet) => [...moored.up(packet)]))).toEqual([]);
    expect(forwarded(moored.up('42["x"]'))).toEqual(['42["x"]']);
  });

  test("sends nothing for a namespace that has refused it meanwhile", () => {
    const moored = new MooredSession().recoverable();
    moored.up("40/b,");
    moored.up('42/b,["x"]');
    expect(forwarded(moored.down('44/b,{"message":"no"}'))).toEqual([]);
  });
});

describe("a DISCONNECT of the origin", () => {
  test("before the answer counts: the client gets what came before it, and is not brought on", () => {
    const moored = lost(new MooredSession().recoverable().joined("/b"));
    moored.dialled("b");
    moored.down(ANSWER);
    moored.down('42/b,["last"]');
    expect(delivered(moored.down("41/b,"))).toEqual(['42/b,["last"]', "41/b,"]);
    moored.lose();
    moored.pass(1000);
    expect(forwarded(moored.dialled("c"))).toEqual([expect.stringMatching(/^40\{/)]);
  });

  test("drops what is held for the namespace, but for a CONNECT", () => {
    const moored = replaying();
    moored.up('42["for the old one"]');
    moored.up("41");
    moored.up("40");
    expect(forwarded(moored.down("41"))).toEqual(["40"]);
  });

  test("while a CONNECT waits for its answer is the former socket's, and the client hears nothing", () => {
    const moored = new MooredSession().recoverable();
    moored.up("41");
    moored.up("40");
    moored.pass(10);
    expect(delivered(moored.down("41"))).toEqual([]);
    expect(delivered(moored.down(ANSWER))).toEqual([ANSWER]);
  });

  test("leaves nothing that an answer could be owed for", () => {
    const moored = new MooredSession().recoverable().joined("/b");
    moored.up('42/b,0["question"]');
    moored.down("41/b,");
    moored.lose();
    expect(moored.end).toBeUndefined();
  });
});

test("what comes down for a namespace that its client has left goes nowhere", () => {
  const moored = new MooredSession().recoverable();
  moored.up("41");
  expect(delivered(moored.down('42["late"]'))).toEqual([]);
});
