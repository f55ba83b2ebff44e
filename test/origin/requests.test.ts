import { describe, expect, test, vi } from "vitest";
import { Answers } from "../../src/origin/answers.ts";
import { isolated } from "../../src/origin/isolated.ts";
import { Presence } from "../../src/origin/presence.ts";
import { Requests } from "../../src/origin/requests.ts";
import { refuseLarge } from "../../src/origin/sizes.ts";
import { Warnings, type Warning } from "../../src/origin/warnings.ts";
import type { Content, Response } from "../../src/wire/hub/content.ts";
import { encodeContent } from "../../src/wire/hub/content-codec.ts";
import { MAX_BODY_BYTES } from "../../src/wire/hub/message.ts";
import { parseUid, type Uid } from "../../src/wire/hub/vector.ts";

function uid(letter: string): Uid {
  const parsed = parseUid(letter.repeat(16));
  if (parsed === undefined) throw new Error(`Expected a letter, got ${letter}.`);
  return parsed;
}

const A = uid("a");
const B = uid("b");
const C = uid("c");
const emit = (
  data: string | Uint8Array,
  rooms: readonly string[] = [],
  except: readonly string[] = [],
): Content => ({ type: "event", nsp: "/", to: { rooms, except }, flags: {}, isKept: true, data });

const count = (clients: number): Response => ({ type: "client-count", count: clients });

/** Asks peers, and tells what the asker hears. */
function ask(requests: Requests, peers: readonly Uid[], timeoutMs = 60_000): string[] {
  const heard: string[] = [];
  requests.begin(1, peers, timeoutMs, {
    answered: (from, { type }) => heard.push(`${from[0]} answers ${type}`),
    done: (from) => heard.push(`${from[0]} is done`),
    ended: (missing) => heard.push(`ended, ${missing} missing`),
  });
  return heard;
}

