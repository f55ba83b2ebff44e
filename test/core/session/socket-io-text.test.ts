import { describe, expect, test } from "vitest";
import { pollingSession, streamingSession } from "../../../src/core/session/step.ts";
import { parseOpen } from "../../../src/wire/open.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { joinPayload } from "../../../src/wire/payload.ts";
import { bytes } from "../../wire/bytes.ts";
import { LIMITS, ORIGIN } from "./sessions.ts";
import { WireSession } from "./wire-session.ts";

// The text of Socket.IO protocol v5: its packets pass through a session as they are, whatever they say.

const SOCKET = 77;
const OK = { status: 200, body: "ok" };

const PACKETS: readonly [name: string, packets: readonly Packet[]][] = [
  ["CONNECT to the main namespace", ["40"]],
  ["CONNECT with a payload", ['40{"token":"123"}']],
  ["CONNECT to another namespace", ['40/admin,{"sid":"oSO0OpakMV_3jnilAAAA"}']],
  ["CONNECT_ERROR", ['44{"message":"Not authorized"}']],
  ["EVENT", ['42["foo"]']],
  ["EVENT to another namespace", ['42/admin,["bar"]']],
  ["BINARY_EVENT", ['451-["baz",{"_placeholder":true,"num":0}]', bytes(1, 2, 3, 4)]],
  [
    "BINARY_EVENT with two attachments",
    [
      '452-/admin,["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
      bytes(1, 2),
      bytes(3, 4),
    ],
  ],
  ["EVENT that asks for an acknowledgement", ['4212["foo"]']],
  ["ACK", ['43/admin,13["bar"]']],
  ["ACK with nothing in it", ["4312[]"]],
  ["BINARY_ACK", ['461-15["bar",{"_placeholder":true,"num":0}]', bytes(1, 2, 3, 4)]],
  ["DISCONNECT", ["41"]],
  ["DISCONNECT from another namespace", ["41/admin,"]],
];

describe("a packet passes as it is, both ways and by both transports:", () => {
  test.each(PACKETS)("%s", (_, packets) => {
    const byPolling = new WireSession(pollingSession(LIMITS, ORIGIN, 0));
    expect(byPolling.posted(joinPayload(packets))).toEqual(OK);
    expect(byPolling.toOrigin).toEqual(packets);
    for (const packet of packets) byPolling.fromOrigin(packet);
    expect(byPolling.polled()).toEqual({ status: 200, body: joinPayload(packets) });

    const byWebSocket = new WireSession(streamingSession(LIMITS, ORIGIN, SOCKET, 0));
    for (const packet of packets) {
      byWebSocket.frame(SOCKET, packet);
      byWebSocket.fromOrigin(packet);
    }
    expect(byWebSocket.toOrigin).toEqual(packets);
    expect(byWebSocket.frames).toEqual(packets);
  });

  test("attachments stay behind their packet, though each may come in a payload of its own", () => {
    const session = new WireSession(pollingSession({ ...LIMITS, maxPayload: 20 }, ORIGIN, 0));
    const packets = ['451-["baz",{"_placeholder":true,"num":0}]', bytes(1, 2, 3, 4), '42["foo"]'];
    for (const packet of packets) session.fromOrigin(packet);
    expect([session.polled(), session.polled()]).toEqual([
      { status: 200, body: '451-["baz",{"_placeholder":true,"num":0}]' },
      { status: 200, body: 'bAQIDBA==\x1e42["foo"]' },
    ]);
  });
});

test("the sample session goes as the text has it", () => {
  const open = parseOpen(
    '0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000,"maxPayload":1000000}',
  );
  const session = new WireSession(pollingSession({ ...LIMITS, ...open }, ORIGIN, 0));
  expect(session.posted("40")).toEqual(OK);
  session.fromOrigin('40{"sid":"wZX3oN0bSVIhsaknAAAI"}');
  expect(session.polled()?.body).toBe('40{"sid":"wZX3oN0bSVIhsaknAAAI"}');
  const poll = session.get();
  session.fromOrigin('42["hey","Jude"]');
  session.pass(0);
  expect(session.answerTo(poll)?.body).toBe('42["hey","Jude"]');
  expect(session.posted('42["hello"]\x1e42["world"]')).toEqual(OK);

  const socket = session.opened();
  const said = ["2probe", "5", '42["hello"]', '42["world"]', "40/admin,", '42/admin,1["tellme"]'];
  for (const packet of said) session.frame(socket, packet);
  session.fromOrigin('40/admin,{"sid":"-G5j-67EZFp-q59rADQM"}');
  session.fromOrigin('461-/admin,1[{"_placeholder":true,"num":0}]');
  session.fromOrigin(bytes(1, 2, 3, 4));
  session.fromOrigin("2");
  session.pass(25_000);
  session.frame(socket, "3");
  session.frame(socket, "1");

  expect(session.frames).toEqual([
    "3probe",
    '40/admin,{"sid":"-G5j-67EZFp-q59rADQM"}',
    '461-/admin,1[{"_placeholder":true,"num":0}]',
    bytes(1, 2, 3, 4),
    "2",
  ]);
  expect(session.toOrigin).toEqual([
    "40",
    '42["hello"]',
    '42["world"]',
    '42["hello"]',
    '42["world"]',
    "40/admin,",
    '42/admin,1["tellme"]',
    "3",
  ]);
  expect(session.isClosed).toBe(true);
});
