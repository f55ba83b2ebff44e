import { Server } from "engine.io";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import {
  hasSid,
  isSessionUrl,
  isWebSocketUpgrade,
  readEngineRequest,
} from "../../../src/core/entry/engine-request.ts";
import { Refusals } from "../../../src/wire/refusal.ts";
import { formatSid, KEY_BYTES, objectId, sessionKey } from "../../../src/wire/sid.ts";

const SID = formatSid(objectId("c4".repeat(32)), sessionKey(new Uint8Array(KEY_BYTES)));

const { unknownTransport, unknownSid, badHandshakeMethod, badRequest, unsupportedProtocol } =
  Refusals;

describe("a request that is in order", () => {
  test.each([
    ["GET", "EIO=4&transport=polling", false, { type: "handshake", transport: "polling" }],
    ["GET", "EIO=4&transport=websocket", true, { type: "handshake", transport: "websocket" }],
    [
      "GET",
      "transport=polling&EIO=4&t=abc&sid=",
      false,
      { type: "handshake", transport: "polling" },
    ],
    ["GET", `EIO=4&transport=polling&sid=${SID}`, false, { type: "poll", sid: SID }],
    ["POST", `EIO=4&transport=polling&sid=${SID}`, false, { type: "post", sid: SID }],
    ["GET", `EIO=4&transport=websocket&sid=${SID}`, true, { type: "upgrade", sid: SID }],
  ])("%s %s, upgrade: %s", (method, query, isUpgrade, request) => {
    expect(readEngineRequest(method, query, isUpgrade)).toEqual(request);
  });
});

describe("a request with a fault is refused", () => {
  test.each([
    ["without a query", "GET", "", false, unknownTransport],
    ["without a transport", "GET", "EIO=4", false, unknownTransport],
    ["for a transport that is none", "GET", "EIO=4&transport=tcp", false, unknownTransport],
    ["for WebTransport", "GET", "EIO=4&transport=webtransport", false, unknownTransport],
    ["for a transport in capitals", "GET", "EIO=4&transport=Polling", false, unknownTransport],
    [
      "for a transport of the prototype",
      "GET",
      "EIO=4&transport=toString",
      false,
      unknownTransport,
    ],
    ["for a transport with a space", "GET", "EIO=4&transport=+polling", false, unknownTransport],
    ["with an unknown sid", "GET", "EIO=4&transport=polling&sid=abc", false, unknownSid],
    [
      "with a sid of the prototype",
      "GET",
      "EIO=4&transport=polling&sid=__proto__",
      false,
      unknownSid,
    ],
    [
      "with a sid cut short",
      "GET",
      `EIO=4&transport=polling&sid=${SID.slice(1)}`,
      false,
      unknownSid,
    ],
    ["with a sid in padding", "GET", `EIO=4&transport=polling&sid=${SID}%3D`, false, unknownSid],
    ["to begin by POST", "POST", "EIO=4&transport=polling", false, badHandshakeMethod],
    ["to begin by HEAD", "HEAD", "EIO=4&transport=polling", false, badHandshakeMethod],
    ["to begin by PUT", "PUT", "EIO=4&transport=polling", false, badHandshakeMethod],
    ["to begin by get", "get", "EIO=4&transport=polling", false, badHandshakeMethod],
    ["for a WebSocket without an upgrade", "GET", "EIO=4&transport=websocket", false, badRequest],
    ["for polling with an upgrade", "GET", "EIO=4&transport=polling", true, badRequest],
    ["to go on by PUT", "PUT", `EIO=4&transport=polling&sid=${SID}`, false, badRequest],
    ["to go on by DELETE", "DELETE", `EIO=4&transport=polling&sid=${SID}`, false, badRequest],
    ["to go on by HEAD", "HEAD", `EIO=4&transport=polling&sid=${SID}`, false, badRequest],
    [
      "to go on by a WebSocket that is none",
      "GET",
      `EIO=4&transport=websocket&sid=${SID}`,
      false,
      badRequest,
    ],
    [
      "to go on by polling with an upgrade",
      "GET",
      `EIO=4&transport=polling&sid=${SID}`,
      true,
      badRequest,
    ],
    ["to go on in revision 3", "GET", `EIO=3&transport=polling&sid=${SID}`, false, badRequest],
    ["to upgrade in no revision", "GET", `transport=websocket&sid=${SID}`, true, badRequest],
    ["in revision 3", "GET", "EIO=3&transport=polling", false, unsupportedProtocol],
    ["in a revision to come", "GET", "EIO=5&transport=websocket", true, unsupportedProtocol],
    ["in no revision", "GET", "transport=polling", false, unsupportedProtocol],
    ["in revision 4.0", "GET", "EIO=4.0&transport=polling", false, unsupportedProtocol],
    ["in revision 04", "GET", "EIO=04&transport=polling", false, unsupportedProtocol],
  ])("%s", (_, method, query, isUpgrade, refusal) => {
    expect(readEngineRequest(method, query, isUpgrade)).toEqual({ type: "refused", refusal });
  });
});

