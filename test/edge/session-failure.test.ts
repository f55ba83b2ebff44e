import type { MockInstance } from "vitest";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PollingAnswers } from "../../src/edge/session/polling-answers.ts";
import { engine, fakeOrigins } from "./fake-origins.ts";
import { inObject } from "./owner.ts";
import { object, openPolling } from "./sessions.ts";

const UNKNOWN_SID = '{"code":1,"message":"Session ID unknown"}';

let log: MockInstance;

beforeEach(() => {
  log = vi.spyOn(console, "log").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

test("a fault of our own ends the session in which it comes to light, and no other", async () => {
  const origins = new Map<string, WebSocket>();
  const serve = (socket: WebSocket) => void origins.set(`origin ${origins.size}`, socket);
  fakeOrigins({ a: engine({ serve }) });
  await inObject({}, async (owner) => {
    const front = object(owner, ["a"]);
    const [faulty, sound] = [await openPolling(front), await openPolling(front)];
    const polls = [faulty.poll(), sound.poll()];
    vi.spyOn(PollingAnswers.prototype, "poll").mockImplementationOnce(() => {
      throw new Error("a fault of ours");
    });
    // Both are answered in the same turn, the faulty one first.
    for (const socket of origins.values()) socket.send("4hello");
    expect(await Promise.all(polls)).toEqual([UNKNOWN_SID, "4hello"]);
    expect(await faulty.poll()).toBe(UNKNOWN_SID);
    origins.get("origin 1")?.send("4on");
    expect(await sound.poll()).toBe("4on");
  });
  const lines = log.mock.calls.map(([line]) => String(line));
  expect(lines.filter((line) => line.includes("session-failed"))).toEqual([
    '{"event":"session-failed","error":"Error: a fault of ours"}',
  ]);
});
