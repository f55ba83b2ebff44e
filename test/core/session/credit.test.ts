import { describe, expect, test } from "vitest";
import { Causes } from "../../../src/core/session/cause.ts";
import type { Event, Session } from "../../../src/core/session/session.ts";
import { bytes } from "../../wire/bytes.ts";
import {
  LIMITS,
  SOCKET,
  closed,
  ended,
  message,
  moored,
  polling,
  stepped,
  steps,
  streaming,
} from "./sessions.ts";

// LIMITS: 1000 bytes of credit, so that a ping goes out with every 500. It is a byte of it, too.
const PONG: Event = { type: "packet-received", socket: SOCKET, packet: "3" };
const sent = (packet: string | ArrayBuffer) => ({ type: "send", socket: SOCKET, packet });
const fromOrigin = (packet: string | ArrayBuffer): Event => ({
  type: "packet-sent-by-origin",
  packet,
});

/** What comes of packets of the origin, one after the other. */
function delivered(before: Session, packets: readonly (string | ArrayBuffer)[], now = 0) {
  return steps(before, packets.map(fromOrigin), now);
}

describe("what is sent to a WebSocket", () => {
  test("is sent at once while there is credit", () => {
    expect(delivered(streaming(), ["4a", bytes(1, 2), "4€"])).toEqual({
      next: streaming({ credit: { sentBytes: 8 } }),
      effects: [sent("4a"), sent(bytes(1, 2)), sent("4€")],
    });
  });

  test("is followed by a ping as soon as it is half of the credit", () => {
    expect(delivered(streaming(), [message(499)])).toEqual({
      next: streaming({ credit: { sentBytes: 499 } }),
      effects: [sent(message(499))],
    });
    expect(delivered(streaming(), [message(499), "4"], 100)).toEqual({
      next: streaming({
        credit: { sentBytes: 501, pings: [501], lastPingBytes: 501 },
        heartbeat: { pongDueAt: 20_100 },
      }),
      effects: [sent(message(499)), sent("4"), sent("2")],
    });
  });

  test("is followed by a ping for every half, each awaited on its own", () => {
    expect(delivered(streaming(), [message(500), message(250), message(250)])).toEqual({
      next: streaming({
        credit: { sentBytes: 1002, pings: [501, 1002], lastPingBytes: 1002 },
        heartbeat: { pongDueAt: 20_000 },
      }),
      effects: [sent(message(500)), sent("2"), sent(message(250)), sent(message(250)), sent("2")],
    });
  });

  test("may go over the credit by its last packet, however large that is", () => {
    expect(delivered(streaming({ credit: { sentBytes: 999 } }), [message(9000)]).effects).toEqual([
      sent(message(9000)),
      sent("2"),
    ]);
  });

  test("waits when the credit is used up", () => {
    const credit = { sentBytes: 1000, pings: [500, 1000], lastPingBytes: 1000 };
    expect(delivered(streaming({ credit }), ["4a", bytes(1)])).toEqual({
      next: streaming({ credit, down: ["4a", bytes(1)] }),
      effects: [],
    });
  });

  test("waits behind what waits, though there be credit", () => {
    const before = streaming({ down: ["4a"] });
    expect(delivered(before, ["4b"])).toEqual({
      next: streaming({ down: ["4a", "4b"] }),
      effects: [],
    });
  });

  test("counts from the ping of a heartbeat too", () => {
    const before = streaming({
      credit: { sentBytes: 400 },
      mooring: moored(LIMITS.silenceMs, 90_000),
    });
    const pinged = stepped(before, { type: "time-passed" }, 25_000).next;
    expect(delivered(pinged, [message(499)]).effects).toEqual([sent(message(499))]);
    expect(delivered(pinged, [message(500)]).effects).toEqual([sent(message(500)), sent("2")]);
  });
});