describe("of several faults the first in Engine.IO's order counts:", () => {
  const UPGRADES = { GET: [false, true], POST: [false] } as const;
  const cases = (["GET", "POST"] as const).flatMap((method) =>
    ["polling", "websocket", "tcp", undefined].flatMap((transport) =>
      [SID, "abc", "", undefined].flatMap((sid) =>
        ["4", "3", undefined].flatMap((eio) =>
          UPGRADES[method].map((isUpgrade) => ({ method, transport, sid, eio, isUpgrade })),
        ),
      ),
    ),
  );
  // But for polling by an upgrade: the server opens a WebSocket, and closes it. Here none is opened.
  const compared = cases.filter((of) => !of.isUpgrade || of.transport !== "polling");

  test.each(compared)(
    "$method, transport $transport, sid $sid, EIO $eio, upgrade $isUpgrade",
    ({ method, transport, sid, eio, isUpgrade }) => {
      const query = Object.entries({ transport, sid, EIO: eio }).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}=${value}`],
      );
      const read = readEngineRequest(method, query.join("&"), isUpgrade);
      const code = read.type === "refused" ? read.refusal.code : undefined;
      expect(code).toBe(new StockServer().codeOf(method, query.join("&"), isUpgrade));
    },
  );
});

describe("of several values the last one counts, as for Engine.IO's server:", () => {
  test.each([
    ["transport=tcp&transport=polling&EIO=4", "handshake"],
    ["transport=polling&transport=tcp&EIO=4", "refused"],
    ["EIO=3&EIO=4&transport=polling", "handshake"],
    ["EIO=4&EIO=3&transport=polling", "refused"],
    [`sid=abc&sid=${SID}&EIO=4&transport=polling`, "poll"],
    [`sid=${SID}&sid=abc&EIO=4&transport=polling`, "refused"],
    [`sid=${SID}&sid=&EIO=4&transport=polling`, "handshake"],
    [`sid=${SID}&sid&EIO=4&transport=polling`, "handshake"],
    [`sid=${SID}&s%69d=abc&EIO=4&transport=polling`, "refused"],
    [`%73id=${SID}&EIO=4&transport=p%6flling`, "poll"],
    [`SID=${SID}&eio=3&EIO=4&transport=polling`, "handshake"],
  ])("%s", (query, type) => {
    expect(readEngineRequest("GET", query, false).type).toBe(type);
  });
});

describe("a URL of a session", () => {
  const EDGE = "https://chat.example.com";

  test.each([
    [`${EDGE}/socket.io/?EIO=4&transport=polling&sid=${SID}`, true],
    [`${EDGE}/socket.io/?sid=${SID}`, true],
    [`http://127.0.0.1:8787/socket.io/?EIO=4&sid=abc`, true],
    [`${EDGE}/socket.io/?EIO=4&transport=polling`, false],
    [`${EDGE}/socket.io/?EIO=4&sid=`, false],
    [`${EDGE}/socket.io/?EIO=4&nosid=abc`, false],
    [`${EDGE}/socket.io/`, false],
    [`${EDGE}/socket.io?sid=abc`, false],
    [`${EDGE}/socket.io/socket.io.js?sid=abc`, false],
    [`${EDGE}/mooring/health?sid=abc`, false],
    [`${EDGE}/?a=/socket.io/?sid=abc`, false],
    [`${EDGE}/socket.io/../?sid=abc`, false],
    [`${EDGE}/other/socket.io/?sid=abc`, false],
  ])("or not: %s, %s", (url, isOfSession) => {
    expect(isSessionUrl(url, "/socket.io/")).toBe(isOfSession);
  });
});

/** Engine.IO's own server, asked what it thinks of a request; it knows one session, `SID`, that polls. */
class StockServer extends Server {
  codeOf(method: string, query: string, isUpgrade: boolean): number | undefined {
    Object.assign(this.clients, { [SID]: { transport: { name: "polling" }, protocol: 4 } });
    const values = Object.fromEntries(new URLSearchParams(query));
    const request = Object.assign(new IncomingMessage(new Socket()), { method, _query: values });
    let code: number | undefined;
    this.verify(request, isUpgrade, (error) => {
      code = typeof error === "number" ? error : undefined;
    });
    // What its `handshake` checks after all else.
    const isHandshake = (values["sid"] ?? "") === "";
    const isUnsupported = isHandshake && values["EIO"] !== "4";
    return code ?? (isUnsupported ? Server.errors.UNSUPPORTED_PROTOCOL_VERSION : undefined);
  }
}

test.each([
  ["websocket", true],
  ["WebSocket", true],
  ["h2c", false],
  ["websocket, h2c", false],
  ["", false],
  [null, false],
])("an Upgrade of %s asks for a WebSocket: %s", (field, isOne) => {
  expect(isWebSocketUpgrade(field)).toBe(isOne);
});

test.each([
  ["EIO=4&sid=x", true],
  ["s%69d=x", true],
  ["sid=x&sid=", false],
  ["sid=&sid=x", true],
  ["sid", false],
  ["EIO=4", false],
])("a query of %s has a sid: %s", (query, hasOne) => {
  expect(hasSid(query)).toBe(hasOne);
});
