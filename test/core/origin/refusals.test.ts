import { describe, expect, test } from "vitest";
import type { Refusal } from "../../../src/core/origin/origin.ts";
import { A, B, eventTo, KEEP_MS, MachineStage, OWN_DIRECT, restoringOf } from "./machine-stage.ts";
import { disconnect, LATER, notice, S, seen } from "./restore-stage.ts";
import { NSP } from "./sim-names.ts";

describe("a session is refused", () => {
  test("as young by an origin that has begun after what it has seen", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 5]]);
    expect(refusal(stage, { seen: seen([A, 4]) })).toBe("young");
    expect(refusal(stage)).toBe("young");
    expect(refusal(stage, { seen: seen([A, 5], [B, 1]) })).toBe("young");
    expect(refusal(stage, { seen: seen([A, 5]) })).toBeUndefined();
  });

  test("as young where the past was too large, or is too old", () => {
    const small = new MachineStage({ pastBytes: 1000 });
    for (let i = 0; i < 10; i += 1) small.origin.publish(eventTo(), 0);
    expect(refusal(small)).toBe("young");
    const old = new MachineStage();
    old.origin.publish(eventTo(), 0);
    old.pass(2 * KEEP_MS);
    expect(refusal(old)).toBeUndefined();
    old.pass(1);
    expect(refusal(old)).toBe("young");
  });

  test("as young where what was emitted to it alone is forgotten", () => {
    const stage = new MachineStage({ pastBytes: 1000 });
    stage.open("s");
    for (let i = 0; i < 10; i += 1) stage.origin.emitted(S, "[]", 0);
    expect(refusal(stage, { seen: seen([OWN_DIRECT, 3]) })).toBe("young");
    expect(refusal(stage, { seen: seen([OWN_DIRECT, 9]) })).toBeUndefined();
  });

  test("as young by what its socket of before had been emitted, too", () => {
    const stage = new MachineStage();
    stage.open("s");
    stage.origin.emitted(S, "[]", 0);
    stage.pass(2 * KEEP_MS + 1);
    expect(refusal(stage, { seen: seen([OWN_DIRECT, 1]) })).toBeUndefined();
    expect(stage.origin.restored(S, stage.now)?.missed).toEqual([]);
    expect(refusal(stage, { place: LATER })).toBe("young");
  });

  test("as moved at the place of a notice and below", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    stage.event(A, 1, notice(LATER));
    const at = (moorings: number) => refusal(stage, { place: { birth: 1, moorings } });
    expect([at(1), at(2), at(3)]).toEqual(["moved", "moved", undefined]);
  });

  test("as moved below a socket that is here, or about to be", () => {
    const stage = new MachineStage();
    stage.open("s");
    expect(refusal(stage, { place: { birth: 0, moorings: 9 } })).toBe("moved");
    expect(stage.ended).toEqual([]);
    expect(refusal(stage, { place: LATER })).toBeUndefined();
    expect(refusal(stage)).toBe("moved");
  });

  test("as disconnected by a command that it has not seen", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    stage.event(A, 1, disconnect("s"));
    stage.event(A, 2, disconnect("other"));
    expect(refusal(stage)).toBe("disconnected");
    expect(refusal(stage, { seen: seen([A, 1]) })).toBeUndefined();
  });
});

describe("between restoring and restored", () => {
  test("a disconnectSockets reaches the session", () => {
    const stage = new MachineStage();
    stage.origin.restoring(restoringOf("s"), 0);
    stage.origin.publish(disconnect("s"), 0);
    const restored = stage.origin.restored(S, 0);
    expect(restored).toEqual({ join: [], leave: [], missed: [], isDisconnected: true });
    expect(stage.origin.knows(NSP, "pid-s", "", 0)).toBeUndefined();
  });

  test("a notice of a later place ends it", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    stage.origin.restoring(restoringOf("s"), 0);
    stage.event(A, 1, notice(LATER));
    expect(stage.ended).toEqual(["s"]);
    expect(stage.origin.restored(S, 0)).toBeUndefined();
  });

  test("what is published is missed", () => {
    const stage = new MachineStage();
    stage.origin.restoring(restoringOf("s"), 0);
    stage.origin.publish(eventTo(), 0);
    expect(stage.origin.restored(S, 0)?.missed).toHaveLength(1);
  });

  test("a past that is forgotten meanwhile makes this origin too young", () => {
    const stage = new MachineStage({ pastBytes: 1000 });
    stage.origin.restoring(restoringOf("s"), 0);
    for (let i = 0; i < 10; i += 1) stage.origin.publish(eventTo(), 0);
    expect(stage.origin.restored(S, 0)).toBeUndefined();
    expect(stage.wire).toEqual([]);
  });

  test("not more than the time of the past may go by", () => {
    const stage = new MachineStage();
    stage.origin.restoring(restoringOf("s"), 0);
    stage.pass(KEEP_MS + 1);
    expect(stage.origin.restored(S, stage.now)).toBeUndefined();
  });
});

function refusal(
  stage: MachineStage,
  given: Parameters<typeof restoringOf>[1] = {},
): Refusal | undefined {
  return stage.origin.restoring(restoringOf("s", given), stage.now);
}
