import { describe, expect, test } from "vitest";
import { polling, SOCKET, stepped, streaming } from "./sessions.ts";

const NOTES = [
  '6{"type":"record","nsp":"/","record":"AQID"}',
  '6{"type":"refused","nsp":"/","why":"young"}',
  "6text",
  "6",
];

describe("what origins tell the edge beside the packets stays between them", () => {
  test.each(NOTES)("a client hears nothing of it: %s", (packet) => {
    const byOrigin = { type: "packet-sent-by-origin", packet } as const;
    expect(stepped(streaming(), byOrigin)).toEqual({ next: streaming(), effects: [] });
    const held = polling({ poll: { id: 1, answerAt: undefined } });
    expect(stepped(held, byOrigin)).toEqual({ next: held, effects: [] });
  });

  test.each(NOTES)("a client has no say in it, by WebSocket: %s", (packet) => {
    const byClient = { type: "packet-received", socket: SOCKET, packet } as const;
    expect(stepped(streaming(), byClient)).toEqual({ next: streaming(), effects: [] });
  });

  test.each(NOTES)("a client has no say in it, by polling: %s", (packet) => {
    const byClient = { type: "post-received", post: 2, packets: [packet] } as const;
    expect(stepped(polling({ post: 2 }), byClient).effects).toEqual([
      { type: "accept-post", post: 2 },
    ]);
  });
});
