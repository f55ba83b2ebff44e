import { Server } from "engine.io";
import { expect, test } from "vitest";
import { Refusals } from "../../src/wire/refusal.ts";

test("refusals are Engine.IO's six, in its server's own numbers and words", () => {
  const { unknownTransport, unknownSid, badHandshakeMethod } = Refusals;
  const { badRequest, forbidden, unsupportedProtocol } = Refusals;
  const ours = {
    UNKNOWN_TRANSPORT: unknownTransport.code,
    UNKNOWN_SID: unknownSid.code,
    BAD_HANDSHAKE_METHOD: badHandshakeMethod.code,
    BAD_REQUEST: badRequest.code,
    FORBIDDEN: forbidden.code,
    UNSUPPORTED_PROTOCOL_VERSION: unsupportedProtocol.code,
  };
  expect(ours).toEqual(Server.errors);
  const messages = Object.values(Refusals).map(({ code, message }) => [code, message]);
  expect(Object.fromEntries(messages)).toEqual(Server.errorMessages);
});

test("refusals are 400 for a fault of the request, and 403 for one that may not be made", () => {
  const statuses = Object.values(Refusals).map(({ code, status }) => [code, status]);
  expect(Object.fromEntries(statuses)).toEqual({ 0: 400, 1: 400, 2: 400, 3: 400, 4: 403, 5: 400 });
});
