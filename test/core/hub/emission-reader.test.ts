import { describe, expect, test } from "vitest";
import type { ValueReader } from "../../../src/core/hub/emission-reader.ts";
import { readEmissions } from "../../../src/core/hub/emission-reader.ts";
import { MAX_EMISSIONS, MAX_NAME_CHARACTERS, MAX_ROOMS } from "../../../src/wire/hub/emission.ts";

/** Any text but "bad" is good, and data is its JSON. */
const VALUES: ValueReader = {
  read(value, place, faults) {
    if (value === "bad") faults.push(`${place}: expected no "bad".`);
    return value;
  },
  encode: (values) => JSON.stringify(values),
};

const ALL = { rooms: [], except: [] };

function read(body: unknown) {
  return readEmissions(body, VALUES);
}

function faultsOf(body: unknown) {
  const answer = read(body);
  return answer.type === "bad" ? answer.faults : [];
}

describe("what an emission says", () => {
  test.each([
    [
      "an event for all",
      { event: "hello" },
      { type: "event", nsp: "/", to: ALL, flags: {}, isKept: true, data: '["hello"]' },
    ],
    [
      "all that an event can have",
      {
        op: "emit",
        nsp: "/chat",
        rooms: ["a", "b"],
        except: ["c"],
        event: "hello",
        args: [1, { a: null }],
        flags: { volatile: false, compress: false },
      },
      {
        type: "event",
        nsp: "/chat",
        to: { rooms: ["a", "b"], except: ["c"] },
        flags: { volatile: false, compress: false },
        isKept: true,
        data: '["hello",1,{"a":null}]',
      },
    ],
    [
      "a volatile event, which is not kept for those who are away",
      { event: "", flags: { volatile: true } },
      { type: "event", nsp: "/", to: ALL, flags: { volatile: true }, isKept: false, data: '[""]' },
    ],
    [
      "socketsJoin",
      { op: "socketsJoin", rooms: ["a"], join: ["b", "c"] },
      { type: "join", nsp: "/", to: { rooms: ["a"], except: [] }, rooms: ["b", "c"] },
    ],
    [
      "socketsLeave",
      { op: "socketsLeave", except: ["a"], leave: ["b"] },
      { type: "leave", nsp: "/", to: { rooms: [], except: ["a"] }, rooms: ["b"] },
    ],
    [
      "disconnectSockets",
      { op: "disconnectSockets" },
      { type: "disconnect", nsp: "/", to: ALL, close: false },
    ],
    [
      "disconnectSockets with their connections",
      { op: "disconnectSockets", rooms: ["a"], close: true },
      { type: "disconnect", nsp: "/", to: { rooms: ["a"], except: [] }, close: true },
    ],
    [
      "serverSideEmit",
      { op: "serverSideEmit", nsp: "/chat", event: "disconnect", args: ["x"] },
      { type: "server-event", nsp: "/chat", data: '["disconnect","x"]' },
    ],
  ])("%s", (_, emission, content) => {
    const emissions = [{ content, key: undefined }];
    expect(read(emission)).toEqual({ type: "read", emissions });
    expect(read([emission, { ...emission, key: "k~1" }])).toEqual({
      type: "read",
      emissions: [...emissions, { content, key: "k~1" }],
    });
  });
});

const LONG = "x".repeat(MAX_NAME_CHARACTERS + 1);
const NSP =
  'expected a namespace: "/", or a text that begins with it, of at most 1024 characters, got';
const ROOM = "expected a text of at most 1024 characters, got";
const OPS =
  'op: expected one of "emit", "socketsJoin", "socketsLeave", "disconnectSockets", "serverSideEmit", got';

