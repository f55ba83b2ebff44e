import { describe, expect, test } from "vitest";
import type { Address, Content } from "../../../src/wire/hub/content.ts";
import {
  A,
  B,
  EVERYONE,
  eventTo,
  KEEP_MS,
  MachineStage,
  offset,
  OWN,
  OWN_DIRECT,
  PLACE,
  room,
} from "./machine-stage.ts";
import { NSP } from "./sim-names.ts";

describe("what an origin knows of a socket", () => {
  test("is nothing of a stranger", () => {
    const stage = new MachineStage();
    stage.open("s");
    expect(stage.origin.knows(NSP, "pid-x", "", 0)).toBeUndefined();
    expect(stage.origin.knows("/x", "pid-s", "", 0)).toBeUndefined();
  });

  test("is what it was sent after an offset, by its rooms at the time", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    stage.origin.publish(eventTo(), 0);
    const socket = stage.open("s", ["a"]);
    stage.origin.publish(eventTo(room("a")), 0);
    stage.event(A, 1, eventTo({ rooms: [], except: ["a"] }));
    stage.origin.emitted(socket, "[]", 0);
    stage.origin.left(socket, "a", 0);
    stage.origin.publish(eventTo(room("a")), 0);
    stage.event(A, 2, eventTo({ rooms: [], except: ["a"] }));
    stage.origin.joined(socket, "b", 0);
    stage.origin.publish(eventTo(room("b")), 0);
    const all = [offset(OWN, 2), offset(OWN_DIRECT, 1), offset(A, 2), offset(OWN, 4)];
    expect(tailOf(stage, "")).toEqual(all);
    for (const [i, last] of all.entries()) expect(tailOf(stage, last)).toEqual(all.slice(i + 1));
  });

  test("is no guess: an offset that it was not sent gives its place alone", () => {
    const stage = new MachineStage();
    stage.open("s", ["a"]);
    stage.origin.publish(eventTo(room("b")), 0);
    stage.origin.emitted({ nsp: NSP, sid: "other" }, "[]", 0);
    for (const last of [offset(OWN, 1), offset(OWN_DIRECT, 1), offset(B, 1), "rubbish"]) {
      expect(stage.origin.knows(NSP, "pid-s", last, 0)).toEqual({
        place: PLACE,
        handover: undefined,
      });
    }
  });

  test("takes a look at one event, not at all of the past, for an offset that it was not sent", () => {
    const stage = new MachineStage();
    stage.welcome([[A, 0]]);
    stage.open("s");
    let looks = 0;
    const counting = (to: Address): Content => {
      const get = (): Address => ((looks += 1), to);
      return Object.defineProperty(eventTo(), "to", { get });
    };
    for (let i = 0; i < 100; i += 1) stage.origin.publish(counting(EVERYONE), 0);
    stage.origin.publish(counting(room("other")), 0);
    const looksFor = (last: string): number => {
      looks = 0;
      tailOf(stage, last);
      return looks;
    };
    expect(looksFor(offset(OWN, 98))).toBe(3);
    expect(looksFor(offset(OWN, 101))).toBe(1);
    for (const last of [offset(B, 1), offset(A, 1), offset(OWN, 102), offset(OWN_DIRECT, 1)]) {
      expect(looksFor(last)).toBe(0);
    }
  });

  test("has a vector that covers its tail", () => {
    const stage = new MachineStage();
    stage.open("s");
    stage.origin.publish(eventTo(), 0);
    const handover = stage.origin.knows(NSP, "pid-s", "", 0)?.handover;
    expect(handover?.vector).toEqual(
      new Map([
        [OWN, 1],
        [OWN_DIRECT, 0],
      ]),
    );
    expect(handover?.session).toEqual({ sid: "s", pid: "pid-s", rooms: ["s"], data: "{}" });
  });

  test("of a lost one ends where it was lost, and lasts as long as the past is kept", () => {
    const stage = new MachineStage();
    const socket = stage.open("s");
    stage.origin.publish(eventTo(), 0);
    stage.lose("s", ["a"]);
    stage.origin.publish(eventTo(), 0);
    stage.origin.emitted(socket, "[]", 0);
    const handover = stage.origin.knows(NSP, "pid-s", "", 0)?.handover;
    expect(handover?.tail.map(({ name }) => name.n)).toEqual([1]);
    expect(handover?.vector.get(OWN)).toBe(1);
    expect(handover?.session.rooms).toEqual(["s", "a"]);
    stage.pass(KEEP_MS);
    expect(tailOf(stage, offset(OWN, 1))).toEqual([]);
    stage.pass(1);
    expect(stage.origin.knows(NSP, "pid-s", "", stage.now)).toBeUndefined();
  });

  test("outlasts the past for a client to which nothing was sent since", () => {
    const stage = new MachineStage();
    stage.open("s");
    stage.open("silent");
    stage.origin.publish(eventTo(room("s")), 0);
    for (let i = 0; i < 40; i += 1) {
      stage.origin.publish(eventTo(room("other")), stage.now);
      stage.pass(KEEP_MS / 4);
    }
    expect(tailOf(stage, offset(OWN, 1))).toEqual([]);
    expect(stage.origin.knows(NSP, "pid-silent", "", stage.now)?.handover?.tail).toEqual([]);
    stage.origin.publish(eventTo(), stage.now);
    expect(tailOf(stage, offset(OWN, 1))).toEqual([offset(OWN, 42)]);
  });

  test("ends with the past where that has lost what may have been sent", () => {
    const stage = new MachineStage({ pastBytes: 1000 });
    stage.open("s");
    for (let i = 0; i < 10; i += 1) stage.origin.publish(eventTo(room("other")), 0);
    expect(tailOf(stage, "")).toBeUndefined();
    expect(stage.origin.knows(NSP, "pid-s", "", 0)?.place).toEqual(PLACE);
  });

  test("is a session only where its data can be encoded", () => {
    const stage = new MachineStage();
    stage.open("s");
    stage.data = undefined;
    expect(tailOf(stage, "")).toBeUndefined();
  });
});

/** The offsets of what the socket "s" was sent after the last one. */
function tailOf(stage: MachineStage, last: string): string[] | undefined {
  return stage.origin
    .knows(NSP, "pid-s", last, stage.now)
    ?.handover?.tail.map(({ name }) => offset(name.stream, name.n));
}
