import { describe, expect, test } from "vitest";
import { directStream } from "../../../src/wire/hub/vector.ts";
import {
  A,
  eventTo,
  EVERYONE,
  KEEP_MS,
  MachineStage,
  OWN,
  OWN_DIRECT,
  PLACE,
  restoringOf,
  room,
} from "./machine-stage.ts";
import { NSP } from "./sim-names.ts";

describe("a record", () => {
  test("says all that the next origin needs", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 2]]);
    stage.now = 5;
    stage.open("s", ["r"]);
    expect(stage.wire).toEqual([
      [
        "s",
        "record",
        {
          nsp: NSP,
          session: { sid: "s", pid: "pid-s", rooms: ["s", "r"], data: "{}" },
          place: PLACE,
          vector: new Map([
            [OWN, 0],
            [A, 2],
            [OWN_DIRECT, 0],
          ]),
          at: 5,
          by: OWN,
        },
      ],
    ]);
  });

  test("goes once at the end of a turn, however much has changed", () => {
    const stage = new MachineStage();
    const socket = stage.open("s");
    stage.wire = [];
    stage.origin.joined(socket, "a", 0);
    stage.origin.joined(socket, "b", 0);
    stage.origin.touched(socket);
    expect(stage.wire).toEqual([]);
    stage.origin.turnEnded(0);
    stage.origin.turnEnded(0);
    expect(stage.wire).toHaveLength(1);
    expect(stage.lastRecord?.session.rooms).toEqual(["s", "a", "b"]);
  });

  test("doesn't go for a room that it was in already", () => {
    const stage = new MachineStage();
    const socket = stage.open("s", ["a"]);
    stage.wire = [];
    stage.origin.joined(socket, "a", 0);
    stage.origin.left(socket, "b", 0);
    stage.origin.turnEnded(0);
    expect(stage.wire).toEqual([]);
  });

  test("of a change goes before the next event to that socket, not knowing it yet", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    const socket = stage.open("s");
    const change = (name: string): void => {
      stage.wire = [];
      stage.origin.joined(socket, name, 0);
    };
    change("a");
    stage.origin.publish(eventTo(room("a")), 0);
    expect(stage.lastRecord?.vector.get(OWN)).toBe(0);
    change("b");
    stage.event(A, 1, eventTo(EVERYONE));
    expect(stage.lastRecord?.vector.get(A)).toBe(0);
    change("c");
    stage.origin.emitted(socket, "[]", 0);
    expect(stage.lastRecord?.vector.get(OWN_DIRECT)).toBe(0);
    stage.wire = [];
    stage.origin.turnEnded(0);
    expect(stage.wire).toEqual([]);
  });

  test("waits for the turn's end where the event is for others", () => {
    const stage = new MachineStage();
    const socket = stage.open("s");
    const other = stage.open("other");
    stage.wire = [];
    stage.origin.joined(socket, "a", 0);
    stage.origin.publish(eventTo(room("b")), 0);
    stage.origin.publish(eventTo({ rooms: [], except: ["a"] }), 0);
    stage.origin.emitted(other, "[]", 0);
    expect(stage.wire).toEqual([]);
    stage.origin.turnEnded(0);
    expect(stage.lastRecord?.vector.get(OWN)).toBe(2);
  });

  test("goes again at a quarter of the time for which the past is kept", () => {
    const stage = new MachineStage();
    stage.open("s");
    stage.wire = [];
    stage.pass(KEEP_MS / 4 - 1);
    expect(stage.wire).toEqual([]);
    stage.origin.publish(eventTo(), stage.now);
    stage.pass(1);
    expect(stage.lastRecord?.vector.get(OWN)).toBe(1);
    stage.wire = [];
    stage.pass(KEEP_MS / 4 - 1);
    expect(stage.wire).toEqual([]);
  });

  test("is one of so many a second where thousands of sockets came together", () => {
    const stage = new MachineStage();
    for (let i = 0; i < 2000; i += 1) stage.open(`s-${i}`);
    const counts: number[] = [];
    for (let second = 0; second < 50; second += 1) {
      stage.wire = [];
      stage.pass(1000);
      counts.push(stage.wire.length);
    }
    const total = counts.slice(0, 38).reduce((sum, count) => sum + count);
    expect([total, Math.max(...counts), counts.slice(0, 24)]).toEqual([
      2000,
      160,
      counts.slice(0, 24).fill(0),
    ]);
  });

  test("that is too large, or can't be encoded, is none, said once", () => {
    const stage = new MachineStage({ maxRecordBytes: 100 });
    stage.data = "x".repeat(100);
    const socket = stage.open("s");
    stage.origin.touched(socket);
    stage.origin.turnEnded(0);
    expect(stage.wire).toEqual([["s", "record", undefined]]);
    stage.data = undefined;
    stage.open("other");
    expect(stage.wire.slice(1)).toEqual([["other", "record", undefined]]);
    stage.data = "{}";
    stage.origin.touched(socket);
    stage.origin.turnEnded(0);
    expect(stage.lastRecord?.session.data).toBe("{}");
  });

  test("isn't written of a socket that is gone, or without recovery", () => {
    const stage = new MachineStage();
    const socket = stage.open("s");
    stage.origin.touched(socket);
    stage.origin.socketGone(socket);
    stage.wire = [];
    stage.origin.turnEnded(0);
    stage.pass(KEEP_MS);
    expect(stage.wire).toEqual([]);
    const stock = new MachineStage({ keepMs: 0 });
    stock.open("s");
    expect(stock.wire).toEqual([]);
  });

  test("keeps what its client has seen of others' direct emits, until they are gone for long", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]], [A]);
    const seen = new Map([
      [A, 3],
      [directStream(A), 7],
    ]);
    stage.origin.restoring(restoringOf("s", { seen }), 0);
    stage.origin.restored({ nsp: NSP, sid: "s" }, 0);
    expect(stage.lastRecord?.vector).toEqual(
      new Map([
        [OWN, 0],
        [A, 3],
        [directStream(A), 7],
        [OWN_DIRECT, 0],
      ]),
    );
    stage.hear({ type: "left", uid: A });
    stage.pass(5 * KEEP_MS);
    expect([...(stage.lastRecord?.vector.keys() ?? [])]).toEqual([OWN, OWN_DIRECT]);
  });
});
