import { describe, expect, test } from "vitest";
import { directStream } from "../../../src/wire/hub/vector.ts";
import {
  A,
  B,
  eventTo,
  KEEP_MS,
  MachineStage,
  offset,
  OWN,
  OWN_DIRECT,
  PLACE,
  restoringOf,
  room,
} from "./machine-stage.ts";
import { command, LATER, missedBy, restore, S, seen } from "./restore-stage.ts";
import { NSP } from "./sim-names.ts";

describe("a session that is restored", () => {
  test("gets what it has missed, in this origin's order", () => {
    const stage = new MachineStage();
    stage.welcome([
      [A, 0],
      [B, 0],
    ]);
    stage.event(A, 1, eventTo());
    stage.event(B, 1, eventTo());
    stage.event(A, 2, eventTo(room("other")));
    stage.origin.publish(eventTo(room("s")), 0);
    stage.event(A, 3, eventTo({ rooms: [], except: ["s"] }));
    stage.event(B, 2, eventTo());
    const missed = missedBy(stage, { seen: seen([A, 1], [B, 0]) });
    expect(missed).toEqual([offset(B, 1), offset(OWN, 1), offset(B, 2)]);
  });

  test("gets its tail first", () => {
    const stage = new MachineStage();
    stage.origin.publish(eventTo(), 0);
    const tail = [{ name: { stream: directStream(A), n: 4 }, data: "[]" }];
    expect(missedBy(stage, { tail })).toEqual([offset(directStream(A), 4), offset(OWN, 1)]);
  });

  test("obeys commands at their places among the events", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    stage.event(A, 1, command("leave", "s", "x"));
    stage.event(A, 2, eventTo(room("a")));
    stage.event(A, 3, command("leave", "a", "a"));
    stage.event(A, 4, eventTo(room("a")));
    stage.event(A, 5, command("join", "s", "b"));
    stage.event(A, 6, eventTo(room("b")));
    const session = { sid: "s", pid: "pid-s", rooms: ["s", "a", "x"], data: "{}" };
    const restored = restore(stage, { session, seen: seen([A, 1]) });
    expect(restored?.missed.map(({ name }) => name.n)).toEqual([2, 6]);
    expect([restored?.join, restored?.leave]).toEqual([["b"], ["a"]]);
    expect(stage.lastRecord?.session.rooms).toEqual(["s", "x", "b"]);
  });

  test("writes its record, and gives notice behind it", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 3]]);
    stage.sent = [];
    const vector = seen([A, 3]);
    restore(stage, { seen: vector });
    expect(stage.lastRecord?.vector.get(OWN)).toBe(0);
    expect(stage.lastRecord?.place).toEqual({ birth: 1, moorings: 1 });
    expect(stage.sent.map(([, { type }]) => type)).toEqual(["publish"]);
  });

  test("is found by its offsets from before, from then, and from later", () => {
    const stage = new MachineStage();
    stage.origin.publish(eventTo(), 0);
    restore(stage, { last: offset(A, 9) });
    stage.origin.publish(eventTo(), 0);
    const tailOf = (last: string) =>
      stage.origin.knows(NSP, "pid-s", last, stage.now)?.handover?.tail.map(({ name }) => name.n);
    expect([offset(A, 9), offset(OWN, 1), offset(OWN, 3)].map(tailOf)).toEqual([[1, 3], [3], []]);
    expect(tailOf("")).toBeUndefined();
    stage.pass(2 * KEEP_MS);
    expect(tailOf(offset(A, 9))).toBeUndefined();
    expect(tailOf(offset(OWN, 3))).toEqual([]);
  });

  test("doesn't get again what its client had before this origin", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    restore(stage, { seen: seen([A, 2]) });
    for (let n = 1; n <= 3; n += 1) stage.event(A, n, eventTo());
    expect(stage.delivered.map(([, { n }, except]) => [n, except])).toEqual([
      [1, ["s"]],
      [2, ["s"]],
      [3, []],
    ]);
    const tail = stage.origin.knows(NSP, "pid-s", "", 0)?.handover?.tail;
    expect(tail?.map(({ name }) => name.n)).toEqual([3]);
  });

  test("takes the place of an older socket here, which ends at once", () => {
    const stage = new MachineStage();
    stage.open("s");
    stage.origin.emitted(S, "[]", 0);
    expect(stage.origin.restoring(restoringOf("s"), 0)).toBeUndefined();
    expect(stage.ended).toEqual(["s"]);
    const missed = stage.origin.restored(S, 0)?.missed;
    expect(missed?.map(({ name }) => offset(name.stream, name.n))).toEqual([offset(OWN_DIRECT, 1)]);
  });

  test("leaves the memory of the older one until it is done", () => {
    const stage = new MachineStage();
    stage.open("s");
    stage.origin.restoring(restoringOf("s"), 0);
    expect(stage.origin.knows(NSP, "pid-s", "", 0)?.place).toEqual(PLACE);
    expect(stage.origin.restoring(restoringOf("s", { place: LATER }), 0)).toBeUndefined();
    expect(stage.ended).toEqual(["s", "s"]);
    expect(stage.origin.restored(S, 0)?.isDisconnected).toBe(false);
    expect(stage.lastRecord?.place).toEqual(LATER);
    expect(stage.origin.restored(S, 0)).toBeUndefined();
  });
});
