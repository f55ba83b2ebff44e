import { beforeEach, describe, expect, test } from "vitest";
import { open, page, valueOf, type Dial } from "../support/hostile-origin.ts";
import { connectRaw, requestBytes, statusOf, UPGRADE_FIELDS } from "../support/raw-tcp.ts";
import { openByPolling } from "../support/raw-session.ts";
import { watchedEdge } from "../support/watched-edge.ts";

const watched = watchedEdge();

// The origin that only writes down how it is dialled.
beforeEach(() => watched.hostile.behave(open(() => {})));

interface Handshake {
  readonly target?: string;
  readonly fields?: readonly string[];
}

const TARGET = "/socket.io/?EIO=4&transport=polling";

/** How the origin is dialled for a handshake of these bytes: the pool's two origins are taken in turn. */
async function dialFor({ target = TARGET, fields = [] }: Handshake): Promise<Dial> {
  for (let turn = 0; turn < 2; turn++) {
    const status = await statusOf(watched.url, requestBytes({ target, fields }));
    if (!/^HTTP\/1.1 (200|101) /.test(status)) throw new Error(`Expected a session, got ${status}`);
    const [dial] = watched.hostile.dials;
    if (dial !== undefined) return dial;
  }
  throw new Error("Expected a dial in two turns, got none.");
}

function valuesOf(dial: Dial, name: string): string[] {
  return dial.fields.filter(([other]) => other === name).map(([, value]) => value);
}

describe("the query that an origin is dialled with", () => {
  test.each([
    ["the transport twice", "EIO=4&transport=websocket&transport=polling", "EIO=4"],
    ["the transport by another name", "EIO=4&%74ransport=x&transport=polling", "EIO=4"],
    ["the transport in an empty sid's company", "EIO=4&sid=&transport=polling", "EIO=4"],
    ["the sid by another name", "EIO=4&transport=polling&s%69d=", "EIO=4"],
    ["base64 asked for", "EIO=4&transport=polling&b64=1&b%364=1", "EIO=4"],
    [
      "a name that only looks like one",
      "EIO=4&transport=polling&Sid=1&sid[]=2",
      "EIO=4&Sid=1&sid[]=2",
    ],
    ["a line break", "EIO=4&transport=polling&a=%0d%0aX-Evil:%201", "EIO=4&a=%0d%0aX-Evil:%201"],
    ["a null", "EIO=4&transport=polling&a=%00", "EIO=4&a=%00"],
    ["an & in a value", "EIO=4&transport=polling&a=1%26sid=2", "EIO=4&a=1%26sid=2"],
    ["a percent sign alone", "EIO=4&transport=polling&a=%&%=b&%zz=c", "EIO=4&a=%&%=b&%zz=c"],
    ["a second question mark", "EIO=4&transport=polling&a=?transport=x", "EIO=4&a=?transport=x"],
    ["a space", "EIO=4&transport=polling&a=b+c%20d", "EIO=4&a=b+c%20d"],
    ["EIO twice", "EIO=3&EIO=4&transport=polling", "EIO=3&EIO=4"],
  ])("has one transport and no sid: %s", async (_, query, kept) => {
    const dial = await dialFor({ target: `/socket.io/?${query}` });
    expect(dial.target).toBe(`/socket.io/?${kept}&transport=websocket`);
  });

  test("has nothing of a fragment", async () => {
    const dial = await dialFor({ target: `${TARGET}#&transport=x` });
    expect(dial.target).toBe("/socket.io/?EIO=4&transport=websocket");
  });

  test("is the whole request line: a method, a target, a version", async () => {
    const dial = await dialFor({ target: `${TARGET}&a=%20HTTP/1.1%0d%0aHost:%20evil` });
    expect(dial.head.split("\r\n")[0]).toBe(
      "GET /socket.io/?EIO=4&a=%20HTTP/1.1%0d%0aHost:%20evil&transport=websocket HTTP/1.1",
    );
  });

  test.each([
    ["/socket.io/../socket.io/?EIO=4&transport=polling", "/socket.io/"],
    ["/socket.io/%2e%2e/socket.io/?EIO=4&transport=polling", "/socket.io/"],
    ["http://evil.example/socket.io/?EIO=4&transport=polling", "/socket.io/"],
  ])("goes to Engine.IO's own path: %s", async (target, path) => {
    const dial = await dialFor({ target });
    expect(dial.target).toBe(`${path}?EIO=4&transport=websocket`);
    expect(valueOf(dial, "host")).toBe(new URL(watched.hostile.url).host);
  });
});

