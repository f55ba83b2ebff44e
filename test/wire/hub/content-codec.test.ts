import { describe, expect, test } from "vitest";
import type {
  Address,
  Content,
  Handover,
  Request,
  Response,
  SessionRecord,
} from "../../../src/wire/hub/content.ts";
import {
  decodeContent,
  decodeRecord,
  decodeRequest,
  decodeResponse,
  encodeContent,
  encodeRecord,
  encodeRequest,
  encodeResponse,
} from "../../../src/wire/hub/content-codec.ts";
import { directStream } from "../../../src/wire/hub/vector.ts";
import { uid } from "./anything.ts";

const A = uid("AAAAAAAAAAAAAAAA");
const EVERYBODY: Address = { rooms: [], except: [] };
const BYTES = Uint8Array.of(0x91, 0x01);

/** A body as it travels: the length of the header in front, data of text and bytes behind. */
function body(header: string, ...data: readonly (string | Uint8Array)[]): Uint8Array {
  const length = Buffer.byteLength(header);
  const number = length < 128 ? [length] : [(length & 127) | 128, length >> 7];
  const parts = [Uint8Array.from(number), header, ...data];
  return Uint8Array.from(Buffer.concat(parts.map((part) => Buffer.from(part))));
}

const CONTENTS: readonly (readonly [Uint8Array, Content])[] = [
  [
    body(`{"type":"event","nsp":"/","kept":true,"data":{"json":5}}`, `["a"]`),
    { type: "event", nsp: "/", to: EVERYBODY, flags: {}, isKept: true, data: `["a"]` },
  ],
  [
    body(
      `{"type":"event","nsp":"/é","rooms":["r"],"except":["x","y"],"volatile":true,"compress":false,"kept":false,"data":{"msgpack":2}}`,
      BYTES,
    ),
    {
      type: "event",
      nsp: "/é",
      to: { rooms: ["r"], except: ["x", "y"] },
      flags: { volatile: true, compress: false },
      isKept: false,
      data: BYTES,
    },
  ],
  [
    body(`{"type":"join","nsp":"/","rooms":["r"],"join":["s"]}`),
    { type: "join", nsp: "/", to: { rooms: ["r"], except: [] }, rooms: ["s"] },
  ],
  [
    body(`{"type":"leave","nsp":"/","except":["x"],"leave":[]}`),
    { type: "leave", nsp: "/", to: { rooms: [], except: ["x"] }, rooms: [] },
  ],
  [
    body(`{"type":"disconnect","nsp":"/","close":true}`),
    { type: "disconnect", nsp: "/", to: EVERYBODY, close: true },
  ],
  [
    body(`{"type":"server-event","nsp":"/","data":{"json":7}}`, `["a",1]`),
    { type: "server-event", nsp: "/", data: `["a",1]` },
  ],
  [
    body(
      `{"type":"notice","nsp":"/","sid":"s","place":{"birth":1700000000000,"moorings":2},"seen":{"AAAAAAAAAAAAAAAA":3,"AAAAAAAAAAAAAAAA/d":4}}`,
    ),
    {
      type: "notice",
      nsp: "/",
      sid: "s",
      place: { birth: 1_700_000_000_000, moorings: 2 },
      seen: new Map([
        [A, 3],
        [directStream(A), 4],
      ]),
    },
  ],
  [
    body(
      `{"type":"forward","nsp":"/","sid":"s","name":["AAAAAAAAAAAAAAAA/d",4],"data":{"json":0}}`,
    ),
    { type: "forward", nsp: "/", sid: "s", name: { stream: directStream(A), n: 4 }, data: "" },
  ],
];

const REQUESTS: readonly (readonly [Uint8Array, Request])[] = [
  [
    body(`{"type":"fetch-sockets","nsp":"/","rooms":["r"]}`),
    { type: "fetch-sockets", nsp: "/", to: { rooms: ["r"], except: [] } },
  ],
  [
    body(`{"type":"server-event","nsp":"/","data":{"json":5}}`, `["a"]`),
    { type: "server-event", nsp: "/", data: `["a"]` },
  ],
  [
    body(`{"type":"event","nsp":"/","compress":true,"timeoutMs":2.5,"data":{"msgpack":2}}`, BYTES),
    {
      type: "event",
      nsp: "/",
      to: EVERYBODY,
      flags: { compress: true },
      timeoutMs: 2.5,
      data: BYTES,
    },
  ],
  [
    body(`{"type":"ask","nsp":"/","pid":"p","offset":""}`),
    { type: "ask", nsp: "/", pid: "p", offset: "" },
  ],
];

