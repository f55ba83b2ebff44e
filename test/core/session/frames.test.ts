import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Packet } from "../../../src/wire/packet.ts";
import { bytes } from "../../wire/bytes.ts";
import { closed, ended, message, SOCKET, stepped, streaming } from "./sessions.ts";

/** What comes of a packet on the socket that a streaming session speaks by. */
function received(packet: Packet, before = streaming(), now = 0) {
  return stepped(before, { type: "packet-received", socket: SOCKET, packet }, now);
}

describe("a frame of a streaming client", () => {
  test.each<[string, Packet]>([
    ["a message", "4hello"],
    ["a message that is empty", "4"],
    ["bytes", bytes(1, 2, 3, 4)],
    ["no bytes", bytes()],
    ["bytes as base64, from a client that can't send others", "bAQIDBA=="],
  ])("is forwarded as it is: %s", (_, packet) => {
    expect(received(packet)).toEqual({
      next: streaming(),
      effects: [{ type: "forward", packet }],
    });
  });

  test.each(["0", '0{"sid":"a"}', "5", "6", "6text"])("goes nowhere: %s", (packet) => {
    expect(received(packet)).toEqual({ next: streaming(), effects: [] });
  });

  test("goes nowhere once the origin has ended", () => {
    const mooring = ended(Causes.originLost);
    const before = streaming({ mooring, credit: { sentBytes: 1000, pings: [600] }, down: ["4a"] });
    expect(received("4hello", before)).toEqual({ next: before, effects: [] });
  });

  test("that is a close ends the session", () => {
    const cause = Causes.clientClosed;
    expect(received("1", streaming({ down: ["4a"] }))).toEqual({
      next: closed(cause),
      effects: [
        { type: "close-socket", socket: SOCKET, cause },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test.each(["2", "2probe"])("that is a ping ends the session: %s", (packet) => {
    const cause = Causes.pingFromClient;
    expect(received(packet)).toEqual({
      next: closed(cause),
      effects: [
        { type: "close-socket", socket: SOCKET, cause },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test.each(["", "7", "9hello", "hello", " 4hello", "\ufeff4hello", "B", "\0"])(
    "that is no packet ends the session, and the origin sees the same fault: %j",
    (packet) => {
      const cause = Causes.parseError;
      expect(received(packet)).toEqual({
        next: closed(cause),
        effects: [
          { type: "close-socket", socket: SOCKET, cause },
          { type: "forward", packet: "parse error" },
          { type: "leave-origin", cause },
          { type: "end", cause },
        ],
      });
    },
  );

  test.each<[string, Packet]>([
    ["text", message(100_001)],
    ["text of fewer characters", `4${"€".repeat(33_334)}`],
    ["bytes", new ArrayBuffer(100_001)],
    ["a pong, which has no need of it", `3${"x".repeat(100_000)}`],
  ])("that is larger than the largest payload ends the session: %s", (_, packet) => {
    const cause = Causes.payloadTooLarge;
    expect(received(packet)).toEqual({
      next: closed(cause),
      effects: [
        { type: "close-socket", socket: SOCKET, cause },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });

  test.each<[string, Packet]>([
    ["text", message(100_000)],
    ["text of fewer characters", `4${"€".repeat(33_333)}`],
    ["bytes", new ArrayBuffer(100_000)],
  ])("may be as large as the largest payload: %s", (_, packet) => {
    expect(received(packet).effects).toEqual([{ type: "forward", packet }]);
  });
});

test("a streaming session ends with its WebSocket", () => {
  const cause = Causes.clientClosed;
  expect(stepped(streaming(), { type: "socket-closed", socket: SOCKET })).toEqual({
    next: closed(cause),
    effects: [
      { type: "close-socket", socket: SOCKET, cause },
      { type: "leave-origin", cause },
      { type: "end", cause },
    ],
  });
});