describe("what is asked of the others", () => {
  test("ends when each has given its last answer, and once", () => {
    const requests = new Requests();
    const heard = ask(requests, [A, B]);
    requests.answered(A, 1, false, count(2));
    requests.answered(B, 1, true, { type: "none" });
    requests.answered(A, 1, true, { type: "ack", data: "1" });
    requests.answered(A, 1, true, { type: "ack", data: "2" });
    expect(heard).toEqual([
      "a answers client-count",
      "b answers none",
      "b is done",
      "a answers ack",
      "a is done",
      "ended, 0 missing",
    ]);
    expect(requests.size).toBe(0);
  });

  test("ends at once where there is nobody", () => {
    expect(ask(new Requests(), [])).toEqual(["ended, 0 missing"]);
  });

  test("hears of nobody who was not asked, and of nothing that was not asked", () => {
    const requests = new Requests();
    const heard = ask(requests, [A]);
    requests.answered(B, 1, true, { type: "none" });
    requests.answered(A, 2, true, { type: "none" });
    expect(heard).toEqual([]);
  });

  test("waits no longer for those who have left", () => {
    const requests = new Requests();
    const heard = ask(requests, [A, B, C]);
    requests.keepOnly(new Set([B]));
    expect(heard).toEqual(["a is done", "c is done"]);
    requests.keepOnly(new Set());
    expect(heard.slice(2)).toEqual(["b is done", "ended, 0 missing"]);
  });

  test("ends with those who have not answered when its time is over", () => {
    vi.useFakeTimers();
    try {
      const requests = new Requests();
      const heard = ask(requests, [A, B, C], 100);
      requests.answered(A, 1, true, { type: "none" });
      vi.advanceTimersByTime(99);
      expect(heard).toEqual(["a answers none", "a is done"]);
      vi.advanceTimersByTime(1);
      requests.answered(B, 1, true, { type: "none" });
      expect(heard.slice(2)).toEqual(["ended, 2 missing"]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("what others ask", () => {
  test("is answered until the last answer, and no longer", () => {
    const answers = new Answers();
    const given: boolean[] = [];
    const answer = answers.begin("/", (_, isLast) => given.push(isLast), 1000);
    answer(count(1), false);
    answer({ type: "ack", data: "1" }, true);
    answer({ type: "ack", data: "2" }, true);
    expect(given).toEqual([false, true]);
  });

  test("gets its last answer when the namespace closes", () => {
    const answers = new Answers();
    const given: string[] = [];
    const here = answers.begin(
      "/here",
      ({ type }, isLast) => given.push(`${type} ${isLast}`),
      1000,
    );
    answers.begin("/there", () => given.push("there"), 1000);
    answers.close("/here");
    here({ type: "ack", data: "1" }, true);
    expect(given).toEqual(["none true"]);
  });

  test("is forgotten when nobody waits for it any more", () => {
    const answers = new Answers();
    const given: string[] = [];
    const answer = answers.begin("/", ({ type }) => given.push(type), 1000);
    answers.timePassed(999);
    answers.timePassed(1000);
    answer({ type: "ack", data: "1" }, true);
    answers.close("/");
    expect(given).toEqual([]);
  });
});

describe("the others' presence", () => {
  test("is awaited for a while after one has left, until it is back", () => {
    const presence = new Presence();
    presence.changed(new Set([A, B]), 0);
    expect(presence.isAwaiting(0)).toBe(false);
    presence.changed(new Set([A]), 10_000);
    expect(presence.isAwaiting(11_999)).toBe(true);
    expect(presence.isAwaiting(12_001)).toBe(false);
    presence.changed(new Set([A, B]), 11_000);
    expect(presence.isAwaiting(11_001)).toBe(false);
  });

  test("is awaited for a while after one's own welcome", () => {
    const presence = new Presence();
    presence.welcomed(5000);
    expect([presence.isAwaiting(6999), presence.isAwaiting(7001)]).toEqual([true, false]);
  });
});

describe("sizes", () => {
  const LARGEST = MAX_BODY_BYTES - 256 - "/".length;

  test.each([
    ["text that needs one byte a character", "x".repeat(LARGEST)],
    ["text that needs two", "ä".repeat(Math.floor(LARGEST / 2))],
    ["bytes", new Uint8Array(LARGEST)],
  ])("let %s pass up to the hub's bound, and no further", (_, data) => {
    const content = emit(data);
    expect(() => refuseLarge(content)).not.toThrow();
    expect(encodeContent(content).byteLength).toBeLessThanOrEqual(MAX_BODY_BYTES);
    expect(() => refuseLarge(emit(data, ["room"]))).toThrow(RangeError);
  });

  test("count many rooms", () => {
    const rooms = Array.from({ length: 100_000 }, (_, n) => `room ${n}`);
    const data = "x".repeat(LARGEST - 2 * 100_000 * 27);
    const content = emit(data, rooms, rooms);
    expect(() => refuseLarge(content)).not.toThrow();
    expect(encodeContent(content).byteLength).toBeLessThanOrEqual(MAX_BODY_BYTES);
  });

  test("mind rooms that are numbers, as applications without types have them", () => {
    const rooms: string[] = [];
    Object.assign(rooms, [1, 2, 3]);
    expect(() => refuseLarge(emit("x", rooms))).not.toThrow();
    expect(() => refuseLarge(emit("x".repeat(LARGEST), rooms))).toThrow(RangeError);
  });
});

describe("warnings", () => {
  test("come once a minute for each kind of trouble", () => {
    vi.useFakeTimers();
    try {
      const told: Warning[] = [];
      const warnings = new Warnings((warning) => told.push(warning));
      for (let n = 0; n < 3; n++) warnings.warn("one", `${n}`);
      warnings.warn("two", "other");
      vi.advanceTimersByTime(60_001);
      warnings.warn("one", "again");
      expect(told).toEqual([
        { code: "one", message: "0" },
        { code: "two", message: "other" },
        { code: "one", message: "again" },
      ]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("what an application throws", () => {
  test("is thrown when nobody is in the middle of anything", () => {
    const later: (() => void)[] = [];
    const nextTick = vi.spyOn(process, "nextTick").mockImplementation((call) => {
      later.push(() => void Reflect.apply(call, undefined, []));
    });
    isolated(() => {
      throw new Error("the application's");
    });
    nextTick.mockRestore();
    expect(() => later[0]?.()).toThrow("the application's");
  });
});