const HANDOVER: Handover = {
  session: { sid: "s", pid: "p", rooms: ["s", "r"], data: `{"é":1}` },
  vector: new Map([[A, 7]]),
  tail: [
    { name: { stream: A, n: 6 }, data: `["a"]` },
    { name: { stream: directStream(A), n: 1 }, data: BYTES },
  ],
};

const RESPONSES: readonly (readonly [Uint8Array, Response])[] = [
  [body(`{"type":"none"}`), { type: "none" }],
  [body(`{"type":"sockets","data":{"json":2}}`, "[]"), { type: "sockets", data: "[]" }],
  [body(`{"type":"ack","data":{"msgpack":2}}`, BYTES), { type: "ack", data: BYTES }],
  [body(`{"type":"client-count","count":3}`), { type: "client-count", count: 3 }],
  [
    body(`{"type":"known","place":{"birth":1,"moorings":0}}`),
    { type: "known", place: { birth: 1, moorings: 0 }, handover: undefined },
  ],
  [
    body(
      `{"type":"known","place":{"birth":1,"moorings":0},"session":{"sid":"s","pid":"p","rooms":["s","r"],"data":{"json":8}},"vector":{"AAAAAAAAAAAAAAAA":7},"tail":[["AAAAAAAAAAAAAAAA",6,{"json":5}],["AAAAAAAAAAAAAAAA/d",1,{"msgpack":2}]]}`,
      `{"é":1}`,
      `["a"]`,
      BYTES,
    ),
    { type: "known", place: { birth: 1, moorings: 0 }, handover: HANDOVER },
  ],
];

const RECORD: SessionRecord = {
  nsp: "/",
  session: { sid: "s", pid: "p", rooms: ["s"], data: "{}" },
  place: { birth: 1, moorings: 2 },
  vector: new Map([[A, 3]]),
  at: 1_700_000_000_000,
  by: A,
};

const RECORD_BYTES = body(
  `{"nsp":"/","session":{"sid":"s","pid":"p","rooms":["s"],"data":{"json":2}},"place":{"birth":1,"moorings":2},"vector":{"AAAAAAAAAAAAAAAA":3},"at":1700000000000,"by":"AAAAAAAAAAAAAAAA"}`,
  "{}",
);

