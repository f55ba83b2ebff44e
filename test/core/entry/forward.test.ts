import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Client } from "../../../src/core/entry/forward.ts";
import {
  answeredHeaders,
  dialledHeaders,
  forwardedHeaders,
  isCorsHeader,
  repeatedHeaders,
  withoutSid,
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

/** Header fields as `Headers` gives them: names in lower case, sorted. */
function list(fields: readonly [string, string][]): [string, string][] {
  return [...new Headers([...fields])];
}

function forwarded(fields: readonly [string, string][], client = CLIENT): [string, string][] {
  return forwardedHeaders(list(fields), client);
}

describe("a client's header fields go to the origin", () => {
  test.each([
    ["cookie", "a=b; c=d"],
    ["authorization", "Bearer abc"],
    ["user-agent", "Mozilla/5.0"],
    ["origin", "https://app.example.com"],
    ["referer", "https://app.example.com/"],
    ["accept-language", "de, en"],
    ["accept-encoding", "gzip"],
    ["x-tenant", "42"],
    ["sec-fetch-site", "same-site"],
    ["sec-websocket-protocol", "chat"],
    ["priority", "u=1"],
  ])("%s", (name, value) => {
    expect(forwarded([[name, value]])).toEqual([[name, value], ...OWN]);
  });

  test("with where they came from, and nothing else", () => {
    expect(forwarded([])).toEqual(OWN);
  });
});

describe("a client's header fields stay at the edge", () => {
  test.each([
    ["connection", "keep-alive"],
    ["keep-alive", "timeout=5"],
    ["proxy-authorization", "Basic abc"],
    ["proxy-authenticate", "Basic"],
    ["proxy-connection", "keep-alive"],
    ["te", "trailers"],
    ["trailer", "expires"],
    ["transfer-encoding", "chunked"],
    ["upgrade", "websocket"],
    ["sec-websocket-key", "abc"],
    ["sec-websocket-version", "13"],
    ["sec-websocket-extensions", "permessage-deflate"],
    ["sec-websocket-accept", "abc"],
    ["host", "elsewhere.example"],
    ["content-length", "5"],
    ["content-type", "text/plain"],
    ["expect", "100-continue"],
  ])("where they speak of this one connection or request: %s", (name, value) => {
    expect(forwarded([[name, value]])).toEqual(OWN);
  });

  test.each([
    ["x-forwarded-for", "10.0.0.1"],
    ["x-forwarded-proto", "http"],
    ["x-forwarded-host", "admin.example.com"],
    ["x-forwarded-port", "22"],
    ["x-forwarded-user", "root"],
    ["x-real-ip", "10.0.0.1"],
    ["forwarded", "for=10.0.0.1"],
    ["true-client-ip", "10.0.0.1"],
    ["cf-connecting-ip", "10.0.0.1"],
    ["cf-ipcountry", "CH"],
    ["cf-worker", "example.com"],
    ["cdn-loop", "cloudflare"],
    ["mooring-handshake", "{}"],
    ["mooring-anything", "1"],
  ])("where they would vouch for it in a proxy's or our own name: %s", (name, value) => {
    expect(forwarded([[name, value]])).toEqual(OWN);
    expect(forwarded([[name.toUpperCase(), value]])).toEqual(OWN);
  });

  test.each([
    ["close, X-Once", ["x-once"]],
    ["X-Once", ["x-once"]],
    ["x-once,x-twice", ["x-once", "x-twice"]],
    ["X-ONCE , , X-TWICE", ["x-once", "x-twice"]],
    ["upgrade, cookie", ["cookie"]],
    ["", []],
  ])("where Connection names them: %j", (connection, gone) => {
    const fields = ["x-once", "x-twice", "cookie"].map((name): [string, string] => [name, "1"]);
    const left = list(fields).filter(([name]) => !gone.includes(name));
    expect(forwarded([["connection", connection], ...fields])).toEqual([...left, ...OWN]);
  });

  test("but Connection names away nothing of ours", () => {
    const connection = "x-forwarded-for, x-forwarded-proto, x-forwarded-host, connection";
    expect(forwarded([["connection", connection]])).toEqual(OWN);
  });
});

describe("where a client's own X-Forwarded-* are trusted", () => {
  const client = { ...CLIENT, isForwardedTrusted: true };

  test("its address is added to those before it", () => {
    const fields: [string, string][] = [
      ["x-forwarded-for", "198.51.100.1, 10.0.0.1"],
      ["x-forwarded-proto", "http"],
      ["x-forwarded-host", "www.example.com"],
    ];
    expect(forwarded(fields, client)).toEqual([
      ["x-forwarded-for", "198.51.100.1, 10.0.0.1, 203.0.113.7"],
      ["x-forwarded-proto", "http"],
      ["x-forwarded-host", "www.example.com"],
    ]);
  });

  test("what it does not say is as the edge saw it", () => {
    expect(forwarded([], client)).toEqual(OWN);
  });

  test("nothing else of the kind is", () => {
    const fields: [string, string][] = [
      ["x-real-ip", "10.0.0.1"],
      ["x-forwarded-port", "22"],
      ["cf-connecting-ip", "10.0.0.1"],
      ["forwarded", "for=10.0.0.1"],
    ];
    expect(forwarded(fields, client)).toEqual(OWN);
  });
});

describe("what an object dials with", () => {
  test("is what entry has made of it, without our own words", () => {
    const fields = list([
      ["mooring-handshake", "{}"],
      ["cookie", "a=b"],
      ["upgrade", "websocket"],
      ["x-forwarded-for", "203.0.113.7"],
    ]);
    expect(dialledHeaders(fields)).toEqual([
      ["cookie", "a=b"],
      ["x-forwarded-for", "203.0.113.7"],
    ]);
  });

  test("has each field once, whatever the client sent", () => {
    const name = fc.constantFrom(
      ..."cookie x-forwarded-for cf-ray mooring-x connection x-a x-b host".split(" "),
    );
    const value = fc.constantFrom("1", "x-a", "x-b, cookie", "x-forwarded-for", "close");
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (fields) => {
        const dialled = dialledHeaders(forwarded(fields));
        const names = dialled.map(([of]) => of);
        expect(new Set(names).size).toBe(names.length);
        expect(dialled.slice(-3)).toEqual(OWN);
        expect(names.filter((of) => /^(cf-|mooring-|host$|connection$)/.test(of))).toEqual([]);
      }),
    );
  });
});

