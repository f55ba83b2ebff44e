import { describe, expect, test } from "vitest";
import type { Content } from "../../../src/wire/hub/content.ts";
import { MAX_BODY_BYTES } from "../../../src/wire/hub/message.ts";
import { directStream } from "../../../src/wire/hub/vector.ts";
import {
  A,
  eventTo,
  EVERYONE,
  MachineStage,
  offset,
  OWN_DIRECT,
  PLACE,
  restoringOf,
} from "./machine-stage.ts";
import { disconnect, LATER, missedBy, notice, restore, S, seen } from "./restore-stage.ts";
import { NSP } from "./sim-names.ts";

describe("a notice of a later place", () => {
  test("ends the socket, and has what its client lacks of it published", () => {
    const stage = stageWithSocket();
    stage.event(A, 1, notice(LATER, seen([OWN_DIRECT, 1])));
    expect(stage.ended).toEqual(["s"]);
    expect(publishedBy(stage)).toEqual([1, 2]);
    expect(stage.origin.knows(NSP, "pid-s", "", 0)).toBeUndefined();
  });

  test("does so for a socket that was lost as well, without ending anything", () => {
    const stage = stageWithSocket();
    stage.lose("s");
    stage.event(A, 1, notice(LATER));
    expect([stage.ended, publishedBy(stage)]).toEqual([[], [1, 2, 3]]);
    expect(stage.origin.knows(NSP, "pid-s", "", 0)).toBeUndefined();
  });

  test("loses nothing silently that was emitted, and is too large to be passed on", () => {
    const stage = stageWithSocket(1e9);
    stage.origin.emitted(S, "x".repeat(MAX_BODY_BYTES - 20), 0);
    stage.event(A, 1, notice(LATER));
    expect(publishedBy(stage)).toEqual([1, 2, 3]);
    expect(stage.dropped).toHaveLength(1);
  });

  test("is ignored when it is not later", () => {
    const stage = stageWithSocket();
    stage.event(A, 1, notice(PLACE));
    expect([stage.ended, publishedBy(stage)]).toEqual([[], []]);
  });

  test("is taken back where what the client lacks is forgotten, and that is reported", () => {
    const stage = stageWithSocket(1000);
    for (let i = 0; i < 9; i += 1) stage.origin.emitted(S, "[]", 0);
    stage.event(A, 1, notice(LATER, seen([OWN_DIRECT, 1])));
    expect(stage.dropped).toEqual([[1, 0]]);
    const never = stage.origin.restoring(
      restoringOf("s", { place: { birth: 1, moorings: 1e6 } }),
      0,
    );
    expect(never).toBe("moved");
  });
});

describe("a forward", () => {
  test("goes to its socket here, under its own name, once", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    restore(stage, { seen: seen([A, 0], [directStream(A), 1]) });
    stage.wire = [];
    for (const [i, n] of [1, 2, 2].entries()) stage.event(A, i + 1, forward(n));
    expect(stage.wire).toEqual([["s", "event", offset(directStream(A), 2)]]);
    const tail = stage.origin.knows(NSP, "pid-s", "", 0)?.handover?.tail;
    expect(tail?.map(({ name }) => name.n)).toEqual([2]);
    expect(stage.origin.knows(NSP, "pid-s", "", 0)?.handover?.vector.get(directStream(A))).toBe(2);
    expect(stage.delivered).toEqual([]);
  });

  test("is kept for a session that comes later, in its emitter's order", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    for (const [i, n] of [3, 2, 3].entries()) stage.event(A, i + 1, forward(n));
    const missed = missedBy(stage, { seen: seen([A, 0], [directStream(A), 1]) });
    expect(missed).toEqual([2, 3].map((n) => offset(directStream(A), n)));
  });
});

describe("a hole", () => {
  test("drops all links before anything more is delivered, with the vectors of before", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 1]]);
    stage.open("s");
    stage.whenStartingOver = () => {
      expect(stage.delivered).toEqual([]);
      stage.lose("s");
    };
    stage.event(A, 4, eventTo());
    expect([stage.startOvers, stage.delivered.length]).toEqual([1, 1]);
    const handover = stage.origin.knows(NSP, "pid-s", "", 0)?.handover;
    expect([handover?.vector.get(A), handover?.tail]).toEqual([1, []]);
    expect(stage.origin.restoring(restoringOf("s", { seen: seen([A, 1]) }), 0)).toBe("young");
    expect(stage.origin.restoring(restoringOf("t", { seen: seen([A, 3]) }), 0)).toBeUndefined();
  });

  test("is told by the hub as well", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 1]]);
    stage.hear({ type: "joined", uid: A, base: 1 });
    expect(stage.startOvers).toBe(0);
    stage.hear({ type: "joined", uid: A, base: 2 });
    expect(stage.startOvers).toBe(1);
  });

  test("isn't there for a process that has only just begun to serve, before it was linked", () => {
    const early = new MachineStage();
    early.open("s");
    early.now = 10_000;
    early.welcome([[A, 5]]);
    expect(early.startOvers).toBe(0);
    const late = new MachineStage();
    late.open("s");
    late.now = 10_001;
    late.welcome([[A, 5]]);
    expect(late.startOvers).toBe(1);
  });

  test("leaves a socket that was not ended as it was", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 1]]);
    const socket = stage.open("s");
    stage.event(A, 4, eventTo(EVERYONE));
    stage.wire = [];
    stage.origin.joined(socket, "a", 0);
    stage.origin.turnEnded(0);
    expect(stage.wire).toEqual([]);
    expect(stage.origin.knows(NSP, "pid-s", "", 0)?.handover?.vector.get(A)).toBe(1);
  });
});

test("a disconnectSockets forgets the lost whom it means, from here and from elsewhere", () => {
  const stage = new MachineStage();
  stage.welcome([[A, 0]]);
  for (const sid of ["s", "t", "u"]) {
    stage.open(sid, [`room-${sid}`]);
    stage.lose(sid);
  }
  stage.event(A, 1, disconnect("room-s"));
  stage.origin.publish(disconnect("room-t"), 0);
  const known = ["s", "t", "u"].filter((sid) => stage.origin.knows(NSP, `pid-${sid}`, "", 0));
  expect(known).toEqual(["u"]);
});

function stageWithSocket(pastBytes = 1e6): MachineStage {
  const stage = new MachineStage({ pastBytes });
  stage.welcome([[A, 0]]);
  stage.open("s");
  for (let i = 0; i < 3; i += 1) stage.origin.emitted(S, "[]", 0);
  stage.sent = [];
  return stage;
}

/** The numbers of what it has published. */
function publishedBy(stage: MachineStage): number[] {
  return stage.sent.flatMap(([, message]) => (message.type === "publish" ? [message.n] : []));
}

/** What the origin A had emitted to "s" alone. */
function forward(n: number): Content {
  const name = { stream: directStream(A), n };
  return { type: "forward", nsp: NSP, sid: "s", name, data: `["${n}"]` };
}