describe("a request that is none reaches no origin", () => {
  test.each([
    [
      "a line break in the target",
      "GET /socket.io/?EIO=4&transport=polling&a=\r\nX-Evil: 1 HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    [
      "a bare line feed in a field",
      `GET ${TARGET} HTTP/1.1\r\nHost: a\r\nX-A: b\nX-Evil : 1\r\n\r\n`,
    ],
    ["a null in a field", `GET ${TARGET} HTTP/1.1\r\nHost: a\r\nX-A: \0\r\n\r\n`],
    ["a field without a colon", `GET ${TARGET} HTTP/1.1\r\nHost: a\r\nX-A\r\n\r\n`],
    ["a field without a name", `GET ${TARGET} HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n`],
    ["a space in a field's name", `GET ${TARGET} HTTP/1.1\r\nHost: a\r\nX A: b\r\n\r\n`],
    ["another protocol", "\x16\x03\x01\x02\x00\x01\xfc\x03\x03\r\n\r\n"],
    ["an unknown method", `BREW ${TARGET} HTTP/1.1\r\nHost: a\r\n\r\n`],
    [
      "a path beside Engine.IO's",
      "GET /socket.io?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    [
      "an encoded path above Engine.IO's",
      "GET /socket.io/%2e%2E/admin?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    [
      "a path above Engine.IO's",
      "GET /socket.io/../admin?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
  ])("%s", async (_, bytes) => {
    for (let turn = 0; turn < 2; turn++) {
      expect(await statusOf(watched.url, bytes)).toMatch(/^HTTP\/1.1 [45]\d\d /);
    }
    expect(watched.hostile.dials).toEqual([]);
  });
});

describe("the header fields that an origin is dialled with", () => {
  test("say nothing of the edge that a client may have said", async () => {
    const fields = [
      'Mooring-Handshake: {"transport":"polling","origins":[{"name":"x","url":"http://127.0.0.1:1"}]}',
      "Mooring-Untaken: full",
      "MOORING-Anything: 1",
    ];
    const dial = await dialFor({ fields });
    const ours = dial.fields.filter(([name]) => name.startsWith("mooring"));
    expect(ours.map(([name]) => name)).toEqual(["mooring-dial"]);
  });

  test("say where the client is by the edge's own word, once", async () => {
    const fields = [
      "X-Forwarded-For: 203.0.113.1",
      "X-Forwarded-For: 203.0.113.2",
      "X-FORWARDED-PROTO: https",
      "X-Forwarded-Host: evil.example",
      "X-Forwarded-Port: 1",
      "X-Forwarded-Anything: 1",
      "Forwarded: for=203.0.113.3",
      "X-Real-IP: 203.0.113.4",
      "True-Client-IP: 203.0.113.5",
      "CF-Connecting-IP: 203.0.113.6",
      "CF-Ray: 1",
      "CF-IPCountry: XX",
    ];
    const dial = await dialFor({ fields });
    expect(dial.head).not.toMatch(/203\.0\.113|evil\.example|https/);
    expect(valuesOf(dial, "x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(valuesOf(dial, "x-forwarded-proto")).toEqual(["http"]);
    expect(valuesOf(dial, "x-forwarded-host")).toEqual(["edge.example"]);
    const claims = /^(cf-(?!worker)|x-forwarded-(?!for|proto|host)|x-real|true-client|forwarded$)/;
    expect(dial.fields.filter(([name]) => claims.test(name))).toEqual([]);
  });

  test("are not taken away by a client's Connection", async () => {
    const fields = [
      "Connection: close, X-Forwarded-For, X-Forwarded-Proto, Mooring-Handshake, X-Mine",
    ];
    const dial = await dialFor({ fields: [...fields, "X-Mine: 1", "X-Other: 2"] });
    expect(valuesOf(dial, "x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(valuesOf(dial, "x-forwarded-proto")).toEqual(["http"]);
    expect(valuesOf(dial, "x-mine")).toEqual([]);
    expect(valuesOf(dial, "x-other")).toEqual(["2"]);
  });

  test("have no length, body or hop of the client's", async () => {
    const fields = [
      "Content-Length: 0",
      "Content-Type: text/plain",
      "Expect: 100-continue",
      "TE: trailers",
      "Keep-Alive: 5",
      "Proxy-Authorization: Basic abc",
    ];
    const dial = await dialFor({ fields });
    const names = dial.fields.map(([name]) => name);
    for (const field of fields) {
      expect(names).not.toContain(field.toLowerCase().split(":")[0]);
    }
    expect(valuesOf(dial, "upgrade")).toEqual(["websocket"]);
  });

  test("ask for the edge's own WebSocket, not the client's", async () => {
    const fields = [...UPGRADE_FIELDS, "Sec-WebSocket-Extensions: permessage-deflate"];
    const target = "/socket.io/?EIO=4&transport=websocket";
    const dial = await dialFor({ target, fields });
    expect(valuesOf(dial, "sec-websocket-key")).toHaveLength(1);
    expect(dial.head).not.toContain("dGhlIHNhbXBsZSBub25jZQ==");
    expect(valuesOf(dial, "sec-websocket-extensions")).toEqual([]);
    expect(valuesOf(dial, "sec-websocket-version")).toEqual(["13"]);
  });

  test("keep what is the application's, byte for byte", async () => {
    const fields = [
      'Cookie: a=b; c="d e"; f=%0d%0a',
      "Authorization: Bearer x.y.z",
      "X-Odd: \xe9\xff",
    ];
    const dial = await dialFor({ fields });
    expect(valueOf(dial, "cookie")).toBe('a=b; c="d e"; f=%0d%0a');
    expect(valueOf(dial, "authorization")).toBe("Bearer x.y.z");
  });
});

test("a handshake by polling with a subprotocol that is none is like any other", async () => {
  const fields = ["Sec-WebSocket-Protocol: ,,"];
  const dial = await dialFor({ fields });
  expect(valuesOf(dial, "sec-websocket-protocol")).toEqual([]);
  for (let turn = 0; turn < 2; turn++) {
    const status = await statusOf(watched.url, requestBytes({ target: TARGET, fields }));
    expect(status).toBe("HTTP/1.1 200 OK");
  }
  expect(watched.edge.output()).not.toContain("answered 400");
});

/** What entry says to an object, as a client would. */
function forged(url: string): string {
  return JSON.stringify({
    transport: "websocket",
    pool: "default",
    place: "",
    network: "203.0.113.1",
    origins: [{ name: "hostile", url }],
    cookies: {},
    isCorsOurs: false,
  });
}

describe("a client that says what only entry may say", () => {
  test.each([
    ["POST", "h2c"],
    ["POST", "websocket, h2c"],
    ["POST", "WebSocket/13"],
    ["POST", ""],
    ["DELETE", "h2c"],
  ])("has nothing dialled: %s with Upgrade: %s", async (method, upgrade) => {
    const { open: own } = await openByPolling(watched.url);
    const fields = [
      `mooring-handshake: ${forged(watched.hostile.url)}`,
      "Connection: upgrade",
      `Upgrade: ${upgrade}`,
      "Content-Length: 1",
    ];
    const target = `${TARGET}&sid=${own.sid}`;
    const request = requestBytes({ method, target, fields, body: "3" });
    const before = watched.hostile.dials.length;
    const status = await statusOf(watched.url, request);
    expect(status).toMatch(/^HTTP\/1.1 (200|400) /);
    expect(watched.hostile.dials.slice(before)).toEqual([]);
  });
});

describe("a request of a monstrous size", () => {
  const long = { field: `Cookie: ${"a".repeat(20_000)}`, target: `&a=${"a".repeat(20_000)}` };
  const huge = { field: `Cookie: ${"a".repeat(1e6)}`, target: `&a=${"a".repeat(1e6)}` };
  const many = Array.from({ length: 1500 }, (_, n) => `X-${n}: ${n}`);

  test.each([
    ["a field too long for its origin", TARGET, [long.field]],
    ["a target too long for its origin", TARGET + long.target, []],
    ["fields too many for its origin", TARGET, many],
    ["a field too long for the edge", TARGET, [huge.field]],
    ["a target too long for the edge", TARGET + huge.target, []],
  ])("with %s is answered 431", async (_, target, fields) => {
    watched.hostile.behave(page("431 Request Header Fields Too Large", "text/plain", ""));
    for (let turn = 0; turn < 2; turn++) {
      const status = await statusOf(watched.url, requestBytes({ target, fields }));
      expect(status).toBe("HTTP/1.1 431 Request Header Fields Too Large");
    }
  });

  test("whose head never ends ends without a session", async () => {
    const connection = await connectRaw(watched.url);
    connection.write(`GET ${TARGET} HTTP/1.1\r\nHost: a\r\nX-A: `);
    await watched.witnesses.faults();
    connection.socket.destroy();
    expect(watched.hostile.dials).toEqual([]);
  });
});