describe("refuses, with the place and what was expected there,", () => {
  test.each([
    ["a text", "hello", 'body: expected an object, got "hello".'],
    ["nothing", undefined, "body: expected an object, got nothing."],
    ["null", null, "body: expected an object, got null."],
    ["no operation of the list", { op: "fetchSockets" }, `${OPS} "fetchSockets".`],
    ["an inherited name", { op: "constructor" }, `${OPS} "constructor".`],
    ["a number for one", { op: 1 }, `${OPS} 1.`],
    ["a namespace without its slash", { event: "e", nsp: "chat" }, `nsp: ${NSP} "chat".`],
    ["an empty namespace", { event: "e", nsp: "" }, `nsp: ${NSP} "".`],
    ["one room for a list", { event: "e", rooms: "a" }, 'rooms: expected a list, got "a".'],
    ["a number for a room", { event: "e", rooms: ["a", 5] }, `rooms[1]: ${ROOM} 5.`],
    ["a long room", { event: "e", except: [LONG] }, `except[0]: ${ROOM} "${"x".repeat(80)}"....`],
    [
      "many rooms",
      { event: "e", rooms: Array.from({ length: MAX_ROOMS + 1 }, () => "a") },
      "rooms: expected at most 1000 of them, got 1001.",
    ],
    [
      "arguments that are no list",
      { event: "e", args: {} },
      "args: expected a list, got a value of type object.",
    ],
    ["an argument", { event: "e", args: [1, "bad"] }, 'args[1]: expected no "bad".'],
    ["flags", { event: "e", flags: [] }, "flags: expected an object, got a list of 0."],
    [
      "an unknown flag",
      { event: "e", flags: { local: true } },
      'flags: expected no other fields than "volatile", "compress", got "local".',
    ],
    [
      "a flag's text",
      { event: "e", flags: { volatile: "true" } },
      'flags.volatile: expected true or false, got "true".',
    ],
    [
      "a key with a space",
      { event: "e", key: "a b" },
      'key: expected 1 to 256 ASCII characters, none of them a space, got "a b".',
    ],
    [
      "null for a key",
      { event: "e", key: null },
      "key: expected 1 to 256 ASCII characters, none of them a space, got null.",
    ],
    [
      "no rooms to join",
      { op: "socketsJoin" },
      "join: expected a list with at least 1 of them, got nothing.",
    ],
    [
      "no rooms to leave",
      { op: "socketsLeave", leave: [] },
      "leave: expected a list with at least 1 of them, got a list of 0.",
    ],
    [
      "a wish for no number",
      { op: "disconnectSockets", close: 1 },
      "close: expected true or false, got 1.",
    ],
    [
      "a field of another operation",
      { op: "serverSideEmit", event: "e", rooms: ["a"] },
      'body: expected no other fields than "op", "nsp", "key", "event", "args", got "rooms".',
    ],
    [
      "an inherited field",
      JSON.parse('{"event":"e","__proto__":{"rooms":["a"]}}'),
      'body: expected no other fields than "op", "nsp", "key", "rooms", "except", "event", "args", "flags", got "__proto__".',
    ],
    ["an empty list", [], "body: expected 1 to 1000 emissions, got 0."],
    [
      "a long list",
      Array.from({ length: MAX_EMISSIONS + 1 }, () => ({ event: "e" })),
      "body: expected 1 to 1000 emissions, got 1001.",
    ],
    ["a list in a list", [[{ event: "e" }]], "[0]: expected an object, got a list of 1."],
    ["one of several", [{ event: "e" }, { event: "e", rooms: [1] }], `[1].rooms[0]: ${ROOM} 1.`],
  ])("%s", (_, body: unknown, fault) => {
    expect(faultsOf(body)).toEqual([fault]);
  });

  test.each(["connect", "connect_error", "disconnect", "disconnecting", "newListener"])(
    "the event %s, which is Socket.IO's own",
    (event) => {
      expect(faultsOf({ event })).toEqual([expect.stringContaining(`got "${event}".`)]);
    },
  );

  test.each(["connect", "connection", "new_namespace"])(
    "the servers' event %s, which is their own",
    (event) => {
      expect(faultsOf({ op: "serverSideEmit", event })).toEqual([
        expect.stringContaining(`got "${event}".`),
      ]);
    },
  );

  test("several things at once, but no more than ten of them", () => {
    expect(faultsOf({ event: 1, nsp: 2, args: ["bad"], key: "" })).toHaveLength(4);
    expect(faultsOf(Array.from({ length: 100 }, () => ({})))).toHaveLength(10);
  });
});
