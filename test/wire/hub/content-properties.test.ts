import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type {
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
import type { Body } from "../../../src/wire/hub/message.ts";
import {
  anyDamage,
  anyNumber,
  anyOrdinal,
  anyStream,
  anyStreamVector,
  anyUid,
  damaged,
} from "./anything.ts";

const anyText = fc.string({ unit: "binary", maxLength: 12 });
const anyRooms = fc.array(anyText, { maxLength: 3 });
const anyAddress = fc.record({ rooms: anyRooms, except: anyRooms });
const anyData = fc.oneof(anyText, fc.uint8Array({ maxLength: 40 }));
const anyFlags = fc.record(
  { volatile: fc.boolean(), compress: fc.boolean() },
  { requiredKeys: [] },
);
const anyPlace = fc.record({ birth: anyNumber, moorings: anyNumber });
const anyName = fc.record({ stream: anyStream, n: anyOrdinal });
const anySession = fc.record({ sid: anyText, pid: anyText, rooms: anyRooms, data: anyData });

const anyContent: fc.Arbitrary<Content> = fc.oneof(
  fc.record({
    type: fc.constant("event"),
    nsp: anyText,
    to: anyAddress,
    flags: anyFlags,
    isKept: fc.boolean(),
    data: anyData,
  }),
  fc.record({
    type: fc.constantFrom("join", "leave"),
    nsp: anyText,
    to: anyAddress,
    rooms: anyRooms,
  }),
  fc.record({
    type: fc.constant("disconnect"),
    nsp: anyText,
    to: anyAddress,
    close: fc.boolean(),
  }),
  fc.record({ type: fc.constant("server-event"), nsp: anyText, data: anyData }),
  fc.record({
    type: fc.constant("notice"),
    nsp: anyText,
    sid: anyText,
    place: anyPlace,
    seen: anyStreamVector,
  }),
  fc.record({
    type: fc.constant("forward"),
    nsp: anyText,
    sid: anyText,
    name: anyName,
    data: anyData,
  }),
);

const anyRequest: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ type: fc.constant("fetch-sockets"), nsp: anyText, to: anyAddress }),
  fc.record({ type: fc.constant("server-event"), nsp: anyText, data: anyData }),
  fc.record({
    type: fc.constant("event"),
    nsp: anyText,
    to: anyAddress,
    flags: anyFlags,
    timeoutMs: anyNumber,
    data: anyData,
  }),
  fc.record({ type: fc.constant("ask"), nsp: anyText, pid: anyText, offset: anyText }),
);

const anyHandover: fc.Arbitrary<Handover> = fc.record({
  session: anySession,
  vector: anyStreamVector,
  tail: fc.array(fc.record({ name: anyName, data: anyData }), { maxLength: 4 }),
});

const anyResponse: fc.Arbitrary<Response> = fc.oneof(
  fc.record({ type: fc.constant("none") }),
  fc.record({ type: fc.constantFrom("sockets", "ack"), data: anyData }),
  fc.record({ type: fc.constant("client-count"), count: anyNumber }),
  fc.record({
    type: fc.constant("known"),
    place: anyPlace,
    handover: fc.option(anyHandover, { nil: undefined }),
  }),
);

const anyRecord: fc.Arbitrary<SessionRecord> = fc.record({
  nsp: anyText,
  session: anySession,
  place: anyPlace,
  vector: anyStreamVector,
  at: anyNumber,
  by: anyUid,
});

describeAll("contents", anyContent, encodeContent, decodeContent);
describeAll("requests", anyRequest, encodeRequest, decodeRequest);
describeAll("responses", anyResponse, encodeResponse, decodeResponse);
describeAll("records", anyRecord, encodeRecord, decodeRecord);

function describeAll<Value extends object>(
  name: string,
  any: fc.Arbitrary<Value>,
  encode: (value: Value) => Uint8Array,
  decode: (bytes: Body) => Value | undefined,
): void {
  describe(`all ${name}`, () => {
    test("come back as they were", () => {
      fc.assert(
        fc.property(any, (value) => {
          expect(decode(encode(value))).toEqual(value);
        }),
      );
    });

    test("that have been spoilt are refused, or read as something that can be written", () => {
      fc.assert(
        fc.property(any, anyDamage, (value, damage) => {
          const read = decode(damaged(encode(value), damage));
          expect(read === undefined ? read : decode(encode(read))).toEqual(read);
        }),
        { numRuns: 2000 },
      );
    });
  });
}