describe("a pong", () => {
  const full = { sentBytes: 1000, pings: [500, 1000], lastPingBytes: 1000 };
  const heartbeat = { pongDueAt: 20_000 };

  test("gives back what was sent before its ping, and sends what waits", () => {
    const before = streaming({ credit: full, heartbeat, down: [message(300), message(300)] });
    expect(stepped(before, PONG, 100)).toEqual({
      next: streaming({
        credit: { sentBytes: 1601, readBytes: 500, pings: [1000, 1601], lastPingBytes: 1601 },
        heartbeat: { pongDueAt: 20_100 },
      }),
      effects: [sent(message(300)), sent(message(300)), sent("2")],
    });
  });

  test("sends no more than it gives back, but for the last packet", () => {
    const down = [message(499), message(100), message(100)];
    expect(stepped(streaming({ credit: full, heartbeat, down }), PONG)).toEqual({
      next: streaming({
        credit: { sentBytes: 1600, readBytes: 500, pings: [1000, 1600], lastPingBytes: 1600 },
        heartbeat,
        down: [message(100)],
      }),
      effects: [sent(message(499)), sent(message(100)), sent("2")],
    });
  });

  test("is the oldest ping's: the time for the next one begins with it", () => {
    const first = stepped(streaming({ credit: full, heartbeat }), PONG, 300);
    expect(first.next).toEqual(
      streaming({
        credit: { sentBytes: 1000, readBytes: 500, pings: [1000], lastPingBytes: 1000 },
        heartbeat: { pongDueAt: 20_300 },
      }),
    );
    expect(stepped(first.next, PONG, 400).next).toEqual(
      streaming({
        credit: { sentBytes: 1000, readBytes: 1000, pings: [], lastPingBytes: 1000 },
        heartbeat: { nextPingAt: 25_400 },
      }),
    );
  });

  test("that no ping asked for gives nothing back", () => {
    const credit = { sentBytes: 400, readBytes: 0, pings: [], lastPingBytes: 0 };
    expect(stepped(streaming({ credit }), PONG, 100)).toEqual({
      next: streaming({ credit, heartbeat: { strayPongs: 1 } }),
      effects: [],
    });
  });

  test("of too many that no ping asked for closes the session: it doesn't read what it answers", () => {
    const cause = Causes.pongWithoutPing;
    let session = streaming();
    for (let n = 0; n < 16; n++) session = stepped(session, PONG, 100).next;
    expect(stepped(session, PONG, 100).effects).toEqual([
      { type: "close-socket", socket: SOCKET, cause },
      { type: "leave-origin", cause },
      { type: "end", cause },
    ]);
  });

  test("that does not come closes the session, however much of other things does", () => {
    const before = streaming({ credit: full, heartbeat, down: ["4a"] });
    const heard = stepped(before, { ...PONG, packet: "4hello" }, 10_000);
    const again = stepped(heard.next, { ...PONG, packet: "4hello" }, 20_000);
    expect(again.next.heartbeat).toEqual({
      nextPingAt: 25_000,
      pongDueAt: 30_000,
      isExtended: true,
      strayPongs: 0,
    });
    const cause = Causes.pingTimeout;
    expect(stepped(again.next, { type: "time-passed" }, 30_000)).toEqual({
      next: closed(cause, { heartbeat: again.next.heartbeat }),
      effects: [
        { type: "close-socket", socket: SOCKET, cause },
        { type: "leave-origin", cause },
        { type: "end", cause },
      ],
    });
  });
});

describe("a slow reader", () => {
  test("that goes on answering gets everything, in order, and never more than its credit", () => {
    const packets = Array.from({ length: 200 }, (_, n) => `4${n}`.padEnd(40, "."));
    const start = delivered(streaming({ limits: { queueBytes: 100_000 } }), packets);
    const unread = start.effects.flatMap((effect) =>
      effect.type === "send" ? [effect.packet] : [],
    );
    let session = start.next;
    const read: (string | ArrayBuffer)[] = [];
    let most = 0;
    while (unread.length > 0) {
      most = Math.max(most, unread.filter((packet) => packet !== "2").length * 40);
      const packet = unread.shift();
      if (packet !== undefined && packet !== "2") read.push(packet);
      if (packet !== "2") continue;
      const { next, effects } = stepped(session, PONG, 1000);
      session = next;
      for (const effect of effects) if (effect.type === "send") unread.push(effect.packet);
    }
    expect(read).toEqual(packets);
    expect(most).toBe(1000);
    expect(session.heartbeat.pongDueAt).toBeUndefined();
  });

  test("of an origin that has ended gets the rest, and then the close", () => {
    const cause = Causes.originClosed;
    const mooring = ended(cause);
    const credit = { sentBytes: 1000, pings: [500, 1000], lastPingBytes: 1000 };
    const before = streaming({ credit, down: [message(600), "4a"] });
    const left = stepped(before, { type: "origin-ended", cause });
    expect(left).toEqual({
      next: streaming({ credit, down: [message(600), "4a"], mooring }),
      effects: [],
    });
    const first = stepped(left.next, PONG);
    expect(first.effects).toEqual([sent(message(600)), sent("2")]);
    const last = stepped(first.next, PONG);
    expect(last.effects).toEqual([
      sent("4a"),
      { type: "close-socket", socket: SOCKET, cause },
      { type: "end", cause },
    ]);
  });
});

describe("credit", () => {
  const probe = { socket: SOCKET, isProbed: true, dueAt: 10_000 };
  const upgrade: Event = { type: "packet-received", socket: SOCKET, packet: "5" };

  test("is whole after an upgrade, whatever polls have taken", () => {
    const down = [message(500), message(500), message(500)];
    const { next, effects } = stepped(polling({ probe, down }), upgrade);
    expect(effects).toEqual([sent(message(500)), sent("2"), sent(message(500)), sent("2")]);
    expect(next).toEqual(
      streaming({
        credit: { sentBytes: 1002, pings: [501, 1002], lastPingBytes: 1002 },
        heartbeat: { pongDueAt: 20_000 },
        down: [message(500)],
      }),
    );
  });

  test.each([
    ["a poll has taken", []],
    ["still waits and goes by the WebSocket", ["2"]],
  ])("is not given back by the pong of a ping that %s", (_, down) => {
    const before = polling({ probe, heartbeat: { pongDueAt: 20_000 }, down });
    const upgraded = stepped(before, upgrade);
    const full = delivered(upgraded.next, [message(500), message(500), "4a"]);
    const pongs = steps(full.next, [PONG]);
    expect(pongs.effects).toEqual([]);
    expect(steps(pongs.next, [PONG]).effects).toEqual([sent("4a")]);
  });
});