describe("a body", () => {
  test.each(CONTENTS)("of what is published is a header and data: %#", (bytes, content) => {
    expect(encodeContent(content)).toEqual(bytes);
    expect(decodeContent(bytes)).toEqual(content);
  });

  test.each(REQUESTS)("of a request is a header and data: %#", (bytes, request) => {
    expect(encodeRequest(request)).toEqual(bytes);
    expect(decodeRequest(bytes)).toEqual(request);
  });

  test.each(RESPONSES)("of a response is a header and data: %#", (bytes, response) => {
    expect(encodeResponse(response)).toEqual(bytes);
    expect(decodeResponse(bytes)).toEqual(response);
  });

  test("of a record is a header and data", () => {
    expect(encodeRecord(RECORD)).toEqual(RECORD_BYTES);
    expect(decodeRecord(RECORD_BYTES)).toEqual(RECORD);
  });

  test.each([
    ["nothing", new Uint8Array(0)],
    ["a header that ends early", body(`{"type":"none"}`).subarray(0, 9)],
    ["a header that isn't UTF-8", Uint8Array.of(1, 0xff)],
    ["a header that isn't JSON", body(`{"type":`)],
    ["a header that is a list", body(`["none"]`)],
    ["a header that is null", body("null")],
    ["a header nested very deep", body("[".repeat(10_000))],
    ["no type", body("{}")],
    ["a type that there isn't", body(`{"type":"constructor"}`)],
    ["data that are shorter than said", event(`{"json":3}`, "[]")],
    ["data that are longer than said", event(`{"json":1}`, "[]")],
    ["data that aren't UTF-8", event(`{"json":1}`, Uint8Array.of(0xff))],
    ["data of a negative length", event(`{"json":-1}`)],
    ["data of half a byte", event(`{"json":0.5}`)],
    ["data of two forms", event(`{"json":0,"msgpack":0}`)],
    ["data of another form", event(`{"xml":0}`)],
    ["data that aren't said to be somewhere", event(`[]`)],
    ["no data", body(`{"type":"server-event","nsp":"/"}`)],
    ["no namespace", body(`{"type":"disconnect","close":true}`)],
    ["a namespace that is a number", body(`{"type":"disconnect","nsp":1,"close":true}`)],
    ["a truth that is a number", body(`{"type":"disconnect","nsp":"/","close":1}`)],
    ["rooms that are a text", body(`{"type":"join","nsp":"/","rooms":"r","join":[]}`)],
    ["a room that is an object", body(`{"type":"join","nsp":"/","rooms":[{}],"join":[]}`)],
    ["no rooms to join", body(`{"type":"join","nsp":"/"}`)],
    [
      "a flag that is a text",
      body(`{"type":"event","nsp":"/","kept":true,"volatile":"","data":{"json":0}}`),
    ],
    ["a place without a birth", notice(`{"moorings":1}`, "{}")],
    ["a place before all time", notice(`{"birth":-1,"moorings":1}`, "{}")],
    ["a place that is null", notice("null", "{}")],
    ["a vector of no streams", notice(`{"birth":1,"moorings":1}`, `{"a":1}`)],
    ["a vector of half a number", notice(`{"birth":1,"moorings":1}`, `{"AAAAAAAAAAAAAAAA":1.5}`)],
    ["a vector that is a list", notice(`{"birth":1,"moorings":1}`, "[]")],
    ["an event 0", forward(`["AAAAAAAAAAAAAAAA",0]`)],
    ["an event of no stream", forward(`["AAAAAAAAAAAAAAA",1]`)],
    ["an event that is a text", forward(`"AAAAAAAAAAAAAAAA"`)],
    ["a text for a count", body(`{"type":"client-count","count":"1"}`)],
    ["a negative span", body(`{"type":"event","nsp":"/","timeoutMs":-1,"data":{"json":0}}`)],
    ["an ask without its offset", body(`{"type":"ask","nsp":"/","pid":"p"}`)],
    ["a session without data", known(`{"sid":"s","pid":"p","rooms":[]}`, "[]")],
    ["a session that is a text", known(`"s"`, "[]")],
    ["a tail that is none", known(`{"sid":"s","pid":"p","rooms":[],"data":{"json":0}}`, "{}")],
    [
      "a tail without data",
      known(`{"sid":"s","pid":"p","rooms":[],"data":{"json":0}}`, `[["AAAAAAAAAAAAAAAA",1]]`),
    ],
    ["a tail without names", known(`{"sid":"s","pid":"p","rooms":[],"data":{"json":0}}`, `[{}]`)],
    [
      "a record of nobody",
      body(
        `{"nsp":"/","session":{"sid":"s","pid":"p","rooms":[],"data":{"json":0}},"place":{"birth":1,"moorings":2},"vector":{},"at":1,"by":"A"}`,
      ),
    ],
  ])("is refused that has %s", (_, bytes) => {
    expect(decodeContent(bytes)).toBe(undefined);
    expect(decodeRequest(bytes)).toBe(undefined);
    expect(decodeResponse(bytes)).toBe(undefined);
    expect(decodeRecord(bytes)).toBe(undefined);
  });

  test("may have fields that nobody knows", () => {
    expect(decodeResponse(body(`{"type":"none","more":[1]}`))).toEqual({ type: "none" });
  });

  test("gives data that are a part of it, as a Buffer where it is one", () => {
    const bytes = Buffer.from(body(`{"type":"ack","data":{"msgpack":2}}`, BYTES));
    const response = decodeResponse(bytes);
    const data = response?.type === "ack" ? response.data : undefined;
    expect(Buffer.isBuffer(data) && data.buffer === bytes.buffer).toBe(true);
  });
});

describe("rooms of a JavaScript application", () => {
  test("that are numbers stay numbers", () => {
    expect(roundTrip([7, "7"])).toEqual({ rooms: [7, "7"], except: [] });
  });

  test("that are neither texts nor numbers fall out nowhere, so that nobody is reached, not everybody", () => {
    expect(roundTrip([undefined])).toEqual({ rooms: [null], except: [] });
    expect(roundTrip([{ id: 1 }, "a"])).toEqual({ rooms: [null, "a"], except: [] });
  });
});

function event(data: string, ...behind: readonly (string | Uint8Array)[]): Uint8Array {
  return body(`{"type":"server-event","nsp":"/","data":${data}}`, ...behind);
}

function notice(place: string, seen: string): Uint8Array {
  return body(`{"type":"notice","nsp":"/","sid":"s","place":${place},"seen":${seen}}`);
}

function forward(name: string): Uint8Array {
  return body(`{"type":"forward","nsp":"/","sid":"s","name":${name},"data":{"json":0}}`);
}

function known(session: string, tail: string): Uint8Array {
  return body(
    `{"type":"known","place":{"birth":1,"moorings":0},"session":${session},"vector":{},"tail":${tail}}`,
  );
}

function roundTrip(rooms: readonly unknown[]): Address {
  // @ts-expect-error -- what TypeScript refuses, JavaScript's applications do.
  const to: Address = { rooms, except: [] };
  const read = decodeContent(encodeContent({ type: "disconnect", nsp: "/", to, close: false }));
  return read?.type === "disconnect" ? read.to : EVERYBODY;
}
