import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Client } from "../../../src/core/entry/forward.ts";
import {
  forwardedHeaders,
  hopByHopNames,
  proxiedHeaders,
} from "../../../src/core/entry/forward.ts";

const CLIENT: Client = {
  address: "203.0.113.7",
  scheme: "https",
  host: "chat.example.com",
  isForwardedTrusted: false,
};

const OWN: [string, string][] = [
  ["x-forwarded-for", "203.0.113.7"],
  ["x-forwarded-proto", "https"],
  ["x-forwarded-host", "chat.example.com"],
];

describe("a proxied request's header fields", () => {
  test.each([
    ["content-type", "multipart/form-data; boundary=a"],
    ["content-encoding", "gzip"],
    ["content-language", "de"],
    ["digest", "sha-256=abc"],
    ["range", "bytes=0-1"],
    ["if-none-match", '"a"'],
    ["cache-control", "no-cache"],
    ["cookie", "a=b"],
  ])("go to the origin where they speak of what is asked or brought: %s", (name, value) => {
    expect(proxiedHeaders([[name, value]], CLIENT)).toEqual([[name, value], ...OWN]);
  });

  test.each(["content-length", "expect", "host", "connection", "transfer-encoding", "upgrade"])(
    "stay where they speak of one message on one connection: %s",
    (name) => {
      expect(proxiedHeaders([[name, "1"]], CLIENT)).toEqual(OWN);
    },
  );

  test("are a dial's, but for the type of the body that a dial has not", () => {
    const name = fc.constantFrom(
      ..."cookie content-type content-length x-forwarded-for cf-ray connection x-a host".split(" "),
    );
    const value = fc.constantFrom("1", "x-a", "content-type", "close");
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([of]) => of }), (fields) => {
        const proxied = proxiedHeaders(fields, CLIENT);
        expect(forwardedHeaders(fields, CLIENT)).toEqual(
          proxied.filter(([of]) => of !== "content-type"),
        );
      }),
    );
  });
});

describe("an answer's fields for the next hop alone", () => {
  test.each([
    [[], []],
    [
      [
        ["content-type", "text/plain"],
        ["set-cookie", "a=b"],
      ],
      [],
    ],
    [
      [
        ["connection", "close"],
        ["etag", '"a"'],
        ["keep-alive", "timeout=5"],
        ["transfer-encoding", "chunked"],
      ],
      ["connection", "keep-alive", "transfer-encoding"],
    ],
    [
      [
        ["connection", "X-Hop"],
        ["x-end", "1"],
        ["x-hop", "1"],
      ],
      ["connection", "x-hop"],
    ],
  ] satisfies [[string, string][], string[]][])("in %j: %j", (headers, names) => {
    expect(hopByHopNames(headers)).toEqual(names);
  });
});
