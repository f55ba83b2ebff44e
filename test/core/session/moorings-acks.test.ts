import { describe, expect, test } from "vitest";
import { bytes } from "../../wire/bytes.ts";
import { delivered, forwarded, MooredSession } from "./moored-session.ts";

const ANSWER = '40{"sid":"s","pid":"p"}';
const PLACEHOLDER = '{"_placeholder":true,"num":0}';

function next(moored: MooredSession, origin: string): void {
  moored.lose();
  moored.pass(1000);
  moored.dialled(origin);
  moored.down(ANSWER);
}

describe("the questions of several origins", () => {
  test("go down by ids that none of the others had, and the answers go up by the origin's own", () => {
    const moored = new MooredSession().recoverable();
    expect(delivered(moored.down('421["a"]'))).toEqual(['421["a"]']);
    next(moored, "b");
    expect(delivered(moored.down('420["b"]'))).toEqual(['422["b"]']);
    next(moored, "c");
    expect(delivered(moored.down('420["c"]'))).toEqual(['423["c"]']);
    expect(forwarded(moored.up('431["answers a"]'))).toEqual([]);
    expect(forwarded(moored.up('432["answers b"]'))).toEqual([]);
    expect(forwarded(moored.up('433["answers c"]'))).toEqual(['430["answers c"]']);
  });

  test("that have not gone down take up no ids", () => {
    const moored = new MooredSession().recoverable();
    moored.lose();
    moored.dialled("b");
    moored.down('425["never given"]');
    next(moored, "c");
    expect(delivered(moored.down('420["c"]'))).toEqual(['420["c"]']);
  });

  test("have no answers that were on their way when they were lost", () => {
    const moored = new MooredSession().recoverable();
    moored.down('420["a"]');
    moored.lose();
    moored.up('430["answers a"]');
    moored.dialled("b");
    moored.down('420["missed"]');
    expect(forwarded(moored.down(ANSWER))).toEqual([]);
    expect(forwarded(moored.up('431["answers b"]'))).toEqual(['430["answers b"]']);
  });

  test("keep their attachments, as the answers do", () => {
    const moored = new MooredSession().recoverable();
    moored.down('420["a"]');
    next(moored, "b");
    moored.down(`451-0["b",${PLACEHOLDER}]`);
    expect(delivered(moored.down(bytes(1)))).toEqual([`451-1["b",${PLACEHOLDER}]`, bytes(1)]);
    moored.up(`461-1[${PLACEHOLDER}]`);
    expect(forwarded(moored.up(bytes(2)))).toEqual([`461-0[${PLACEHOLDER}]`, bytes(2)]);
  });
});

describe("a message with attachments", () => {
  test("goes whole, either way", () => {
    const moored = new MooredSession().recoverable();
    const head = `451-["b",${PLACEHOLDER}]`;
    expect(forwarded(moored.up(head))).toEqual([]);
    expect(forwarded(moored.up(bytes(1)))).toEqual([head, bytes(1)]);
    expect(delivered(moored.down(head))).toEqual([]);
    expect(delivered(moored.down(bytes(2)))).toEqual([head, bytes(2)]);
  });

  test("of a client's that was under way goes to the next origin, whole", () => {
    const moored = new MooredSession().recoverable();
    const head = `452-["b",${PLACEHOLDER},{"_placeholder":true,"num":1}]`;
    moored.up(head);
    moored.up(bytes(1));
    moored.lose();
    moored.up(bytes(2));
    moored.dialled("b");
    expect(forwarded(moored.down(ANSWER))).toEqual([head, bytes(1), bytes(2)]);
  });

  test("of an origin's that was under way when it was lost is dropped", () => {
    const moored = new MooredSession().recoverable();
    moored.down(`451-["b",${PLACEHOLDER}]`);
    next(moored, "b");
    expect(delivered(moored.down('42["text"]'))).toEqual(['42["text"]']);
  });

  test("of an origin's that its client has missed comes whole, before the answer", () => {
    const moored = new MooredSession().recoverable();
    moored.lose();
    moored.dialled("b");
    const head = `451-["b",${PLACEHOLDER}]`;
    moored.down(head);
    expect(delivered(moored.down(bytes(1)))).toEqual([]);
    expect(delivered(moored.down(ANSWER))).toEqual([head, bytes(1)]);
  });

  test("of a client with forceBase64 is one, too", () => {
    const moored = new MooredSession().recoverable();
    moored.lose();
    moored.up(`451-["b",${PLACEHOLDER}]`);
    moored.up("bAQ==");
    moored.dialled("b");
    expect(forwarded(moored.down(ANSWER))).toEqual([`451-["b",${PLACEHOLDER}]`, "bAQ=="]);
  });
});