describe("an origin's header fields go to the client", () => {
  const FIELDS: [string, string][] = [
    ["access-control-allow-origin", "https://app.example.com"],
    ["access-control-allow-credentials", "true"],
    ["vary", "Origin"],
    ["x-powered-by", "Express"],
    ["strict-transport-security", "max-age=1"],
    ["set-cookie", "a=b; Path=/"],
    ["set-cookie", "c=d; HttpOnly"],
  ];

  test("with each cookie on its own", () => {
    expect(answeredHeaders(list(FIELDS))).toEqual(list(FIELDS));
    expect(list(FIELDS).filter(([name]) => name === "set-cookie")).toHaveLength(2);
  });

  test("and again on every later answer, but for its cookies", () => {
    const later = list(FIELDS).filter(([name]) => name !== "set-cookie");
    expect(repeatedHeaders(list(FIELDS))).toEqual(later);
  });

  test.each([
    ["connection", "upgrade"],
    ["upgrade", "websocket"],
    ["keep-alive", "timeout=5"],
    ["transfer-encoding", "chunked"],
    ["sec-websocket-accept", "abc"],
    ["sec-websocket-protocol", "chat"],
    ["sec-websocket-extensions", "permessage-deflate"],
    ["content-encoding", "gzip"],
    ["content-length", "97"],
    ["content-type", "text/plain"],
    ["date", "Tue, 24 Nov 2026 15:00:00 GMT"],
    ["etag", '"abc"'],
    ["cache-control", "no-store"],
    ["server", "node"],
  ])("but not where they speak of that one answer: %s", (name, value) => {
    expect(answeredHeaders([[name, value]])).toEqual([]);
    expect(repeatedHeaders([[name, value]])).toEqual([]);
  });

  test.each(["mooring-untaken", "mooring-handshake", "mooring-anything"])(
    "but not where they are ours to say: %s",
    (name) => {
      expect(answeredHeaders([[name, "full"]])).toEqual([]);
      expect(repeatedHeaders([[name, "full"]])).toEqual([]);
    },
  );

  test("but not where its Connection names them", () => {
    const fields = list([
      ["connection", "upgrade, x-hop"],
      ["x-hop", "1"],
      ["x-end", "2"],
    ]);
    expect(answeredHeaders(fields)).toEqual([["x-end", "2"]]);
  });
});

test.each([
  ["access-control-allow-origin", true],
  ["access-control-expose-headers", true],
  ["vary", false],
  ["x-access-control-allow-origin", false],
])("%s is of CORS: %s", (name, isOfCors) => {
  expect(isCorsHeader(name)).toBe(isOfCors);
});

describe("a query without the session's secret", () => {
  test.each([
    ["EIO=4&transport=polling&sid=SECRET&a=1", "EIO=4&transport=polling&a=1"],
    ["s%69d=SECRET&sid&a=%C3%BC&&b", "a=%C3%BC&&b"],
    ["sid=SECRET", ""],
    ["", ""],
    ["SID=1&sid2=2&a=sid", "SID=1&sid2=2&a=sid"],
  ])("of %j is %j", (query, kept) => {
    expect(withoutSid(query)).toBe(kept);
  });
});
